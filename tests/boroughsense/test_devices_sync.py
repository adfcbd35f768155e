"""`devices sync` reads ChirpStack's registry: who is never heard, and which codec decodes whom."""

import json
import re
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from chirpstack_api import api
from google.protobuf.timestamp_pb2 import Timestamp
from typer.testing import Result

from ingest import network_registry
from ingest.pipeline import Policy, read
from storage.connection import connect
from storage.instance import Mode
from storage.model import Arrival, Batch
from storage.uplinks import Writer
from tests.fixtures import uplinks
from tests.fixtures.commands import ask, run
from tests.simulators.chirpstack_api_server import (
    TENANT_TOKEN,
    TOKEN,
    Kept,
    chirpstack_api_server,
)

SCRIPT = "function decodeUplink(i) { return {data: {temp: i.bytes[0] / %s}}; }"
MAPPING = "title: Acme Probe\nobservations: [{property: temperature, from: temp}]"
UNHEARD = "70b3d57ed0ffff01"
SEEN = datetime(2026, 11, 3, 7, 15, tzinfo=UTC)


@pytest.fixture
def chirpstack(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Kept]:
    """Give a server with two tenants, and settings that know where it is."""
    monkeypatch.chdir(tmp_path)
    with chirpstack_api_server() as kept:
        monkeypatch.setenv("BOROUGHSENSE_CHIRPSTACK_URL", kept.address)
        monkeypatch.setenv("BOROUGHSENSE_CHIRPSTACK_TOKEN", TOKEN)
        for number in ("ours", "theirs"):
            kept.tenants[number] = api.Tenant(id=number, name=number)
        add_application(kept, "homes", "ours", floor="ground", kind="home")
        add_application(kept, "elsewhere", "theirs")
        add_profile(kept, "em300", uplinks.PROFILE, tags={"kind": "room"}, uplink_interval=600)
        add_profile(kept, "probe", "Acme Probe", script=SCRIPT % 2)
        add_profile(kept, "common", "Common Probe", tenant_id="", script=SCRIPT % 4)
        add_device(kept, uplinks.dev_eui(1).upper(), "Hall", "em300", tags={"floor": "first"})
        add_device(kept, UNHEARD, "Cellar", "probe")
        add_device(kept, "70b3d57ed0ffff02", "Shed", "common", application="elsewhere")
        kept.seen[UNHEARD] = Timestamp(seconds=int(SEEN.timestamp()))
        yield kept


def add_application(kept: Kept, name: str, tenant: str, **tags: str) -> None:
    """Have an application, which is called as its id."""
    kept.applications[name] = api.Application(id=name, name=name, tenant_id=tenant, tags=tags)


def add_profile(kept: Kept, number: str, name: str, script: str = "", **more: Any) -> None:  # noqa: ANN401 - protobuf
    """Have a device profile, with JavaScript or without a codec."""
    runtime = api.CodecRuntime.JS if script else api.CodecRuntime.NONE
    known = {"tenant_id": "ours"} | more
    kept.profiles[number] = api.DeviceProfile(
        id=number,
        name=name,
        payload_codec_runtime=runtime,
        payload_codec_script=script,
        **known,
    )


def add_device(  # noqa: PLR0913 - each is a field of the device
    kept: Kept,
    dev_eui: str,
    name: str,
    profile: str,
    *,
    application: str = "homes",
    tags: dict[str, str] | None = None,
) -> None:
    """Have a device."""
    kept.devices[dev_eui] = api.Device(
        dev_eui=dev_eui,
        name=name,
        application_id=application,
        device_profile_id=profile,
        tags=tags,
    )


def hear(dsn: str, number: int = 1, **fields: object) -> None:
    """Store an uplink, by the native codecs alone."""
    event = uplinks.event(number) | fields
    arrival = Arrival(uplinks.topic(number), json.dumps(event).encode(), datetime.now(UTC))
    with connect(dsn, application_name="tests") as connection:
        Writer(connection).store(Batch((read(arrival, Policy(Mode.LIVE)),)))


