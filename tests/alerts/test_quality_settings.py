"""The settings of the quality tests: each with its source, others for an instance, all mistakes."""

import math
from datetime import timedelta
from pathlib import Path

import pytest

from alerts import quality_settings
from alerts.problems import RulesWrong
from alerts.quality_settings import SHIPPED, FlatLine, Limits, Overrides, QualitySettings, Settings
from alerts.remarked import RestsOn
from decoders.model import Environment

HOUR = timedelta(hours=1)
IN, OUT = Environment.INDOOR, Environment.OUTDOOR


def problems(overrides: Overrides) -> list[str]:
    """Give the mistakes of what an instance sets."""
    with pytest.raises(RulesWrong) as caught:
        quality_settings.load(overrides)
    return [f"{problem.path}: {problem.message}" for problem in caught.value.problems]


def air(overrides: Overrides | None = None) -> Settings:
    """Give how a temperature indoors is tested."""
    return quality_settings.load(overrides).of("temperature", IN)


def test_shipped() -> None:
    """Every shipped number says what it rests on, and where it comes from."""
    shipped = quality_settings.load()
    assert all(remark.source for remark in shipped.remarks.values())
    assert len(shipped.remarks) == SHIPPED.read_text().count("rests_on:")
    assert shipped.remarks["temperature.spike_fail"].rests_on is RestsOn.DECISION


def test_table_of_the_specification() -> None:
    """What fails and what is only suspect is as the specification's table has it."""
    shipped = quality_settings.load()
    spikes = {name: shipped.of(name, IN).spike for name in shipped.properties}
    assert {name for name, spike in spikes.items() if spike and spike.fail} == {"temperature"}
    assert spikes["temperature"] == Limits(3, 10)
    assert (spikes["relative_humidity"], spikes["pm10"]) == (Limits(25), Limits(200))
    rates = {name: shipped.of(name, IN).rate for name in shipped.properties}
    assert rates["temperature"] == Limits(6 / 600)
    assert rates["relative_humidity"] == Limits(40 / 600)
    assert not any(rate.fail for rate in rates.values() if rate)
    lengths = {
        name: (flat.suspect, flat.fail)
        for name in shipped.properties
        if (flat := shipped.of(name, IN).flat)
    }
    assert lengths["temperature"] == (24 * HOUR, 48 * HOUR)
    assert lengths["relative_humidity"] == lengths["co2"] == (12 * HOUR, 24 * HOUR)
    assert lengths["pm10"] == lengths["pm2_5"] == lengths["no2"] == (6 * HOUR, 12 * HOUR)
    assert lengths["o3"] == lengths["so2"] == (6 * HOUR, None)
    usual = [shipped.of("temperature", each).usual for each in (IN, OUT)]
    assert usual == [(5, 35), (-15, 40)]


def test_which_can_fail() -> None:
    """Of ozone nothing fails; what stands still may, at the ends of a scale it does not."""
    shipped = quality_settings.load()
    assert "o3" not in shipped.failing()
    assert set(shipped.still()) == set(shipped.failing())
    only_spikes = quality_settings.load({"temperature": {"flat_fail": "never"}})
    assert "temperature" in only_spikes.failing()
    assert "temperature" not in only_spikes.still()
    assert shipped.still()["relative_humidity"].ends == (1, 99)
    assert shipped.still()["co2"].ends == (-math.inf, math.inf)


def test_another_number() -> None:
    """An instance's number takes the place of the shipped one, and is its decision."""
    given = {"temperature": {"spike_fail": 12, "flat_suspect": "30h", "rate_fail": 60}}
    found = quality_settings.load(given)
    tested = found.of("temperature", IN)
    assert (tested.spike, tested.rate) == (Limits(3, 12), Limits(0.01, 0.1))
    assert tested.flat == FlatLine(0.11, 30 * HOUR, 48 * HOUR)
    remark = found.remarks["temperature.spike_fail"]
    assert (remark.rests_on, remark.source) == (
        RestsOn.DECISION,
        "the configuration of this instance",
    )


