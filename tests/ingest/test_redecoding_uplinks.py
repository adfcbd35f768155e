"""Which uplinks are decoded again, and what becomes of each of them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from decoders.errors import CodecTimeout, UnknownDevice
from decoders.mapping import Entry, Mapped, ObjectCodec
from decoders.model import Environment, Observation, Reading
from decoders.registry import Registry
from ingest import redecoding
from ingest.pipeline import NOT_DECODED
from ingest.redecoding import Wanted, redecode
from ingest.redecoding_report import Report
from storage.connection import Connection, connect
from storage.instance import Mode
from storage.places import Installation, Place, install
from storage.redecoding import AlreadyDecoding
from tests.ingest.redecoding_world import (
    BEGIN,
    HOUR,
    NOW,
    PROFILE,
    RIGHT,
    Spoilt,
    Table,
    all_of,
    bound_to,
    frame,
    payload,
    store,
    told,
    uplink,
)

ALL = Wanted(BEGIN - HOUR, NOW)
WARM = replace(Spoilt("acme-warm"), spoil=lambda seen: replace(seen, result=seen.result + 1))
POLICY = bound_to(RIGHT, WARM)
OTHER = "02c17a0000000502"


def again(connection: Connection, wanted: Wanted = ALL, policy: object = POLICY) -> list[Report]:
    """Decode again, now."""
    assert hasattr(policy, "codecs")
    return list(redecode(connection, wanted, policy, actor="ada on loom", wall=lambda: NOW))  # type: ignore[arg-type]


def codecs(connection: Connection) -> dict[str, tuple[str, list[str]]]:
    """Give by which codec each uplink was read, and its warnings, by the end of its number."""
    rows = connection.execute("select deduplication_id, codec, warnings from uplink")
    return {number[-2:]: (codec, warnings) for number, codec, warnings in rows}


def stored(connection: Connection, name: str) -> list[tuple[datetime, float]]:
    """Give the values of a property."""
    return connection.execute(
        "select phenomenon_time, result from observation join series on series.id = series_id"
        " join observed_property as p on p.id = property_id where name = %s order by 1",
        [name],
    ).fetchall()


def test_part_of_the_time(database: Connection) -> None:
    """Only uplinks of the stretch are decoded again; the others stay as they were."""
    store(database, [uplink(n, payload(n)) for n in range(1, 5)], bound_to("acme-warm", WARM))
    (report,) = again(database, replace(ALL, since=BEGIN + 2 * HOUR, until=BEGIN + 4 * HOUR))
    assert report.uplinks == 2
    assert {end: codec for end, (codec, _) in codecs(database).items()} == {
        "01": "acme-warm",
        "02": RIGHT,
        "03": RIGHT,
        "04": "acme-warm",
    }


def test_one_device(database: Connection) -> None:
    """Only uplinks of the device are decoded again; one without any is no report."""
    sent = [uplink(1, payload(1)), uplink(2, payload(2), dev_eui=OTHER)]
    store(database, sent, bound_to("acme-warm", WARM))
    (report,) = again(database, replace(ALL, dev_eui=OTHER))
    assert (report.dev_eui, report.uplinks) == (OTHER, 1)
    assert again(database, replace(ALL, dev_eui="02c17a00000005ff")) == []


def test_one_model(database: Connection) -> None:
    """A model means the uplinks that were read by it, and those that are read by it now."""
    store(database, [uplink(1, payload(1))], bound_to("acme-warm", WARM))
    store(database, [uplink(2, payload(2))], bound_to("elsys-ers"))
    assert again(database, replace(ALL, model="bosch-tps110")) == []
    (report,) = again(database, replace(ALL, model="acme-warm"))
    assert report.uplinks == 1
    assert codecs(database)["02"][0] == "elsys-ers"
    (report,) = again(database, replace(ALL, model=RIGHT))
    assert report.uplinks == 2
    assert codecs(database)["02"][0] == RIGHT


def test_model_that_is_no_more(database: Connection) -> None:
    """A model that uplinks were read by is asked for by its name, though there is no such codec."""
    store(database, [uplink(1, payload(1))], bound_to("acme-warm", WARM))
    (report,) = again(database, replace(ALL, model="acme-warm"), bound_to(RIGHT))
    assert report.uplinks == 1
    with pytest.raises(UnknownDevice, match="'acme-warm' is not a model we know"):
        again(database, replace(ALL, model="acme-warm"), bound_to(RIGHT))


def test_by_another_codec(database: Connection) -> None:
    """Uplinks may be read by a model of a person's choice; one that is none is refused at once."""
    store(database, [uplink(1, payload(1))], POLICY)
    (report,) = again(database, replace(ALL, by="acme-warm", model=RIGHT))
    assert report.total("changed") == 3
    assert codecs(database)["01"][0] == "acme-warm"
    assert again(database, replace(ALL, by=RIGHT, model="bosch-tps110")) == []
    with pytest.raises(UnknownDevice):
        again(database, replace(ALL, by="em300"))


