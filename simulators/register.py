"""Where the devices of a scenario are, as a borough would register them.

Two rooms are a home, with a made-up property number; a construction site has its monitors around
it; a monitor beside a road is a station; bays lie in their zone. The rows are those of the file
that `boroughsense devices import` takes.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta

from simulators.dice import Dice
from simulators.fleet import Fleet, dev_eui
from simulators.scenario import GroupSpec, Scenario

Row = Mapping[str, str]
COLUMNS = (
    *("dev_eui", "place_kind", "place", "within", "area", "patch", "uprn"),
    *("latitude", "longitude", "installed_from", "interval"),
    *("frsi", "bearing", "risk", "hours", "limit_minutes", "bay_type"),
)
_ROOMS = ("Bedroom", "Living room")
_PATCHES = ("north", "south")
_FACTORS = {"efficient": "0.9", "draughty": "0.65", "unheated": "0.6"}


def rows(scenario: Scenario, fleet: Fleet) -> Iterator[Row]:
    """Give one row for each device, in the order of the scenario."""
    where = {member.identity.name: member.identity.position for member in fleet.members}
    began = (scenario.start - timedelta(days=1)).isoformat()
    for number, group in enumerate(scenario.fleet):
        for index, name in enumerate(group.device_names()):
            if name not in where:
                continue
            told = {"dev_eui": dev_eui(name), "installed_from": began}
            told["interval"] = f"{group.interval // timedelta(seconds=1)}s"
            if group.kind != "home":
                position = where[name]
                told["latitude"] = f"{position.latitude:.5f}"
                told["longitude"] = f"{position.longitude:.5f}"
            yield told | _place(group, number, index, name)


def _place(group: GroupSpec, number: int, index: int, name: str) -> dict[str, str]:
    title = group.name.replace("-", " ").capitalize()
    if group.kind == "home":
        return _room(group, number, index, title)
    if group.kind == "bays":
        limit = {"limit_minutes": "240", "bay_type": "paid"}
        return {"place_kind": "bay", "place": f"Bay {index + 1}", "within": title, **limit}
    if group.street != "construction":
        return {"place_kind": "station", "place": name.replace("-", " ").capitalize()}
    return {
        "place_kind": "position",
        "place": f"Monitor {index + 1}",
        "within": title,
        "area": title,
        "bearing": str(index * 360 // group.count),
        "risk": "high",
        "hours": "Mon-Fri 08:00-18:00; Sat 08:00-13:00",
    }


def _room(group: GroupSpec, number: int, index: int, title: str) -> dict[str, str]:
    home = index // len(_ROOMS) + 1
    made_up = Dice(0, "property", f"{group.name}-{home}").digest(0)
    return {
        "place_kind": "room",
        "place": _ROOMS[index % len(_ROOMS)],
        "within": f"{home} {title}",
        "area": title,
        "patch": _PATCHES[number % len(_PATCHES)],
        "uprn": f"999{int.from_bytes(made_up[:4], 'big') % 10**8:08d}",
        "frsi": _FACTORS.get(group.home or "", "0.75"),
    }