def test_never() -> None:
    """A test that is set to never gives no such flag, or is not made at all."""
    assert air({"temperature": {"spike_fail": "never"}}).spike == Limits(3)
    assert air({"temperature": {"spike_fail": "never", "spike_suspect": "never"}}).spike is None
    assert air({"temperature": {"flat_suspect": "never", "flat_fail": "never"}}).flat is None
    only = air({"temperature": {"flat_suspect": "never"}}).flat
    assert only is not None
    assert (only.suspect, only.longest) == (None, 48 * HOUR)
    assert air({"temperature": {"rate_suspect": "never"}}).rate is None
    assert air({"temperature": {"spike_suspect": "never"}}).spike == Limits(None, 10)


def test_property_that_ships_without() -> None:
    """Any measured property can be tested."""
    found = quality_settings.load({"pressure": {"usual": [900, 1100], "spike_fail": 20}})
    assert found.of("pressure", OUT).usual == (900, 1100)
    assert "pressure" in found.failing()
    assert quality_settings.load().of("pressure", OUT) == Settings(late=2, silent=3)


def test_all_mistakes_at_once() -> None:
    """Each is told with its place and what to write."""
    wrong: Overrides = {
        "temprature": {"spike_fail": 3},
        "temperature": {"spike_fail": 2, "flat_fail": "6h", "usual": [5, 5], "spyke": 1},
        "co2": {"spike_suspect": -1, "flat_suspect": "soon"},
        "pm10": {"flat_tolerance": "never"},
        "feed": {"silent_after": 1},
        "mould_index": {"spike_fail": 1},
    }
    agree = (
        "usual goes from 5 to 5: write the lower value first; "
        "spike_fail must be more than spike_suspect; "
        "flat_fail must be more than flat_suspect; flat_fail must be 12h or more"
    )
    assert problems(wrong) == [
        "temprature: is not known here; did you mean `temperature`?",
        "mould_index: is not known here; did you mean `tvoc_index`?",
        "temperature.spyke: is not known here",
        f"temperature: {agree}",
        "co2.spike_suspect: `-1` is wrong: input should be greater than 0",
        "co2.flat_suspect: `soon` is not a duration: write 90m, 2h, 7d or 1d12h",
        "pm10: flat_tolerance is missing",
        "feed: silent_after must be more than late_after",
    ]


def test_what_is_no_table() -> None:
    """A property's numbers are a table."""
    assert problems({"temperature": 3}) == ["temperature: must be a table of numbers"]  # type: ignore[dict-item]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- 1", "holds no sections"),
        ("feed: 1", "feed: is missing, or holds no figures"),
        ("a: [", "line 1, column 5"),
    ],
)
def test_no_settings(tmp_path: Path, text: str, message: str) -> None:
    """A file that is something else is told."""
    file = tmp_path / "quality.yaml"
    file.write_text(text)
    with pytest.raises(RulesWrong, match=message):
        quality_settings.load(file=file)


def test_ends_of_a_scale() -> None:
    """Neither a tolerance of nothing nor one of something takes a wider span for standing still."""
    assert FlatLine(0, HOUR, None).holds(0)
    assert not FlatLine(0, HOUR, None).holds(1e-9)
    assert FlatLine(0.11, HOUR, None).holds(0.1)
    assert not FlatLine(0.11, HOUR, None).holds(0.11)


def test_everything_is_named() -> None:
    """The groups beside the properties have their numbers."""
    found: QualitySettings = quality_settings.load()
    assert (found.feed.late_after, found.feed.silent_after) == (2, 3)
    assert (found.attenuation.over, found.neighbourhood.over) == (168 * HOUR, 24 * HOUR)
    assert (found.particles.fine_over_coarse, found.particles.humid_over) == (5, 95)
