"""What an operator may set: file, then environment, then options; the later wins.

A wrong setting is one sentence that names the setting, its value and where it came from.
"""

import difflib
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import unquote, urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    SecretStr,
    ValidationError,
)

from alerts import quality_settings
from alerts.problems import RulesWrong
from alerts.quality_settings import QualitySettings
from boroughsense.addresses import web_url
from boroughsense.letter_settings import LetterSettings
from ingest.session import BrokerAddress, check_filters

PREFIX = "BOROUGHSENSE_"
FILE = "boroughsense.toml"
_NOT_SETTINGS = frozenset({"BOROUGHSENSE_SHARED"})
_NOT_SETTINGS_PREFIX = "BOROUGHSENSE_TEST_"


class WrongSettings(Exception):
    """A setting is wrong; the message names each, its value and its origin."""


def _mqtt_url(url: str) -> str:
    broker_address(url)
    return url


def _filters(topics: tuple[str, ...]) -> tuple[str, ...]:
    check_filters(topics)
    return topics


def _database_url(url: str) -> str:
    if urlsplit(url).scheme not in {"postgres", "postgresql"}:
        raise ValueError("should be postgresql://user:password@host:port/database")
    return url


def _quality(written: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    try:
        quality_settings.load(written)
    except RulesWrong as wrong:
        told = (f"{problem.path} {problem.message}" for problem in wrong.problems)
        raise ValueError("; ".join(told)) from wrong
    return written


class CodecFiles(BaseModel):
    """One codec that the borough brings itself."""

    model_config = ConfigDict(extra="forbid")

    javascript: Path | None = None
    mapping: Path | None = None
    declarative: Path | None = None
    chirpstack_profile: Annotated[str, Field(min_length=1)] | None = None
    """The name, or the id, of a device profile that `devices sync` read, with its codec."""


class Settings(LetterSettings):
    """Everything that can be set; `boroughsense.example.toml` documents each."""

    model_config = ConfigDict(extra="forbid")

    database_url: Annotated[str, AfterValidator(_database_url)] | None = None
    """Absent: the embedded PostgreSQL under `data_dir`."""
    data_dir: Path | None = None
    """Absent: the platform's data folder."""
    mode: Literal["live", "simulation"] = "live"
    """What kind of instance `db migrate` and `run` make of an empty database."""
    mqtt_url: Annotated[str, AfterValidator(_mqtt_url)] = "mqtt://127.0.0.1:1883"
    mqtt_client_id: Annotated[str, Field(min_length=1, max_length=128)] = "boroughsense"
    mqtt_topics: Annotated[tuple[str, ...], AfterValidator(_filters)] = ()
    """Absent: every device and gateway event of a ChirpStack v4 server."""
    mqtt_session_expiry: Annotated[int, Field(ge=60, le=30 * 86_400)] = 7 * 86_400
    batch_size: Annotated[int, Field(ge=1, le=5000)] = 500
    batch_linger: Annotated[float, Field(ge=0.0, le=5.0)] = 0.05
    """seconds"""
    held_messages: Annotated[int, Field(ge=1000)] = 20_000
    """How many messages may wait in memory before we disconnect and let the broker queue."""
    held_megabytes: Annotated[int, Field(ge=1, le=4096)] = 64
    """The same by their size."""
    status_host: str = "127.0.0.1"
    status_port: Annotated[int, Field(ge=1, le=65_535)] | None = None
    """Where `run` answers /health/live, /health/ready and /metrics; absent: nowhere."""
    decoders: dict[str, str] = Field(default_factory=dict)
    """Profile name to model, for devices whose profile has no tag `decoder`."""
    codecs: dict[str, CodecFiles] = Field(default_factory=dict)
    """A model's name to the files of the codec that the borough brings."""
    chirpstack_url: Annotated[str, AfterValidator(web_url)] | None = None
    """The API of the network server, for `devices sync`."""
    chirpstack_token: SecretStr | None = None
    """An API key; one that may only read is enough."""
    chirpstack_tenant: str = ""
    """The tenant's id, which the key of one tenant needs; absent: all tenants."""
    codecs_from_chirpstack: bool = False
    """Whether JavaScript that stands in device profiles at the network server may be run here."""
    keep_raw_months: Annotated[int, Field(ge=1, le=1200)] | None = None
    """After how many months `maintain` drops whole weeks of raw readings and frames; absent: never.
    Weeks with readings of a home that has an open case stay."""
    upkeep_by_run: bool = True
    """Whether `run` does the database's upkeep (what `maintain` does) each night."""
    upkeep_hour: Annotated[int, Field(ge=0, le=23)] = 3
    """From which hour on, Europe/London."""
    pseudonym_secret: SecretStr | None = None
    """Keys the pseudonyms that stand for dwellings; kept out of the database."""
    retention_readings_months: Annotated[int, Field(ge=1)] = 24
    """How long readings of homes are kept, and the payloads that they came in."""
    retention_means_years: Annotated[int, Field(ge=1)] = 6
    """How long hourly and daily means of homes are kept, those of a case from its closing on."""
    retention_days_after_tenancy: Annotated[int, Field(ge=31)] = 31
    """How long both are kept beyond a tenancy; a reading may come 30 days late."""
    rules_dir: Path | None = None
    """Absent: the rules that ship with the product."""
    quality: Annotated[dict[str, dict[str, Any]], AfterValidator(_quality)] = Field(
        default_factory=dict
    )
    """Numbers of the quality tests in the place of those in alerts/quality.yaml, by property."""
    webhook_url: Annotated[str, AfterValidator(web_url)] | None = None
    webhook_secret: SecretStr | None = None
    web_host: str = "127.0.0.1"
    web_port: Annotated[int, Field(ge=1, le=65_535)] = 8000
    web_secret: SecretStr | None = None
    """Signs the session cookies; absent: a new one at each start, and everybody signs in again."""
    web_https: bool = False
    """Behind TLS, as it must be beyond this machine."""
    web_council: Annotated[str, Field(min_length=1)] = "Boroughsense"
    web_contact: str = ""
    """Whom to ask about the open data: an address of e-mail or a page."""
    web_open_requests_per_minute: Annotated[int, Field(ge=0)] = 300
    """How often one client may ask the open API; 0: as often as it likes."""
    web_development_sign_in: bool = False
    """Anybody signs in as anything; refused beyond loopback."""
    web_oidc_issuer: Annotated[str, AfterValidator(web_url)] | None = None
    web_oidc_client_id: str = ""
    web_oidc_client_secret: SecretStr | None = None
    log_format: Literal["console", "json"] = "console"

    _origins: dict[str, str] = PrivateAttr(default_factory=dict)

    def model_post_init(self, context: Any, /) -> None:  # noqa: ANN401 - pydantic's own shape
        """Remember where each setting came from."""
        self._origins = dict((context or {}).get("origins", {}))

    def quality_settings(self) -> QualitySettings:
        """Give how readings are tested among their neighbours."""
        return quality_settings.load(self.quality)

    def named(self, name: str) -> str:
        """Name a setting with its origin, for a message about what it names."""
        return f"{name} (from {self._origins.get(name, 'default')})"


@dataclass(frozen=True, slots=True)
class _Layer:
    """Settings of one origin, by name."""

    origin: str
    values: Mapping[str, Any]

    def describe(self, name: str) -> str:
        """Say where a setting of this layer came from."""
        if self.origin == "environment":
            return f"environment {PREFIX}{name.upper()}"
        return f"option --{name.replace('_', '-')}" if self.origin == "option" else self.origin


def load(options: Mapping[str, Any] | None = None, *, file: Path | None = None) -> Settings:
    """Gather the settings: file < environment < options.

    Args:
        options: what the command line gave; None as a value means not given.
        file: the settings file; absent: `BOROUGHSENSE_CONFIG`, else `boroughsense.toml` here.

    Raises:
        WrongSettings: all mistakes at once, one sentence each.
    """
    layers = [_file_layer(file), _environment_layer(os.environ)]
    given = {name: value for name, value in (options or {}).items() if value is not None}
    layers.append(_Layer("option", given))
    merged: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for layer in layers:
        merged.update(layer.values)
        origins.update({name: layer.describe(name) for name in layer.values})
    try:
        return Settings.model_validate(merged, context={"origins": origins})
    except ValidationError as error:
        raise WrongSettings(_explain(error, layers)) from error


def _file_layer(file: Path | None) -> _Layer:
    named = file or (Path(os.environ["BOROUGHSENSE_CONFIG"]) if _has_config() else None)
    path = named or Path(FILE)
    if not path.exists() and named is None:
        return _Layer(FILE, {})
    try:
        return _Layer(str(path), tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise WrongSettings(f"{path}: cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WrongSettings(f"{path}: is not TOML: {error}") from error


def _has_config() -> bool:
    return bool(os.environ.get("BOROUGHSENSE_CONFIG"))


def _environment_layer(environment: Mapping[str, str]) -> _Layer:
    values: dict[str, Any] = {}
    for name, text in environment.items():
        if not name.startswith(PREFIX) or name.startswith(_NOT_SETTINGS_PREFIX):
            continue
        setting = name.removeprefix(PREFIX).lower()
        if name in _NOT_SETTINGS or setting == "config":
            continue
        values[setting] = tuple(text.split(",")) if setting == "mqtt_topics" else text
    return _Layer("environment", values)


def _explain(error: ValidationError, layers: list[_Layer]) -> str:
    return "\n".join(
        _sentence(problem["loc"], problem["type"], problem["msg"], problem["input"], layers)
        for problem in error.errors()
    )


def _sentence(
    where: tuple[int | str, ...], kind: str, message: str, value: object, layers: list[_Layer]
) -> str:
    name = str(where[0])
    origin = next(
        (layer.describe(name) for layer in reversed(layers) if name in layer.values), "default"
    )
    dotted = ".".join(str(part) for part in where)
    if kind == "extra_forbidden":
        near = difflib.get_close_matches(name, Settings.model_fields, n=1)
        hint = f"; did you mean {near[0]}?" if near and len(where) == 1 else ""
        return f"{dotted} (from {origin}): there is no such setting{hint}"
    said = f"(from {origin}): {message.removeprefix('Value error, ')}"
    if isinstance(value, dict | list | tuple):
        return f"{dotted} {said}"
    is_secret = any(
        word in dotted for word in ("secret", "password", "token", "api_key", "address")
    )
    shown = "..." if is_secret else _masked(str(value))
    return f"{dotted} = {shown} {said}"


def _masked(value: str) -> str:
    try:
        parts = urlsplit(value)
        password = parts.password
    except ValueError:
        return repr(value)
    return repr(value.replace(f":{password}@", ":...@") if password else value)


def broker_address(url: str) -> BrokerAddress:
    """Read `mqtt://user:password@host:port` or `mqtts://...`; ValueError says what is wrong."""
    parts = urlsplit(url)
    if parts.scheme not in {"mqtt", "mqtts"} or not parts.hostname:
        raise ValueError("should be mqtt://host:port or mqtts://host:port")
    tls = parts.scheme == "mqtts"
    return BrokerAddress(
        parts.hostname,
        parts.port or (8883 if tls else 1883),
        tls=tls,
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
    )
