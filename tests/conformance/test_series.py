"""Real series replayed as devices reach the numbers that were worked out from the files."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from time import monotonic, sleep
from typing import Any

import pytest

from simulators.faults import FaultPlan
from simulators.fleet import dev_eui
from simulators.scenario import FaultRates
from simulators.series import Series, describe
from simulators.truth import Truth
from storage import account, calibrations, conclusions
from storage.calibrations import Calibration
from storage.connection import Connection, connect
from tests.fixtures.broker import Message
from tests.fixtures.stage import Stage

AIR = "air_marylebone_1999_2000_hourly.csv"
COLD = "indoor_trh1_house1_10min_cold.csv"
OCCUPIED = "indoor_trh1_house5_hourly.csv"
FACTORED = "kerbside-teom"


def truth(file: Path, description: str, device: int = 0) -> Any:  # noqa: ANN401 - JSON
    """Give the truth of one device of a series whose messages all arrive."""
    whole = describe(description)
    series = Series(file, whole.model_copy(update={"devices": (whole.devices[device],)}))
    gathered = Truth(series.identities)
    for message in series.messages(FaultPlan(1, FaultRates())):
        gathered.add(message)
    return gathered.document({})


def means(told: Any, name: str) -> list[float]:  # noqa: ANN401 - JSON
    """Give the valid hourly means of a property."""
    series = next(entry for entry in told["series"] if entry["property"] == name)
    return [mean for _, _, mean in series["hours"]]


def test_a_kerbside_year(shared: Path) -> None:
    """8,511 hours of PM10, 44 above 190 ug/m3, 19 episodes of rule E1, a peak of 801."""
    told = truth(shared / "datasets" / AIR, "marylebone")
    dust = means(told, "pm10")
    readings = {entry["property"]: entry["readings"] for entry in told["series"]}
    assert readings["pm10"] == 8511
    assert sum(mean > 190 for mean in dust) == 44
    assert max(dust) == 801
    assert Counter(alert["rule"] for alert in told["alerts"])["E1"] == 19
    longest = next(a for a in told["alerts"] if a["fired_at"].startswith("1999-09-07T08"))
    assert (longest["peak"], longest["resolved_at"]) == (449.0, "1999-09-07T19:00:00+00:00")


def test_a_half_heated_house(shared: Path) -> None:
    """3,561 valid hours but for the last, 3,316 below 18 Cel, 2,906 below 16, 904 below 12."""
    told = truth(shared / "datasets" / COLD, "house1")
    room = means(told, "temperature")
    assert len(room) == 3561 - 1
    assert [sum(mean < limit for mean in room) for limit in (18, 16, 12)] == [3316, 2906, 904]


def test_an_occupied_house(shared: Path) -> None:
    """The second room has 14,113 readings, and is above 70 % in 15 hours."""
    told = truth(shared / "datasets" / OCCUPIED, "house5", device=1)
    assert {entry["readings"] for entry in told["series"]} == {14_113}
    assert sum(mean > 70 for mean in means(told, "relative_humidity")) == 15


def test_a_kerbside_year_through_the_broker(shared: Path, stage: Stage) -> None:
    """Moved by 1,300 weeks and replayed at full speed, the database concludes the same."""
    file, told = shared / "datasets" / AIR, stage.folder / "truth.json"
    words = ["replay", str(file), "--as", "marylebone", "--speed", "max", "--weeks", "1300"]
    sent = stage.command(*words, "--truth", str(told), "--fault", "duplicate=0.02")
    assert sent["published"] == 8705 + sent["duplicates"] > 8705
    stage.settle(sent["published"])
    assert stage.verified(told) == []
    assert Counter(alert["rule"] for alert in sent["alerts"])["E1"] == 19


WEEKS = timedelta(weeks=1300)


def shuffled_year(file: Path) -> list[Message]:
    """Give the year of two devices as messages, a tenth twice, in no order within two days."""
    whole = describe("marylebone")
    beside = whole.devices[0].model_copy(update={"name": FACTORED})
    both = whole.model_copy(update={"devices": (*whole.devices, beside)})
    series = Series(file, both, weeks=1300)
    rates = FaultRates(duplicate=0.1)
    told = [
        Message(message.topic, message.payload, origin="simulation")
        for message in series.messages(FaultPlan(3, rates))
    ]
    dice = Random(3)  # noqa: S311 - an order, not a secret
    blocks = [told[start : start + 96] for start in range(0, len(told), 96)]
    for block in blocks:
        dice.shuffle(block)
    return [message for block in blocks for message in block]


Span = tuple[datetime, datetime, float]


def spans_of(connection: Connection, device: str, number: int) -> list[Span]:
    """Wait until a device has so many episodes of E1; give when each begins, ends, and peaks."""
    deadline = monotonic() + 30
    while True:
        every = conclusions.episodes(connection, ["E1"])
        found = [each for each in every if each.dev_eui == dev_eui(device)]
        if len(found) == number:
            return sorted(
                (each.fired_at - WEEKS, each.resolved_at - WEEKS, each.peak)
                for each in found
                if each.resolved_at and each.peak
            )
        assert monotonic() < deadline, f"{len(found)} episodes of {device}, not {number}"
        sleep(0.2)


def test_a_kerbside_year_shuffled_through_the_broker(shared: Path, stage: Stage) -> None:
    """A tenth twice and two days in no order, a live feed ends in the year's own 19 episodes.

    The same year of a device with an old instrument's factor of 1.3 ends in 27.
    """
    factor = Calibration(
        dev_eui(FACTORED), "pm10", "TEOM factor", datetime(2000, 1, 1, tzinfo=UTC), slope=1.3
    )
    with connect(stage.dsn) as connection:
        assert calibrations.record(connection, [factor], "Ewan") == 1
    told = shuffled_year(shared / "datasets" / AIR)
    stage.broker.publish(*told)
    stage.settle(len(told))
    with connect(stage.dsn) as connection:
        books = account.account(connection)
        raw = spans_of(connection, "kerbside", 19)
        factored = spans_of(connection, FACTORED, 27)
    assert (books.stored, books.refused) == (2 * 8705, 0)
    assert books.duplicates == len(told) - 2 * 8705 > 1400
    first = datetime(1999, 7, 13, 10, tzinfo=UTC)
    assert raw[0] == (first, first + timedelta(hours=3), 195)
    longest = datetime(1999, 9, 7, 8, tzinfo=UTC)
    assert (longest, longest + timedelta(hours=11), 449) in raw
    assert max(peak for _, _, peak in factored) == pytest.approx(801 * 1.3)
