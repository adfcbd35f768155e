"""The registry keeps places apart from the devices that come and go."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from storage.connection import Connection
from storage.errors import DatabaseRefused
from storage.places import Installation, Installed, Place, install, listed, pseudonym

SECRET = b"a secret of the tests"
MAY = datetime(2026, 5, 1, tzinfo=UTC)
JUNE = datetime(2026, 6, 1, tzinfo=UTC)
SITE = Place("site", "Quayside works", area="Quay", detail={"risk": "high"})
GATE = Installation(
    "02c17a0000000103", Place("position", "North gate", latitude=51.48, longitude=0.0), SITE, MAY
)
HOME = Place("dwelling", "12 Acacia Road", area="Hill", patch="north", uprn="100023336956")
BEDROOM = Installation(
    "02c17a0000000501", Place("room", "Bedroom", detail={"frsi": 0.75}), HOME, MAY
)


def _install(database: Connection, installation: Installation) -> Installed:
    return install(database, installation, secret=SECRET)


def test_replaced_device_keeps_the_place(database: Connection) -> None:
    """Another device at the same place is at the same identifier."""
    first = _install(database, GATE)
    _install(database, replace(GATE, to_at=JUNE))
    second = _install(database, replace(GATE, dev_eui="02c17a0000000104", from_at=JUNE))
    assert (first.is_new_place, second.is_new_place) == (True, False)
    assert second.public_id == first.public_id


def test_the_same_again_changes_nothing(database: Connection) -> None:
    """A file that is imported twice makes one installation."""
    once, twice = _install(database, GATE), _install(database, GATE)
    assert (once.public_id, twice.is_new_place, twice.moved) == (twice.public_id, False, False)
    count = database.execute("select count(*) from installation").fetchone()
    assert count == (1,)


def test_moved_device_ends_where_it_was(database: Connection) -> None:
    """A device installed elsewhere from a later time is no longer where it was."""
    _install(database, GATE)
    moved = _install(database, replace(GATE, place=Place("position", "South gate"), from_at=JUNE))
    assert moved.moved
    ends = database.execute("select to_at from installation order by from_at").fetchall()
    assert ends == [(JUNE,), (None,)]


def test_device_is_at_one_place_at_a_time(database: Connection) -> None:
    """Two places at once are refused, and nothing is changed."""
    _install(database, replace(GATE, to_at=JUNE))
    elsewhere = replace(
        GATE, place=Place("position", "South gate"), from_at=MAY + timedelta(days=3)
    )
    with pytest.raises(DatabaseRefused, match="is at another place in that time"):
        _install(database, elsewhere)


def test_property_number_stands_in_the_housing_schema_alone(database: Connection) -> None:
    """No table outside `housing` holds a UPRN or a hash of one without the key."""
    _install(database, BEDROOM)
    tables = database.execute(
        "select format('%I.%I', schemaname, tablename) from pg_tables "
        "where schemaname not in ('pg_catalog', 'information_schema', 'housing')"
    ).fetchall()
    for (table,) in tables:
        rows = database.execute(f"select to_jsonb(t)::text from {table} as t").fetchall()  # noqa: S608
        assert HOME.uprn not in str(rows), table
    stored = database.execute("select uprn, pseudonym from housing.dwelling").fetchall()
    assert stored == [(HOME.uprn, pseudonym(HOME.uprn, SECRET))]


def test_pseudonym_needs_the_key() -> None:
    """Another key gives another pseudonym, so numbers cannot be tried without it."""
    assert pseudonym(HOME.uprn, SECRET) != pseudonym(HOME.uprn, b"another")
    assert pseudonym(HOME.uprn, SECRET) == pseudonym(HOME.uprn, SECRET)
    assert len(pseudonym(HOME.uprn, SECRET)) == 32


def test_dwelling_is_never_a_point(database: Connection) -> None:
    """The database itself refuses a position of a home."""
    with pytest.raises(DatabaseRefused):
        _install(database, replace(BEDROOM, within=replace(HOME, latitude=51.5, longitude=0.1)))


def test_a_dwelling_is_known_by_its_number(database: Connection) -> None:
    """Two rooms of one UPRN are in one dwelling, also when its name is written otherwise."""
    _install(database, BEDROOM)
    kitchen = replace(
        BEDROOM,
        dev_eui="02c17a0000000502",
        place=Place("room", "Kitchen"),
        within=replace(HOME, name="12, Acacia Rd"),
    )
    _install(database, kitchen)
    parents = database.execute("select distinct parent_id from place where kind = 'room'")
    assert len(parents.fetchall()) == 1


def test_list_goes_on_behind_a_device(database: Connection) -> None:
    """Devices are listed by dev_eui with their places, page by page."""
    _install(database, GATE)
    _install(database, BEDROOM)
    first = listed(database, limit=1)
    rest = listed(database, after=first[0].dev_eui)
    assert [row.dev_eui for row in (*first, *rest)] == [GATE.dev_eui, BEDROOM.dev_eui]
    document = first[0].document()
    assert (document["place"], document["within"]) == ("North gate", "Quayside works")
    assert document["installed_from"] == MAY.isoformat()
    assert document["last_seen_at"] is None
