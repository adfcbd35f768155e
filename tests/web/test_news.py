"""Lists of alerts and of homes tell what is new to whom it concerns, and to nobody else."""

from datetime import timedelta

import pytest

from storage import pages_marks
from tests.fixtures import borough_world as world
from tests.fixtures.borough import Borough
from tests.fixtures.new_alerts import begin, change
from web import news
from web.identity import Person, Role


def _person(role: Role, *patches: str) -> Person:
    return Person("x", "x@example.org", frozenset({role}), frozenset(patches))


NORTH, SOUTH = (_person(Role.HOUSING, patch) for patch in ("north", "south"))
ENGINEER, SITES = _person(Role.ENGINEER), _person(Role.ENVIRONMENT)
ADMIN = Person("a", "a@example.org", frozenset({Role.ADMIN}), None)


def test_each_hears_of_their_own(borough: Borough) -> None:
    """A home's alert is news to the officers of its patch; a device's to the engineers."""
    with borough.connect() as connection:
        seen = str(pages_marks.newest_change(connection))
        begin(connection, world.MILL_BEDROOM)
        assert news.of_alerts(connection, NORTH, seen) == ""
        assert news.of_homes(connection, NORTH, seen) == ""
        assert news.of_alerts(connection, ENGINEER, seen) == ""
        assert news.of_alerts(connection, SOUTH, seen) == "1 new alert."
        assert news.of_homes(connection, SOUTH, seen) == ("In homes: 1 new finding.")
        begin(connection, world.BATHROOM, "D1")
        begin(connection, world.EAST, "E1")
        assert news.of_alerts(connection, SOUTH, seen) == "1 new alert."
        assert news.of_alerts(connection, SITES, seen) == "1 new alert."
        assert news.of_alerts(connection, ENGINEER, seen) == "2 new alerts."
        assert news.of_alerts(connection, ADMIN, seen) == "3 new alerts."
        assert news.of_homes(connection, ADMIN, seen).endswith("1 new finding.")


def test_change_of_what_was_known(borough: Borough) -> None:
    """What was there before and is over now has changed; what both began and ended is new."""
    with borough.connect() as connection:
        begin(connection, world.EAST, "E1")
        seen = str(pages_marks.newest_change(connection))
        assert news.of_alerts(connection, SITES, seen) == ""
        change(connection, world.EAST, "resolved")
        assert news.of_alerts(connection, SITES, seen) == "1 alert has changed."
        later = world.NOW + timedelta(minutes=1)
        begin(connection, world.WEST, "E1", later)
        change(connection, world.WEST, "raised", later)
        assert news.of_alerts(connection, SITES, seen) == "1 new alert, and 1 has changed."


@pytest.mark.parametrize(
    ("began", "others", "said"),
    [
        (0, 0, ""),
        (3, 0, "3 new alerts."),
        (0, 2, "2 alerts have changed."),
        (2, 2, "2 new alerts, and 2 have changed."),
    ],
)
def test_sentence(began: int, others: int, said: str) -> None:
    """What began comes first, then what changed."""
    assert news.sentence(began, others) == said


@pytest.mark.parametrize("seen", ["", "-1", "x", "9" * 40, "1; select 1"])
def test_mark_that_is_none(borough: Borough, seen: str) -> None:
    """A mark that somebody made up tells nothing, and breaks nothing."""
    with borough.connect() as connection:
        assert news.of_alerts(connection, ADMIN, seen) == ""