def test_payload_that_cannot_be_read_now(database: Connection) -> None:
    """It gives nothing any more, is kept with the reason, and gives again what it gave before."""
    seen = Observation("temperature", 21.0)
    then, now = Table("v1", model="acme-then"), Table("v2", model="acme-now")
    store(database, [uplink(1, frame(v1=[seen]))], bound_to("acme-then", then))
    (report,) = again(database, policy=bound_to("acme-now", then, now))
    assert (report.unreadable, report.total("removed")) == ({"bad_value": 1}, 1)
    assert stored(database, "temperature") == []
    assert codecs(database) == {"01": ("acme-now", ["bad_value: not for this version"])}
    (report,) = again(database, policy=bound_to("acme-then", then, now))
    assert report.total("added") == 1
    assert codecs(database) == {"01": ("acme-then", [])}
    assert database.execute("select codec from device").fetchall() == [("acme-then",)]


def test_device_that_is_bound_to_nothing_now(database: Connection) -> None:
    """Its uplinks and what they gave stay as they are, and the report says why."""
    store(database, [uplink(1, payload(1)), uplink(2, b"", f_port=0)], POLICY)
    before = all_of(database)
    (report,) = again(database, policy=replace(POLICY, bindings={}))
    assert (report.uplinks, report.kept) == (2, {"unknown_device": 1})
    after = all_of(database)
    assert after["observations"] == before["observations"]
    assert codecs(database) == {"01": (RIGHT, []), "02": ("", [])}
    (report,) = again(database)
    assert codecs(database)["02"][0] == RIGHT
    assert again(database, replace(ALL, model=RIGHT), replace(POLICY, bindings={}))[0].kept


def test_codec_that_is_at_its_end(database: Connection) -> None:
    """A codec that takes too long says nothing of the payload: all stays as it was."""

    class Slow(Spoilt):
        def decode(self, *_: object, **__: object) -> Reading:
            return Reading(error=CodecTimeout("stopped after 100 ms"))

    store(database, [uplink(1, payload(1))], POLICY)
    (report,) = again(database, policy=bound_to("acme-slow", Slow("acme-slow")))
    assert (report.kept, report.changes) == ({"codec_timeout": 1}, {})
    assert codecs(database)["01"][0] == RIGHT
    store(database, [uplink(2, payload(2))], bound_to("acme-slow", Spoilt("acme-slow")))
    (report,) = again(database, policy=bound_to(RIGHT, Slow("acme-slow")))
    assert not report.changes


def test_encrypted_payload(database: Connection) -> None:
    """Ciphertext is not decoded, now as then."""
    store(database, [uplink(1, payload(1), encrypted=True)], bound_to("acme-warm", WARM))
    (report,) = again(database)
    assert (report.unreadable, report.changes) == ({}, {})
    assert codecs(database) == {"01": (RIGHT, [NOT_DECODED])}


def test_what_another_uplink_gave_stays(database: Connection) -> None:
    """Two uplinks gave the same record: one that is read otherwise does not take it away."""
    sent = [
        uplink(6, payload(6)),
        uplink(7, payload(6), result_time=BEGIN + 6 * HOUR + timedelta(minutes=9)),
    ]
    store(database, sent, POLICY)
    records = [row for row in stored(database, "temperature") if row[0] < BEGIN]
    assert len(records) == 2
    wanted = replace(ALL, until=BEGIN + 6 * HOUR + timedelta(minutes=8), by="elsys-ers")
    (report,) = again(database, wanted)
    assert report.uplinks == 1
    assert report.total("removed") > 0
    assert [row for row in stored(database, "temperature") if row[0] < BEGIN] == records


def test_samples_that_a_tag_spaces(database: Connection) -> None:
    """When a tag of the profile is corrected, samples that it dates move, and leave nothing."""
    sent = bytes.fromhex("4c80 012c1f ffff20 00d22e")
    policy = bound_to("adeunis-comfort")
    store(database, [uplink(1, sent, f_port=1, tags={"sample_spacing": "600"})], policy)
    sent_at = BEGIN + HOUR + timedelta(minutes=5)
    assert stored(database, "temperature") == [
        (sent_at - 2 * timedelta(minutes=10), 21),
        (sent_at - timedelta(minutes=10), -0.1),
        (sent_at, 30),
    ]
    database.execute("""update device set tags = '{"sample_spacing": "1200"}'""")
    for _ in range(2):
        again(database, policy=policy)
        assert stored(database, "temperature") == [
            (sent_at - 2 * timedelta(minutes=20), 21),
            (sent_at - timedelta(minutes=20), -0.1),
            (sent_at, 30),
        ]


