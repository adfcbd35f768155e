"""A page that waits for news is told of what concerns it, and of nothing else."""

from datetime import timedelta

import pytest

from storage.connection import Connection
from tests.fixtures import borough_world as world
from tests.fixtures.borough import Borough
from web.app import all_watches
from web.identity import Person, Role
from web.watching import Watch, Watched, find


def _mark(connection: Connection, path: str) -> object:
    watched = find(all_watches(), path)
    assert isinstance(watched, Watched), path
    return watched.watch.mark(connection, watched.address)


def _hear(connection: Connection, sensor: world.Sensor) -> None:
    connection.execute(
        "update device set last_seen_at = %s where dev_eui = %s",
        [world.NOW + timedelta(hours=1), sensor.dev_eui],
    )


@pytest.mark.parametrize(
    ("path", "concerned", "other"),
    [
        ("/sites", world.NORTH, world.BAYS[0]),
        ("/sites/{Quayside works}", world.SOUTH, world.EAST),
        ("/parking", world.BAYS[7], world.NORTH),
        ("/parking/{High Street}", world.BAYS[0], world.NORTH),
        (f"/engineering/devices/{world.NORTH.dev_eui}", world.NORTH, world.SOUTH),
    ],
)
def test_page_waits_for_its_own(
    borough: Borough, path: str, concerned: world.Sensor, other: world.Sensor
) -> None:
    """The mark changes with a device that the page shows, and stays with another."""
    address = path.format_map(borough.places)
    with borough.connect() as connection:
        before = _mark(connection, address)
        _hear(connection, other)
        assert _mark(connection, address) == before
        _hear(connection, concerned)
        assert _mark(connection, address) != before


def test_quarantine_and_books(borough: Borough) -> None:
    """Health waits for another batch, quarantine for another refused message."""
    with borough.connect() as connection:
        books, held = (_mark(connection, p) for p in ("/engineering", "/engineering/quarantine"))
        connection.execute(
            "insert into account_entry (at, outcome, messages) values (now(), 'stored', 1)"
        )
        assert _mark(connection, "/engineering") != books
        assert _mark(connection, "/engineering/quarantine") == held


@pytest.mark.parametrize("watch", all_watches(), ids=lambda watch: watch.path)
def test_nobody_waits_for_what_they_may_not_see(watch: Watch) -> None:
    """Of every watched page somebody without a role hears nothing."""
    nobody = Person("x", "x@example.org", frozenset[Role]())
    assert watch.text.endswith(".")
    assert not watch.may(nobody, None, None)  # type: ignore[arg-type]
