"""The files of docs/bring-your-codec.md bring devices that the product has never seen."""

import json
import re
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
import typer
from psycopg import conninfo
from typer.testing import CliRunner

from boroughsense import codecs, settings
from boroughsense.commands import quarantine
from decoders.model import Observation, TimeSource, Uplink
from decoders.registry import NATIVE, Registry
from ingest.codec_workers import Workers
from ingest.pipeline import Policy, read
from storage.connection import connect
from storage.instance import Mode
from storage.model import Arrival, Batch
from storage.uplinks import Writer
from tests.fixtures import uplinks

TEXT = (Path(__file__).parents[2] / "docs" / "bring-your-codec.md").read_text()
NOW = datetime(2026, 11, 3, 7, 15, tzinfo=UTC)
OURS = """
// A codec of our own for the tests, which speaks as the one of the page does.
function decodeUplink(input) {
  if (input.fPort !== 103) return {errors: ["unknown port"]};
  var b = input.bytes;
  return {data: {battery: (25 + (b[1] & 15)) / 10, temperature: (b[2] & 127) - 32, humidity: b[3],
                 eco2: b[4] | b[5] << 8}};
}
"""

app = typer.Typer()
quarantine.register(app)


def blocks(language: str) -> list[str]:
    """Give the blocks of the page in a language."""
    return re.findall(rf"```{language}\n(.*?)```", TEXT, flags=re.DOTALL)


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    """Write the files of the page and load them, as the service does."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "codecs").mkdir()
    for text in blocks("yaml"):
        name = text.split("\n", 1)[0].removeprefix("# ")
        (tmp_path / name).write_text(text)
    (tmp_path / "codecs" / "tbhv110.js").write_text(OURS)
    (tmp_path / "everything.js").write_text(OURS)
    everything = (
        '[codecs.everything]\njavascript = "everything.js"\nmapping = "codecs/everything.yaml"\n'
    )
    tables = "".join([*(b for b in blocks("toml") if "chirpstack" not in b), everything])
    (tmp_path / "boroughsense.toml").write_text(tables)
    with Workers(1) as workers:
        yield codecs.load(settings.load(), workers)


def uplink(payload: str, f_port: int, **more: object) -> Uplink:
    """Give an uplink of a device whose profile is bound in the settings."""
    known: dict[str, object] = {
        "source": "chirpstack-v4",
        "deduplication_id": "5c0ffee0-4b1d-4c0d-8f00-0123456789ab",
        "dev_eui": "02c17a0000000103",
        "device_name": "mere-court-7-bedroom",
        "device_profile": "",
        "application": "homes",
        "tags": {},
        "dev_addr": "01f2e3d4",
        "f_cnt": 1,
        "confirmed": False,
        "result_time": NOW,
        "time_source": TimeSource.SERVER,
    }
    return Uplink(payload=bytes.fromhex(payload), f_port=f_port, **(known | more))  # type: ignore[arg-type]


def test_every_file_of_the_page_is_sound(registry: Registry) -> None:
    """All settings of the page name files of the page, and all of them are without mistakes."""
    brought = {codec.model for codec in registry.models()} - {m.model for m in NATIVE.models()}
    assert brought == {"browan-tbhv110", "everything", "acme-meter", "acme-room", "acme-multi"}


def test_a_device_never_seen(registry: Registry) -> None:
    """A vendor's codec and a mapping make readings of a device that the product does not know."""
    bindings = settings.load().decoders
    sent = uplink("610b351ebf03010051 0036", 103, device_profile="TABS healthy home")
    assert NATIVE.decode(sent, bindings).error is not None
    decoded = registry.decode(sent, bindings)
    assert decoded.error is None
    assert (decoded.codec, len(decoded.codec_version)) == ("browan-tbhv110", 12)
    assert decoded.observations == (
        Observation("temperature", 21),
        Observation("relative_humidity", 30),
        Observation("battery_voltage", 3.6),
    )
    refused = registry.decode(uplink("01", 42, device_profile="TABS healthy home"), bindings)
    assert refused.error is not None
    assert (refused.error.reason, refused.error.detail) == ("codec_error", "unknown port")


def test_decoded_already(registry: Registry) -> None:
    """A device that the network server decodes needs a mapping only."""
    said = {"pm": {"ten": 0.031}, "battery": 77, "other": "text"}
    decoded = registry.decode(uplink("00", 1, tags={"decoder": "acme-meter"}, decoded=said))
    assert decoded.observations == (Observation("pm10", 31), Observation("battery_level", 77))


def test_layouts(registry: Registry) -> None:
    """The two layouts of the page are read and written without code."""
    room, multi = registry.codec("acme-room"), registry.codec("acme-multi")
    reading = room.decode(bytes.fromhex("01 ffc6 7a 0ce4 01"), 2)
    said = {seen.observed_property: seen.result for seen in reading.observations}
    assert said == {
        "temperature": -5.8,
        "relative_humidity": 61.0,
        "battery_voltage": 3.3,
        "motion": 1.0,
    }
    stamp = int((NOW - timedelta(hours=1)).timestamp()).to_bytes(4, "little").hex()
    reading = multi.decode(bytes.fromhex(f"0367 c6ff 20ce {stamp} d700 64"), 85, received_at=NOW)
    past = NOW - timedelta(hours=1)
    assert reading.observations == (
        Observation("temperature", -5.8),
        Observation("temperature", 21.5, past),
        Observation("relative_humidity", 50, past),
    )
    f_port, payload = multi.encode(reading.observations)
    assert multi.decode(payload, f_port, received_at=NOW) == reading


def test_what_came_before_the_codec(
    dsn: str, registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Uplinks that came before their codec are in quarantine; a retry makes readings of them."""
    event = uplinks.event(1)
    event["deviceInfo"]["deviceProfileName"] = "TABS healthy home"
    event |= {"fPort": 103, "data": b64encode(bytes.fromhex("610b351ebf03010051")).decode()}
    arrival = Arrival(uplinks.topic(1), json.dumps(event).encode(), datetime.now(UTC))
    with connect(dsn, application_name="tests") as connection:
        Writer(connection).store(Batch((read(arrival, Policy(Mode.LIVE)),)))
    parts = conninfo.conninfo_to_dict(dsn)
    host = quote(str(parts["host"]), safe="")
    url = f"postgresql://{parts['user']}@/{parts['dbname']}?host={host}"
    monkeypatch.setenv("BOROUGHSENSE_DATABASE_URL", url)
    assert registry.codec("browan-tbhv110").measures == (
        "temperature",
        "relative_humidity",
        "battery_voltage",
    )
    result = CliRunner().invoke(
        app, ["quarantine", "retry", "--reason", "unknown_device", "--json"]
    )
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["stored"] == 1
    with connect(dsn, application_name="tests") as connection:
        (count,) = connection.execute("select count(*) from observation").fetchone() or (0,)
    assert count == 3
    (tmp_path / "codecs" / "tbhv110.yaml").write_text("observations: []")
    result = CliRunner().invoke(app, ["quarantine", "retry", "--all"])
    assert result.exit_code == 1
    assert "tbhv110.yaml: observations: " in result.stderr
