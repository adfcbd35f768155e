"""Cases: opened from an alert in one step, added to, never changed or deleted."""

from datetime import timedelta

import psycopg
import pytest

from alerts.bank_holidays import england
from alerts.case_clocks import EventKind, State
from alerts.clocks import Step
from alerts.hazards import Category, UnknownHazard
from ingest.evaluator import Evaluator
from storage import audit, cases
from storage.cases import Awareness
from storage.connection import Connection
from storage.errors import DatabaseRefused
from storage.places import Installation, Place, install
from tests.fixtures.readings import DAMP, DUST, HOUR, MONDAY, ROOM, hourly, store

NOW = MONDAY + 30 * HOUR
HOME = Place("dwelling", "1 Surrey Street", patch="north", uprn="100020000001")


def fire(connection: Connection) -> str:
    """Let the damp of a home fire; give the episode's id."""
    bedroom = Installation(ROOM, Place("room", "Bedroom"), HOME, MONDAY - 24 * HOUR)
    install(connection, bedroom, secret=b"secret")
    values: list[float | None] = [90.0] * 24
    store(connection, hourly(values, name="relative_humidity", dev_eui=ROOM))
    Evaluator(connection, [DAMP], wall=lambda: NOW).step()
    [(alert,)] = connection.execute("select id from alert").fetchall()
    return str(alert)


def opened(connection: Connection) -> str:
    """Open a case from the alert; give its id."""
    alert = fire(connection)
    begin = cases.awareness(connection, alert)
    assert begin
    return cases.open_case(
        connection,
        begin,
        hazard="damp_mould",
        category=Category.SIGNIFICANT,
        actor="A. Officer",
        at=NOW,
        alert_id=alert,
    )


def test_case_begins_with_the_alert_and_its_time(database: Connection) -> None:
    """A case opened from an alert names the home and is aware when the alert could be known."""
    number = opened(database)
    [case] = cases.cases(database)
    assert (case.id, case.place, case.patch, case.hazard) == (
        number,
        "1 Surrey Street",
        "north",
        "damp_mould",
    )
    assert case.aware_at == MONDAY + 18 * HOUR
    assert case.reported == "sensor alert: Damp air for a day"
    [clock] = case.clocks(england(), NOW)
    assert (clock.deadline.step, clock.state) == (Step.INVESTIGATE, State.OPEN)
    assert [entry.action for entry in audit.read(database, number)] == ["case opened"]


def test_events_move_the_clocks(database: Connection) -> None:
    """What is recorded meets deadlines and starts others; a retraction takes it back."""
    number = opened(database)
    event = cases.add_event(
        database,
        number,
        EventKind.INVESTIGATION_CONCLUDED,
        actor="B. Surveyor",
        at=NOW + 5 * HOUR,
        happened_at=NOW + HOUR,
    )
    [case] = cases.cases(database, case_id=number)
    assert len(case.clocks(england(), NOW + 5 * HOUR)) == 4
    cases.add_event(
        database,
        number,
        EventKind.RETRACTED,
        actor="B. Surveyor",
        at=NOW + 6 * HOUR,
        note="Another home",
        retracts=event,
    )
    [case] = cases.cases(database, case_id=number)
    assert len(case.clocks(england(), NOW + 6 * HOUR)) == 1
    assert [each.kind for each in case.events] == [
        EventKind.INVESTIGATION_CONCLUDED,
        EventKind.RETRACTED,
    ]


def test_closed_case_is_left_out_until_that_is_retracted(database: Connection) -> None:
    """A closed case is listed when asked for; one that was closed by mistake is open again."""
    number = opened(database)
    closing = cases.add_event(
        database, number, EventKind.CLOSED, actor="A. Officer", at=NOW, note="Fan mended"
    )
    assert cases.cases(database) == []
    [case] = cases.cases(database, closed=True)
    assert case.is_closed
    cases.add_event(
        database,
        number,
        EventKind.RETRACTED,
        actor="A. Officer",
        at=NOW,
        note="Not yet",
        retracts=closing,
    )
    [case] = cases.cases(database)
    assert not case.is_closed