def test_records_without_their_uplinks_stay(database: Connection) -> None:
    """Where uplinks were thrown away as too old, what they may have given is not taken away."""
    late = Spoilt("acme-late")
    store(database, [uplink(6, payload(6)), uplink(12, payload(12))], bound_to("acme-late", late))
    database.execute("delete from uplink where deduplication_id like '%06'")
    database.execute("update uplink set codec_version = 'of another time'")
    before = stored(database, "temperature")
    (report,) = again(database, policy=bound_to(RIGHT))
    assert not report.changes
    assert stored(database, "temperature") == before


def test_records_that_uplinks_beside_may_have_given_stay(database: Connection) -> None:
    """Where nobody knows which of two uplinks gave a record, the one that stays keeps it."""
    late = Spoilt("acme-late")
    store(database, [uplink(6, payload(6)), uplink(12, payload(12))], bound_to("acme-late", late))
    database.execute("update uplink set codec_version = 'of another time', codec = 'gone'")
    before = stored(database, "temperature")
    now = Spoilt("acme-early", spoil=_a_day_before)
    wanted = replace(ALL, since=BEGIN + 12 * HOUR, until=BEGIN + 13 * HOUR)
    (report,) = again(database, wanted, bound_to("acme-early", now))
    assert (report.total("removed"), report.total("added")) == (0, 4)
    assert set(before) <= set(stored(database, "temperature"))
    (report,) = again(database, replace(wanted, since=BEGIN), bound_to(RIGHT))
    assert (report.total("removed"), report.total("added")) == (4, 0)
    assert stored(database, "temperature") == before


def _a_day_before(seen: Observation) -> Observation:
    """Date a record a day too early."""
    time = seen.phenomenon_time
    return seen if time is None else replace(seen, phenomenon_time=time - timedelta(days=1))


def test_object_of_the_network_server(database: Connection) -> None:
    """What the network server decoded is kept where a mapping reads it, and mapped again."""
    meter = ObjectCodec("acme-meter", Mapped((Entry("temperature", ("temp",)),)), "1")
    corrected = ObjectCodec("acme-meter", Mapped((Entry("temperature", ("t2",)),)), "2")
    said = {"temp": 20.5, "t2": 21, "list": [{"deep": "\x00 text"}], "none": None}
    sent = [uplink(1, b"\x01", decoded=said), uplink(2, payload(2), decoded=said)]
    store(database, sent[:1], bound_to("acme-meter", meter))
    store(database, sent[1:], POLICY)
    rows = database.execute("select decoded from uplink order by deduplication_id").fetchall()
    assert rows == [({**said, "list": [{"deep": "\ufffd text"}]},), (None,)]
    (report,) = again(database, policy=bound_to("acme-meter", corrected))
    assert (report.kept, report.total("changed")) == ({"no_object": 1}, 1)
    assert [value for _, value in stored(database, "temperature")] == [21, 20]


@pytest.mark.parametrize("is_known", [True, False])
def test_bay_below_an_overhead_sensor(database: Connection, *, is_known: bool) -> None:
    """What is derived from a distance is not taken for an uplink's, and follows the distance."""
    place = Place("bay", "Bay 7", detail={"occupied_below_mm": 1500})
    eui = uplink(1, b"").dev_eui
    install(database, Installation(eui, place, Place("zone", "High Street"), BEGIN), secret=b"")
    then, now = Table("v1", model="acme-then"), Table("v2", model="acme-now")
    said = [(300, 300), (1700, 300), (1550, 1550), (1700, 1700)]
    sent = [
        frame(v1=[Observation("distance", before)], v2=[Observation("distance", after)])
        for before, after in said
    ]
    store(
        database,
        [uplink(n, each) for n, each in enumerate(sent)],
        bound_to("acme-then", then, now),
    )
    assert [state for _, state in stored(database, "parking_occupied")] == [1, 0, 0, 0]
    if not is_known:
        database.execute("update uplink set codec_version = 'of another time'")
    (report,) = again(database, policy=bound_to("acme-now", then, now))
    assert {row["property"] for row in report.properties()} == {"distance"}
    assert [state for _, state in stored(database, "parking_occupied")] == [1, 1, 1, 0]
    (report,) = again(database, policy=bound_to("acme-now", then, now))
    assert not report.changes


