"""The truth file counts what was published, and concludes from it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from decoders.model import Observation
from simulators import truth as truths
from simulators.identity import Identity, Position
from simulators.message import Meaning, Message
from simulators.truth import Truth

START = datetime(2026, 2, 2, tzinfo=UTC)
TEN = timedelta(minutes=10)
HOUR = timedelta(hours=1)
ROOM = "02b0000000000001"
SITE = "02b0000000000002"


def identity(dev_eui: str, environment: str) -> Identity:
    """Give a device that reports every ten minutes."""
    return Identity(
        dev_eui,
        "name",
        "elsys-ers",
        "Elsys",
        "housing",
        TEN,
        Position(51.0, 0.0),
        {"environment": environment},
    )


def new() -> Truth:
    """Give an empty truth about a room and a site."""
    return Truth([identity(ROOM, "indoor"), identity(SITE, "outdoor")])


def message(
    key: str,
    time: datetime | None = START,
    *observations: Observation,
    dev_eui: str = ROOM,
    refused: str = "",
    again: str = "",
) -> Message:
    """Give a message."""
    first = ("up", again) if again else None
    meaning = Meaning(("up", key), dev_eui, time, observations, refused, first)
    return Message(0.0, "topic", b"", meaning)


def told(truth: Truth) -> Any:  # noqa: ANN401 - JSON
    """Give the truth file."""
    return truth.document({"scenario": "test"})


def humid(result: float) -> Observation:
    """Observe a humidity."""
    return Observation("relative_humidity", result)


def test_a_message_is_stored_refused_or_a_duplicate() -> None:
    """The second of one key is a duplicate, whatever became of the first; so is the same frame."""
    truth = new()
    truth.add(message("a", START, humid(50)))
    truth.add(message("a", START, humid(50)))
    truth.add(message("b", refused="truncated"))
    truth.add(message("b", refused="truncated"))
    truth.add(message("c", START + TEN, humid(51), again="a"))
    truth.add(message("d", None))
    file = told(truth)
    assert (file["published"], file["stored"], file["refused"], file["duplicates"]) == (6, 2, 1, 3)
    assert file["by_reason"] == {"truncated": 1}
    assert (file["uplinks"], file["observations"], file["devices"]) == (1, 1, 1)
    assert file["scenario"] == "test"


def test_nothing_published_is_told_too() -> None:
    """An empty run has an account of zeros and no times."""
    file = told(new())
    assert (file["published"], file["from"], file["to"]) == (0, None, None)
    assert file["series"] == file["alerts"] == []


def test_order_does_not_matter() -> None:
    """The same messages in another order give the same truth."""
    sent = [message(str(n), START + n * TEN, humid(40.0 + n)) for n in range(40)]
    one, other = new(), new()
    for entry in sent:
        one.add(entry)
    for entry in reversed(sent):
        other.add(entry)
    assert told(one) == told(other)


def test_a_stored_record_counts_at_its_own_time() -> None:
    """A reading that tells its time belongs to that hour, and one of a known time is no other."""
    truth = new()
    past = [Observation("temperature", 20.0, START - n * TEN) for n in range(1, 6)]
    truth.add(message("a", START + HOUR + TEN, *past))
    truth.add(message("b", START + 2 * HOUR, past[0], Observation("temperature", 9.0)))
    file = told(truth)
    assert file["observations"] == 6
    (series,) = file["series"]
    assert series["readings"] == 6
    assert series["hours"] == [["2026-02-01T23:00:00+00:00", 5, 20.0]]


def test_impossible_values_are_in_no_mean() -> None:
    """They are stored and counted as readings; the hour is without them."""
    truth = new()
    for n, result in enumerate([50.0, 50.0, 50.0, 50.0, 50.0, 300.0]):
        truth.add(message(f"r{n}", START + n * TEN, humid(result)))
    for n, result in enumerate([-4.0, 2500.0, 10.0, 10.0, 10.0, 10.0]):
        dust = Observation("pm10", result)
        truth.add(message(f"s{n}", START + n * TEN, dust, dev_eui=SITE))
    truth.add(message("last", START + 2 * HOUR))
    series = {s["property"]: s for s in told(truth)["series"]}
    assert series["relative_humidity"]["hours"] == [["2026-02-02T00:00:00+00:00", 5, 50.0]]
    assert series["pm10"]["hours"] == [["2026-02-02T00:00:00+00:00", 5, pytest.approx(7.2)]]
    assert series["pm10"]["readings"] == 6


def test_rules_speak_of_their_environment() -> None:
    """Humid air outdoors is no damp flat, and dust indoors no site."""
    truth = new()
    for n in range(6 * 30):
        time = START + n * TEN
        truth.add(message(f"o{n}", time, humid(99.0), dev_eui=SITE))
        truth.add(message(f"i{n}", time, Observation("pm10", 500.0)))
    assert told(truth)["alerts"] == []


def test_an_hour_that_is_not_closed_is_not_told() -> None:
    """The newest hour may still change, so nothing is concluded from it."""
    truth = new()
    for n in range(6):
        truth.add(message(f"{n}", START + n * TEN, Observation("pm10", 500.0), dev_eui=SITE))
    assert told(truth)["alerts"] == []
    truth.add(message("next", START + HOUR + 2 * TEN, dev_eui=SITE))
    assert told(truth)["alerts"] == [
        {
            "rule": rule,
            "dev_eui": SITE,
            "property": "pm10",
            "channel": "",
            "fired_at": "2026-02-02T00:00:00+00:00",
            "resolved_at": None,
            "peak": 500.0,
            "reopened": 0,
        }
        for rule in ("E1", "E3")
    ]


def test_a_long_truth_has_sums_in_place_of_hours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Past the limit each series tells the number and the sum of its valid means."""
    monkeypatch.setattr(truths, "EXPLICIT_HOURS", 1)
    truth = new()
    for n in range(19):
        truth.add(message(f"{n}", START + n * TEN, humid(50.0)))
    (series,) = told(truth)["series"]
    assert "hours" not in series
    assert (series["valid_hours"], series["sum_of_means"]) == (2, 100.0)