def test_case_is_found_by_patch_place_and_alert(database: Connection) -> None:
    """An officer sees the cases of a patch, those of a home, and those from an alert."""
    opened(database)
    [case] = cases.cases(database, patches=["north"])
    assert cases.cases(database, patches=["south"]) == []
    assert cases.cases(database, patches=[]) == []
    assert cases.cases(database, alert_id=case.alert_id or "") == [case]
    assert cases.cases(database, place_id=case.place_id) == [case]
    assert cases.cases(database, alert_id="none") == []


def test_case_on_a_report_needs_no_alert(database: Connection) -> None:
    """A call by a tenant opens a case; a hazard without a date in law has no clock."""
    fire(database)
    [(place,)] = database.execute("select public_id from place where kind = 'dwelling'").fetchall()
    begin = Awareness(place, NOW - HOUR, "call by the tenant")
    cases.open_case(
        database,
        begin,
        hazard="excess_cold",
        category=Category.SIGNIFICANT,
        actor="A. Officer",
        at=NOW,
    )
    [case] = cases.cases(database)
    assert case.alert_id is None
    assert not case.has_clocks
    assert case.clocks(england(), NOW) == ()


def test_alert_about_no_home_opens_nothing(database: Connection) -> None:
    """Dust at a site is no hazard in a home."""
    store(database, hourly([195.0]))
    Evaluator(database, [DUST], wall=lambda: MONDAY + 2 * HOUR).step()
    [(alert,)] = database.execute("select id from alert").fetchall()
    assert cases.awareness(database, alert) is None


@pytest.mark.parametrize(
    ("begin", "actor"),
    [
        (Awareness("nowhere", NOW, "call"), "A. Officer"),
        (Awareness("home", NOW + HOUR, "call"), "A. Officer"),
        (Awareness("home", NOW, ""), "A. Officer"),
        (Awareness("home", NOW, "call"), ""),
    ],
)
def test_incomplete_case_is_refused(database: Connection, begin: Awareness, actor: str) -> None:
    """A case has a home, a past time of awareness, a reason and a name."""
    fire(database)
    [(place,)] = database.execute("select public_id from place where kind = 'dwelling'").fetchall()
    if begin.place_id == "home":
        begin = Awareness(place, begin.aware_at, begin.reported)
    with pytest.raises(DatabaseRefused):
        cases.open_case(
            database,
            begin,
            hazard="damp_mould",
            category=Category.EMERGENCY,
            actor=actor,
            at=NOW,
        )
    assert cases.cases(database) == []


def test_unknown_hazard_is_refused(database: Connection) -> None:
    """A case is about a hazard of the table."""
    with pytest.raises(UnknownHazard):
        cases.open_case(
            database,
            Awareness("home", NOW, "call"),
            hazard="noise",
            category=Category.EMERGENCY,
            actor="A. Officer",
            at=NOW,
        )


def test_wrong_event_is_refused(database: Connection) -> None:
    """An event of no case, of the future, without its note, or retracting a stranger is refused."""
    number = opened(database)

    def add(case: str, kind: EventKind, hours: int = 0, retracts: int | None = None) -> None:
        cases.add_event(
            database,
            case,
            kind,
            actor="A. Officer",
            at=NOW,
            happened_at=NOW + timedelta(hours=hours),
            note="why" if retracts else "",
            retracts=retracts,
        )

    for wrong in (
        ("none", EventKind.MADE_SAFE),
        (number, EventKind.MADE_SAFE, 1),
        (number, EventKind.EVIDENCE),
        (number, EventKind.RETRACTED),
        (number, EventKind.RETRACTED, 0, 99),
    ):
        with pytest.raises(DatabaseRefused):
            add(*wrong)
    [case] = cases.cases(database)
    assert case.events == ()


@pytest.mark.parametrize("table", ["hazard_case", "case_event"])
@pytest.mark.parametrize("change", ["update housing.{} set {} = 'X'", "delete from housing.{}"])
def test_case_stays(database: Connection, table: str, change: str) -> None:
    """The database itself lets nobody change or delete a case or its events."""
    number = opened(database)
    cases.add_event(database, number, EventKind.MADE_SAFE, actor="A. Officer", at=NOW)
    column = "opened_by" if table == "hazard_case" else "actor"
    with pytest.raises(psycopg.Error, match="is history"):
        database.execute(change.format(table, column).encode())
