"""A scenario file is checked whole before anything is played."""

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.durations import duration
from simulators.fleet import Fleet, resized
from simulators.phenomena import home, parking, street
from simulators.scenario import ScenarioWrong, load, names, parse
from tests.simulators.plays import PLACE, scenario

ROOM = "{name: elm, model: elsys-ers, count: 3, interval: 10m, home: typical, " + PLACE + "}"
DUST = "{name: site, model: decentlab-dl-pm, interval: 10m, street: road, " + PLACE + "}"


@pytest.mark.parametrize("name", names())
def test_shipped_scenarios_are_right(name: str) -> None:
    """Every scenario that ships can be loaded, and has a title."""
    story = load(name)
    assert story.name == name
    assert len(story.scenario.title) > 10


def test_all_mistakes_are_said_at_once() -> None:
    """Each mistake has a line with its place."""
    text = """
title: wrong
start: 2026-02-02T00:00:00
history: soon
length: 1d
gateways: []
colour: blue
fleet:
  - {name: A flat, model: em300, interval: 10m, home: castle, latitude: 91, longitude: 0}
  - {name: elm, model: elsys-ers, interval: 1s, latitude: 51, longitude: 0}
  - {name: oak, model: elsys-ers, interval: 10m, latitude: 51, longitude: 0}
  - {name: fir, model: elsys, interval: 10m, home: typical, latitude: 51, longitude: 0}
  - {name: ash, model: elsys-ers, interval: 10m, home: typical, latitude: 51, longitude: 0}
events: [{what: flood, from: 1h}]
faults: {lost: 2}
"""
    with pytest.raises(ScenarioWrong) as wrong:
        parse(text, "wrong.yaml")
    lines = str(wrong.value).splitlines()
    places = {line.split(": ")[1] for line in lines}
    assert places == {
        "start",
        "history",
        "gateways",
        "colour",
        "fleet.0.name",
        "fleet.0.home",
        "fleet.0.latitude",
        "fleet.1.interval",
        "fleet.2",
        "fleet.3",
        "events.0",
        "faults.lost",
    }
    assert all(line.startswith("wrong.yaml: ") for line in lines)
    assert "'soon' is not a duration" in str(wrong.value)
    assert "'castle' is not one of typical, " in str(wrong.value)
    assert "did you mean elsys-ers?" in str(wrong.value)


def test_names_must_fit_together() -> None:
    """An event speaks of what there is, and no two devices have one name."""
    with pytest.raises(ScenarioWrong) as wrong:
        scenario(
            f"{ROOM}, {ROOM}",
            """
events:
  - {what: silent, device: elm-04, from: 1h}
  - {what: dust, group: elm-01, from: 1h, strength: 100}
  - {what: gateway_down, gateway: cellar, from: 1h}
  - {what: becomes, device: elm-03, home: unheated, from: 1h}
history: 2d
""",
        )
    said = str(wrong.value).removeprefix("small: the file: ")
    assert said.split("; ") == [
        "the history of 2 days, 0:00:00 is longer than the scenario's 1 day, 0:00:00",
        "two devices are called elm-01",
        "two devices are called elm-02",
        "two devices are called elm-03",
        "there is no device elm-04 for the event silent",
        "there is no group elm-01 for the event dust",
        "there is no gateway cellar for the event gateway_down",
    ]


def test_a_server_without_a_clock_needs_gateways_with_one() -> None:
    """Uplinks of ChirpStack v3 would have no time that the truth could know."""
    group = ROOM.replace("{name", "{server: chirpstack-v3, name")
    gateways = "gateways: [{name: roof, latitude: 51.4, longitude: -0.1, gnss: false}]"
    with pytest.raises(ScenarioWrong, match="elm: chirpstack-v3 has no clock"):
        scenario(group, gateways)