def listed(dsn: str, *words: str) -> dict[str, dict[str, Any]]:
    """Give what `devices list` says, by name."""
    return {row["name"]: row for row in ask(dsn, "devices", "list", *words)["devices"]}


def sentence(result: Result, code: int = 1) -> str:
    """Give the one sentence that a command failed with."""
    assert result.exit_code == code, result.output
    assert result.stderr.count("\n") == 1
    return result.stderr


def test_everything_is_read(dsn: str, chirpstack: Kept) -> None:
    """Profiles of all tenants and of none, and devices; the second time nothing is new."""
    before = {name: entry.SerializeToString() for name, entry in chirpstack.devices.items()}
    first = ask(dsn, "devices", "sync")
    assert first == {
        "profiles": 3,
        "codecs": 2,
        "changed_codecs": [],
        "devices": 3,
        "new_devices": 3,
        "gone_devices": 0,
    }
    assert ask(dsn, "devices", "sync") == first | {"new_devices": 0}
    assert set(chirpstack.asked) == {"List", "Get"}
    assert {n: entry.SerializeToString() for n, entry in chirpstack.devices.items()} == before
    said = run(dsn, "devices", "sync").stdout
    assert said == "3 device profiles, 2 of them with JavaScript; 3 devices, 0 new, 0 gone\n"


def test_never_heard(dsn: str, chirpstack: Kept) -> None:
    """What is registered and never was heard is listed, until it is heard or goes."""
    hear(dsn)
    assert set(listed(dsn)) == {"room-1"}
    ask(dsn, "devices", "sync")
    known = listed(dsn)
    assert set(known) == {"Hall", "Cellar", "Shed"}
    assert (known["Hall"]["profile"], known["Hall"]["network_seen_at"]) == (uplinks.PROFILE, None)
    cellar = known["Cellar"]
    assert (cellar["last_seen_at"], cellar["codec"], cellar["profile"]) == (
        None,
        None,
        "Acme Probe",
    )
    assert cellar["network_seen_at"] == SEEN.isoformat()
    assert set(listed(dsn, "--never-heard")) == {"Cellar", "Shed"}
    assert listed(dsn, "--after", UNHEARD).keys() == {"Shed"}
    [line] = [row for row in run(dsn, "devices", "list").stdout.splitlines() if "Cellar" in row]
    assert line.split()[-1] == "never"
    del chirpstack.devices[UNHEARD]
    assert ask(dsn, "devices", "sync")["gone_devices"] == 1
    assert set(listed(dsn)) == {"Hall", "Shed"}
    add_device(chirpstack, UNHEARD, "Cellar", "probe")
    assert ask(dsn, "devices", "sync")["new_devices"] == 1
    assert set(listed(dsn)) == {"Hall", "Cellar", "Shed"}


def test_a_heard_device_is_called_as_there(dsn: str, chirpstack: Kept) -> None:
    """Its tags are the application's, the profile's and its own, and the last of them wins."""
    hear(dsn)
    ask(dsn, "devices", "sync")
    with connect(dsn, application_name="tests") as connection:
        [row] = connection.execute("select name, application, tags from device").fetchall()
    assert row == ("Hall", "homes", {"floor": "first", "kind": "room"})
    assert chirpstack.seen


def page(language: str) -> str:
    """Give the settings, or the mapping, of docs/bring-your-codec.md."""
    text = (Path(__file__).parents[2] / "docs" / "bring-your-codec.md").read_text()
    found: list[str] = [
        block
        for block in re.findall(rf"```{language}\n(.*?)```", text, flags=re.DOTALL)
        if "chirpstack_profile" in block or block.startswith("# codecs/acme-probe.yaml")
    ]
    return found[0]


