"""A scenario's devices are registered where they are, in the form of a borough's own list."""

from boroughsense.devices_file import Line
from simulators import register
from simulators.fleet import Fleet
from simulators.scenario import load, names


def test_every_scenario_can_be_registered() -> None:
    """Each device of each scenario has one place that the importer takes."""
    for name in names():
        scenario = load(name).scenario
        fleet = Fleet(scenario, 1, devices=min(200, sum(g.count for g in scenario.fleet)))
        rows = list(register.rows(scenario, fleet))
        assert len(rows) == len({row["dev_eui"] for row in rows}) == len(fleet.members)
        assert all(set(row) <= set(register.COLUMNS) for row in rows)
        for row in rows:
            Line.model_validate(row)


def test_borough_is_one() -> None:
    """The demo's borough has sixty homes of two rooms, four sites and three car parks."""
    scenario = load("borough").scenario
    lines = [
        Line.model_validate(row).installation()
        for row in register.rows(scenario, Fleet(scenario, 1))
    ]
    within = [line.within for line in lines if line.within]
    by_kind = {
        kind: {w.uprn or w.name for w in within if w.kind == kind}
        for kind in ("dwelling", "site", "zone")
    }
    assert {kind: len(found) for kind, found in by_kind.items()} == {
        "dwelling": 60,
        "site": 4,
        "zone": 3,
    }
    rooms = [line.place for line in lines if line.place.kind == "room"]
    assert len(rooms) == 120
    assert all(place.latitude is None for place in rooms)