def test_what_is_no_yaml_and_no_file_is_said(tmp_path: Path) -> None:
    """Unreadable files and unknown names are one sentence."""
    with pytest.raises(ScenarioWrong, match="is not YAML"):
        parse("a: [", "broken")
    with pytest.raises(ScenarioWrong, match=r"there is no scenario 'noisy_day': .*quiet_day"):
        load("noisy_day")
    with pytest.raises(ScenarioWrong, match="cannot be read"):
        load(str(tmp_path / "missing.yaml"))


def test_a_file_of_ones_own_is_played(tmp_path: Path) -> None:
    """A path that ends in .yaml is read; its name is the file's."""
    file = tmp_path / "mine.yaml"
    file.write_text(
        f"""
title: mine
start: 2026-02-02T00:00:00Z
history: 0s
length: 1h
gateways: [{{name: roof, latitude: 51.4, longitude: -0.1}}]
fleet: [{DUST}]
"""
    )
    assert load(str(file)).name == "mine"


@given(st.integers(0, 400), st.integers(0, 23), st.integers(0, 59))
def test_durations_add_up(days: int, hours: int, minutes: int) -> None:
    """`1d9h30m` is the sum of its parts."""
    text = f"{days}d{hours}h{minutes}m"
    assert duration(text) == timedelta(days=days, hours=hours, minutes=minutes)
    assert duration(duration(text)) == duration(text)


@pytest.mark.parametrize("wrong", ["", "5", "h", "1h 2m", "-1h", "1y", 60, None])
def test_other_texts_are_no_durations(wrong: object) -> None:
    """Whatever is not number and unit is refused."""
    with pytest.raises(ValueError, match="is not a duration"):
        duration(wrong)


@given(st.lists(st.integers(1, 50), min_size=1, max_size=8), st.integers(1, 500))
def test_a_fleet_is_resized_in_proportion(counts: list[int], devices: int) -> None:
    """There are as many devices as asked for, each group has its share, none is empty."""
    spec = scenario(ROOM).fleet[0]
    groups = tuple(spec.model_copy(update={"count": count}) for count in counts)
    now = [group.count for group in resized(groups, devices)]
    assert sum(now) == devices
    assert min(now) >= 1
    if devices >= 50 * sum(counts):
        shares = [count * devices / sum(counts) for count in counts]
        assert all(abs(n - share) < 1 for n, share in zip(now, shares, strict=True))


def test_a_device_does_not_depend_on_how_many_there_are() -> None:
    """The first device of a larger fleet has the bytes of the first of a smaller one."""
    few, many = (
        Fleet(scenario(ROOM), 7, devices=n).members[0].device.frames(1_770_000_000.0)
        for n in (1, 160)
    )
    assert [next(few) for _ in range(5)] == [next(many) for _ in range(5)]


def test_the_guide_is_right() -> None:
    """The scenario in the guide can be played, and every one that ships is told of."""
    guide = (Path(__file__).parents[2] / "docs" / "simulators.md").read_text("utf-8")
    text = guide.split("```yaml\n")[1].split("```")[0]
    assert parse(text, "guide").length == timedelta(days=4)
    assert all(f"| `{name}` |" in guide for name in names())
    assert all(f in guide for f in (*home.KINDS, *street.KINDS, *parking.KINDS))


def test_a_million_devices_are_read_at_once() -> None:
    """The mix of a city is there in its proportions, however few play."""
    story = load("london_1m").scenario
    assert sum(group.count for group in story.fleet) == 1_000_000
    a_second = sum(group.count / group.interval.total_seconds() for group in story.fleet)
    assert 1000 < a_second < 1200
    models = Counter(member.identity.model for member in Fleet(story, 1, devices=100).members)
    assert models["milesight-em300-th/em300-th"] == 45


@pytest.mark.parametrize(
    ("device", "there"),
    [("elm-01", True), ("elm-03", True), ("elm-04", False), ("elm-1", False), ("elm-00", False)],
)
def test_a_group_knows_its_devices(device: str, there: bool) -> None:  # noqa: FBT001 - a table
    """By name: numbered from 1, two digits at least."""
    group = scenario(ROOM).fleet[0]
    assert group.has(device) == there == (device in group.device_names())
    assert not group.has("oak-01")
    assert not group.has("elm-x")