def test_the_codec_of_a_device_profile(dsn: str, chirpstack: Kept, tmp_path: Path) -> None:
    """By the files of the page, JavaScript from there decodes what came before; so does a newer."""
    fields = {"fPort": 7, "data": b64encode(b"\x2b").decode()}
    device = uplinks.event(2)["deviceInfo"] | {"deviceProfileName": "Acme Probe"}
    hear(dsn, 2, **fields, deviceInfo=device)
    add_device(chirpstack, uplinks.dev_eui(2), "Attic", "probe")
    retry = ("quarantine", "retry", "--reason", "unknown_device")
    (tmp_path / "codecs").mkdir()
    (tmp_path / "codecs" / "acme-probe.yaml").write_text(page("yaml"))
    (tmp_path / "boroughsense.toml").write_text(page("toml"))
    assert "run boroughsense devices sync" in sentence(run(dsn, *retry))
    ask(dsn, "devices", "sync")
    assert ask(dsn, *retry)["stored"] == 1
    assert temperatures(dsn) == [21.5]
    chirpstack.profiles["probe"].payload_codec_script = SCRIPT % 1
    assert ask(dsn, "devices", "sync")["changed_codecs"] == ["Acme Probe"]
    assert "the codec of Acme Probe is another one" not in run(dsn, "devices", "sync").stdout
    ask(dsn, "redecode", "--since", "1d", "--model", "acme-probe")
    assert temperatures(dsn) == [43.0]
    chirpstack.profiles["probe"].payload_codec_script = SCRIPT % 3
    assert "the codec of Acme Probe is another one" in run(dsn, "devices", "sync").stdout


def temperatures(dsn: str) -> list[float]:
    """Give all that was measured."""
    with connect(dsn, application_name="tests") as connection:
        return [value for (value,) in connection.execute("select result from observation")]


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ('chirpstack_profile = "Acme Probe"', "needs a `mapping` beside `chirpstack_profile`"),
        ('chirpstack_profile = "Nobody"\nmapping = "probe.yaml"', "'Nobody' with JavaScript"),
        ('chirpstack_profile = "Twin"\nmapping = "probe.yaml"', "give an id of twin-1, twin-2"),
        ('chirpstack_profile = "elsys"\nmapping = "probe.yaml"', "by its name to elsys-ers"),
        ('chirpstack_profile = "broken"\nmapping = "probe.yaml"', "line 1: is not JavaScript"),
    ],
)
def test_wrong_codecs(  # noqa: PLR0913, PLR0917 - fixtures
    dsn: str,
    chirpstack: Kept,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    table: str,
    problem: str,
) -> None:
    """What is wrong with a codec of a device profile is told by the name of its table."""
    add_profile(chirpstack, "twin-1", "Twin", script=SCRIPT % 1)
    add_profile(chirpstack, "twin-2", "Twin", script=SCRIPT % 2)
    add_profile(chirpstack, "elsys", "elsys-ers", script=SCRIPT % 1)
    add_profile(chirpstack, "broken", "Broken", script="function decodeUplink( {")
    ask(dsn, "devices", "sync")
    (tmp_path / "probe.yaml").write_text(MAPPING)
    (tmp_path / "boroughsense.toml").write_text(f"[codecs.acme-probe]\n{table}\n")
    retry = ("quarantine", "retry", "--all")
    allow = "allow that by `codecs_from_chirpstack = true`"
    assert (allow in sentence(run(dsn, *retry))) == ("mapping =" in table)
    monkeypatch.setenv("BOROUGHSENSE_CODECS_FROM_CHIRPSTACK", "true")
    assert problem in sentence(run(dsn, *retry))


