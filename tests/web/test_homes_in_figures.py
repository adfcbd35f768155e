"""Counts of homes tell of no home: not by themselves, not by subtraction, not from day to day."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import combinations

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from storage import pages_homes
from storage.connection import Connection
from storage.places import Installation, Place, install
from tests.fixtures.borough import Borough, Visit
from tests.fixtures.borough_world import BEGIN, MIDNIGHT
from web.coarse_counts import FEWEST, OTHER, Count, coarse, rounded
from web.identity import Role


@st.composite
def areas(draw: st.DrawFn) -> list[Count]:
    """Give areas with a few homes or many, some of them with a finding."""
    names = draw(st.lists(st.sampled_from(["", *"ABCDEFGH"]), unique=True, max_size=9))
    sizes = st.one_of(st.integers(1, 12), st.integers(1, 500))
    counts = []
    for name in names:
        homes = draw(sizes)
        counts.append(Count(name, homes, draw(st.integers(0, homes))))
    return counts


@given(areas())
def test_no_difference_of_what_is_shown_is_fewer_than_ten_homes(exact: Sequence[Count]) -> None:
    """Whatever rows are subtracted from the total, what is left is shown rows, or nothing."""
    shown = coarse(exact)
    small = [each for each in exact if each.homes < FEWEST]
    event(f"{min(len(small), 3)} small areas, shown: {bool(shown.rows)}")
    by_name = {each.area: each for each in exact}
    named = [row.area for row in shown.rows if row.area != OTHER]
    assert all(by_name[name].homes >= FEWEST and name for name in named)
    rest = [each for each in exact if each.area not in named]
    has_rest = any(row.area == OTHER for row in shown.rows)
    assert has_rest is (sum(each.homes for each in rest) >= FEWEST)
    assert not rest or has_rest or not shown.rows
    for row in shown.rows:
        truth = by_name[row.area].homes if row.area != OTHER else sum(e.homes for e in rest)
        assert row.homes == rounded(truth)
        assert row.homes % 5 == row.found % 5 == 0
    if shown.total is None:
        assert sum(each.homes for each in exact) < FEWEST
        return
    for size in range(len(shown.rows) + 1):
        for some in combinations(shown.rows, size):
            left = shown.total.homes - sum(row.homes for row in some)
            others = [row for row in shown.rows if row not in some]
            assert left == sum(row.homes for row in others)
            assert left == 0 or left >= FEWEST


@given(areas(), st.data())
def test_one_home_changes_at_most_one_row_by_one_step(
    exact: Sequence[Count], data: st.DataObject
) -> None:
    """A finding in one home either shows nowhere, or moves a row of ten homes or more by five."""
    healthy = [n for n, each in enumerate(exact) if each.found < each.homes]
    if not healthy:
        return
    number = data.draw(st.sampled_from(healthy))
    changed = list(exact)
    changed[number] = Count(exact[number].area, exact[number].homes, exact[number].found + 1)
    before, after = coarse(exact).rows, coarse(changed).rows
    moved = [(one, other) for one, other in zip(before, after, strict=True) if one != other]
    event(f"{len(moved)} rows moved")
    assert len(moved) <= 1
    assert all(other.found - one.found == 5 for one, other in moved)


def _homes(connection: Connection, area: str, number: int) -> None:
    for n in range(number):
        home = Place("dwelling", f"{n} {area} Street", area, "north", uprn=f"{hash_of(area)}{n:05}")
        eui = f"{hash_of(area):04x}{n:012x}"
        stay = Installation(eui, Place("room", "Bedroom"), home, BEGIN - timedelta(days=60))
        with connection.transaction():
            install(connection, stay, secret=b"of the tests")


def hash_of(area: str) -> int:
    """Give a number of an area's own."""
    return 4000 + ord(area[0])


def test_page_of_a_month(visit: Visit, borough: Borough) -> None:
    """Everybody who is signed in sees coarse counts of months that are over, and no home."""
    with borough.connect() as connection:
        _homes(connection, "Quarry", 13)
        _homes(connection, "Wharf", 4)
        month = MIDNIGHT.replace(day=1)
        assert ("Hill estate", 1, 1) in pages_homes.counted(
            connection, month, MIDNIGHT + timedelta(days=1)
        )
    browser = visit(borough)(Role.READ_ONLY)
    page = browser.get("/homes-in-figures").text
    assert "In October 2026 about 0 of about 20 homes with a sensor had a finding." in page
    for hidden in ("Quarry Street", "Acacia", "Wharf", "Hill estate"):
        assert hidden not in page
    rows = browser.get("/homes-in-figures?csv=figures").text.splitlines()
    assert rows[1:] == [f"{OTHER},20,0", "All areas,20,0"]
    assert browser.get("/homes-in-figures?month=2026-11").status_code == 422
    assert browser.get("/homes-in-figures?month=soon").status_code == 422
    assert browser.get("/homes-in-figures?month=1999-01").status_code == 422
    assert "too few homes" in browser.get("/homes-in-figures?month=2026-01").text


@pytest.mark.parametrize("role", list(Role))
def test_small_borough_shows_nothing(visit: Visit, shared_borough: Borough, role: Role) -> None:
    """Two homes are never counted, for whomever."""
    page = visit(shared_borough)(role).get("/homes-in-figures").text
    assert "too few homes had a sensor" in page
    assert "There is nothing that can be shown." in page
