"""Rules on the health of devices, on a real database."""

from dataclasses import replace
from datetime import datetime, timedelta

from alerts import rules
from decoders.model import TimeSource
from ingest.evaluator import Evaluator
from storage.connection import Connection
from storage.model import UplinkRecord
from tests.fixtures.readings import HOUR, SITE, reading, store

MONDAY = datetime.fromisoformat("2026-03-02T00:00:00+00:00")
DAY = 24 * HOUR
RULES = [rule for rule in rules.load() if rule.id in {"D2", "D3", "D4", "D5"}]


def arrived(record: UplinkRecord, late: timedelta) -> UplinkRecord:
    """Let a message come later than it says, by the gateway's clock."""
    moment = record.uplink.result_time
    assert moment is not None
    return replace(
        record,
        arrival=replace(record.arrival, received_at=moment + late),
        uplink=replace(record.uplink, time_source=TimeSource.GATEWAY),
    )


def history() -> list[UplinkRecord]:
    """Give a month of a sensor that sticks, thins out, runs empty, and has a clock that jumps."""
    records = []
    for number in range(30 * 24):
        day, moment = number // 24, MONDAY + number * HOUR + timedelta(minutes=5)
        if day >= 24 and number % 2:
            continue
        values = {
            "temperature": 5.0 if day >= 26 else 5 + number % 24 / 3,
            "battery_level": 40 - number / 24,
        }
        late = timedelta(seconds=92 if day == 20 else 2)
        records.append(arrived(reading(moment, values), late))
    return records


def test_what_is_wrong_with_a_device(database: Connection) -> None:
    """Each rule fires with its day, and is about the device."""
    store(database, history())
    evaluator = Evaluator(database, RULES, wall=lambda: MONDAY + 31 * DAY)
    while evaluator.step():
        pass
    rows = database.execute(
        "select rule_id, coalesce(labels->>'channel', ''), fired_at, labels->>'dev_eui' from alert"
        " order by rule_id, fired_at"
    ).fetchall()
    assert rows == [
        ("D2", "", MONDAY + 27 * DAY, SITE),
        ("D3", "temperature", MONDAY + 27 * DAY, SITE),
        ("D4", "", MONDAY + 14 * DAY, SITE),
        ("D5", "", MONDAY + 20 * DAY, SITE),
    ]


def test_flat_line_goes_on_when_its_readings_fail(database: Connection) -> None:
    """What stands still for two days counts in no hour from then on, and still stands still."""
    store(database, history())
    evaluator = Evaluator(database, RULES, wall=lambda: MONDAY + 31 * DAY)
    while evaluator.step():
        pass
    told = "select min(phenomenon_time), max(phenomenon_time) from failed_reading where flat = 4"
    assert database.execute(told).fetchone() == (
        MONDAY + 28 * DAY + timedelta(minutes=5),
        MONDAY + 29 * DAY + 22 * HOUR + timedelta(minutes=5),
    )
    shares = database.execute(
        "select mean from rollup_1h join series on series.id = series_id"
        " join observed_property on observed_property.id = property_id"
        " where name = 'flat_line' and channel = 'temperature' order by interval_start desc limit 2"
    ).fetchall()
    assert shares == [(150,), (150,)]  # three days are looked at
    assert database.execute("select status from alert where rule_id = 'D3'").fetchall() == [
        ("firing",)
    ]


def test_late_messages_mend_the_capture(database: Connection) -> None:
    """Messages that come a week late take a low capture back."""
    whole = [
        reading(MONDAY + number * HOUR + timedelta(minutes=5), {"temperature": number % 24})
        for number in range(240)
    ]
    gone = set(range(30, 100))
    store(database, [record for number, record in enumerate(whole) if number not in gone])
    at = MONDAY + 240.6 * HOUR
    evaluator = Evaluator(database, RULES, wall=lambda: at)
    while evaluator.step():
        pass
    stands = "select rule_id from alert where status <> 'withdrawn' order by 1"
    assert ("D2",) in database.execute(stands).fetchall()
    store(database, [whole[number] for number in gone])
    while evaluator.step():
        pass
    assert ("D2",) not in database.execute(stands).fetchall()