def test_the_key_of_one_tenant(dsn: str, chirpstack: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    """It needs the tenant's id; what other tenants have is neither read nor called gone."""
    ask(dsn, "devices", "sync")
    monkeypatch.setenv("BOROUGHSENSE_CHIRPSTACK_TOKEN", f"{TENANT_TOKEN}\n")
    assert "the key of one tenant needs that tenant's id" in sentence(run(dsn, "devices", "sync"))
    monkeypatch.setenv("BOROUGHSENSE_CHIRPSTACK_TENANT", "ours")
    del chirpstack.devices[UNHEARD]
    told = ask(dsn, "devices", "sync")
    assert (told["devices"], told["gone_devices"], told["profiles"]) == (1, 1, 2)
    assert set(listed(dsn)) == {"Hall", "Shed"}


def test_lists_of_many_pages(dsn: str, chirpstack: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is passed over between pages; a list that never stands still is given up."""
    monkeypatch.setattr(network_registry, "PAGE", 2)
    for number in range(5):
        add_device(chirpstack, f"70b3d57ed0ffee0{number}", f"Room {number}", "em300")
    pages: list[int] = []

    def deleted() -> None:
        pages.append(len(chirpstack.devices))
        if len(pages) == 2:
            chirpstack.devices.pop(UNHEARD)

    chirpstack.between = deleted
    assert ask(dsn, "devices", "sync")["devices"] == 7
    assert (pages[:2], "Room 0" in listed(dsn)) == ([8, 8], True)

    def restless() -> None:
        first = next(iter(chirpstack.devices))
        chirpstack.devices[f"{len(chirpstack.asked):016x}"] = chirpstack.devices.pop(first)

    chirpstack.between = restless
    assert "changes while it is read" in sentence(run(dsn, "devices", "sync"))
    assert len(listed(dsn)) == 7


def test_what_hinders_it(dsn: str, chirpstack: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is one sentence: no server set, no such server, a wrong key, something else there."""
    chirpstack.devices[UNHEARD].device_profile_id = "gone"
    assert "does not tell of a device profile: not_found" in sentence(run(dsn, "devices", "sync"))
    monkeypatch.setenv("BOROUGHSENSE_CHIRPSTACK_TOKEN", "wrong")
    assert "does not show tenants to the key" in sentence(run(dsn, "devices", "sync"))
    monkeypatch.setenv("BOROUGHSENSE_CHIRPSTACK_TOKEN", "a\x7fkey")
    assert "chirpstack_token is no key" in sentence(run(dsn, "devices", "sync"))
    monkeypatch.delenv("BOROUGHSENSE_CHIRPSTACK_TOKEN")
    assert "chirpstack_token is not set" in sentence(run(dsn, "devices", "sync"))
    monkeypatch.delenv("BOROUGHSENSE_CHIRPSTACK_URL")
    assert "chirpstack_url is not set" in sentence(run(dsn, "devices", "sync"))
    monkeypatch.setenv("BOROUGHSENSE_CHIRPSTACK_TOKEN", TOKEN)
    monkeypatch.setenv("BOROUGHSENSE_CHIRPSTACK_URL", "https://[::1]:1")
    assert "https://[::1]:1 cannot be reached" in sentence(run(dsn, "devices", "sync"))
    monkeypatch.setenv("BOROUGHSENSE_CHIRPSTACK_URL", "http://127.0.0.1:99999")
    assert "99999" in run(dsn, "devices", "sync").stderr


def paces(dsn: str) -> list[tuple[timedelta]]:
    """Give how often the devices that were heard are expected."""
    with connect(dsn, application_name="tests") as connection:
        return connection.execute("select reporting_interval from device order by id").fetchall()


def test_pace_is_the_profiles_where_nobody_else_says_it(chirpstack: Kept, dsn: str) -> None:
    """The profile's `uplink_interval` counts for who is heard before or after; a tag is more."""
    hear(dsn)
    [(usual,)] = paces(dsn)
    chirpstack.profiles["em300"].uplink_interval = 420
    ask(dsn, "devices", "sync")
    assert paces(dsn) == [(timedelta(minutes=7),)] != [(usual,)]
    chirpstack.profiles["em300"].uplink_interval = 540
    ask(dsn, "devices", "sync")
    assert paces(dsn) == [(timedelta(minutes=9),)]
    hear(dsn, fCnt=901, deduplicationId="0c2a1a4e-6d52-4e93-8f3f-6d3c3a0f2b11")
    assert paces(dsn) == [(timedelta(minutes=9),)], "a process that starts anew keeps to it"
    add_device(chirpstack, uplinks.dev_eui(2), "Yard", "em300")
    ask(dsn, "devices", "sync")
    tagged = uplinks.event(2)["deviceInfo"] | {"tags": {"uplink_interval": "60"}}
    hear(dsn, 2, deviceInfo=tagged)
    assert paces(dsn)[1] == (timedelta(minutes=1),)