def test_device_is_what_its_newest_uplink_says(database: Connection) -> None:
    """The device's codec, place and pace change only with its newest uplink."""
    far = Spoilt("acme-far", environment=Environment.OUTDOOR, interval=2 * HOUR)
    store(database, [uplink(n, payload(n)) for n in (1, 2)], POLICY)
    again(database, replace(ALL, until=BEGIN + 2 * HOUR), bound_to("acme-far", far))
    assert all_of(database)["device"] == [(RIGHT, "indoor", HOUR)]
    again(database, policy=bound_to("acme-far", far))
    assert all_of(database)["device"] == [("acme-far", "outdoor", 2 * HOUR)]


def test_many_devices_in_groups(database: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """Devices are read in groups that memory holds; one that is larger alone, piece by piece."""
    monkeypatch.setattr(redecoding, "STAGE", 3)
    sent = [uplink(n, payload(n), dev_eui=OTHER) for n in range(1, 9)]
    sent += [
        uplink(100 + n, payload(n), dev_eui=f"02c17a00000006{n:02x}", result_time=BEGIN + n * HOUR)
        for n in range(1, 6)
    ]
    store(database, sent, bound_to("acme-warm", WARM))
    shown = list(redecode(database, ALL, POLICY, dry_run=True))
    reports = again(database)
    assert [report.document() for report in reports] == [report.document() for report in shown]
    assert sum(report.uplinks for report in reports) == 13
    assert {codec for codec, _ in codecs(database).values()} == {RIGHT}
    assert all(value == 18 + n % 5 for n, (_, value) in enumerate(_of(database, OTHER), 1))
    assert not any(report.changes for report in again(database))


def _of(connection: Connection, dev_eui: str) -> list[tuple[datetime, float]]:
    return connection.execute(
        "select phenomenon_time, result from observation join series on series.id = series_id"
        " join device on device.id = device_id join observed_property as p on p.id = property_id"
        " where p.name = 'temperature' and dev_eui = %s and phenomenon_time > %s order by 1",
        [dev_eui, BEGIN],
    ).fetchall()


def test_who_wanted_what_is_written_down(database: Connection) -> None:
    """Each run leaves a line, also one that is stopped; a dry run leaves none."""
    store(database, [uplink(n, payload(n)) for n in (1, 2)], bound_to("acme-warm", WARM))
    list(redecode(database, ALL, POLICY, dry_run=True))
    assert _runs(database) == []

    def stop() -> datetime:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(redecode(database, ALL, POLICY, actor="ada on loom", wall=stop))
    assert _runs(database) == [("ada on loom", "", 0, 0, False)]
    again(database, replace(ALL, model=RIGHT))
    assert _runs(database)[1:] == [("ada on loom", RIGHT, 2, 6, True)]


def _runs(connection: Connection) -> list[tuple[object, ...]]:
    return connection.execute(
        "select actor, wanted->>'model', uplinks, changed, finished_at is not null"
        " from redecode_run order by id"
    ).fetchall()


def test_one_at_a_time(dsn: str, database: Connection) -> None:
    """While somebody decodes again nobody else does; afterwards anybody may."""
    store(database, [uplink(1, payload(1))], bound_to("acme-warm", WARM))
    first: Iterator[Report] = redecode(database, ALL, POLICY, wall=lambda: NOW)
    next(first)
    with connect(dsn) as other, pytest.raises(AlreadyDecoding, match="wait for its end"):
        again(other)
    list(first)
    with connect(dsn) as other:
        again(other)


def test_simulation_has_a_clock_of_its_own(simulation_dsn: str) -> None:
    """In a simulation the past ends with the newest reading, whatever the wall's clock says."""
    with connect(simulation_dsn) as connection:
        policy = bound_to("acme-warm", WARM, mode=Mode.SIMULATION)
        far = uplink(1, payload(1), result_time=NOW + timedelta(days=2000))
        store(connection, [far], policy)
        wanted = Wanted(BEGIN, NOW + timedelta(days=3000))
        (report,) = again(connection, wanted, bound_to(RIGHT, WARM, mode=Mode.SIMULATION))
        assert report.total("changed") == 3
        assert connection.execute("select quiet_until from redecoded").fetchall() == [
            (far.result_time,)
        ]
        assert told(connection) == []


def test_registry_of_nothing_reads_nothing(database: Connection) -> None:
    """Without any uplinks there is nothing to do."""
    assert again(database, policy=replace(POLICY, codecs=Registry(()))) == []
    assert PROFILE in POLICY.bindings
