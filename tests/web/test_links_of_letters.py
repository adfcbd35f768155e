"""Every link in a letter leads to a page that is there, for whoever the letter is to."""

import json
from datetime import datetime, timedelta
from functools import partial

import pytest

from alerts.model import Severity
from alerts.recipients import Recipient, Team
from ingest.letter_writer import Correspondence, LetterWriter
from tests.fixtures.borough import Borough, Visit
from tests.fixtures.borough_world import NOW
from web.identity import Role

PAGES = "https://sense.example/boroughsense/"
ROLES = {
    Team.HOUSING: Role.HOUSING,
    Team.ENVIRONMENT: Role.ENVIRONMENT,
    Team.PARKING: Role.PARKING,
    Team.SERVICE: Role.ENGINEER,
}


def write(borough: Borough, *people: Recipient) -> None:
    """Let all letters be written that are due in the days after the borough's present."""
    with borough.connect() as connection:
        for hours in (0, 1, 24, 96):
            reply = Correspondence(people, link=PAGES)
            at = NOW + timedelta(hours=hours)
            LetterWriter(connection, reply, wall=partial(_same, at)).step()


def _same(at: datetime) -> datetime:
    return at


def links(borough: Borough) -> dict[str, set[tuple[str, str]]]:
    """Give what kinds of items lead where, by recipient."""
    found: dict[str, set[tuple[str, str]]] = {}
    with borough.connect() as connection:
        rows = connection.execute("select recipient, message::text from notification").fetchall()
    for recipient, text in rows:
        for item in json.loads(text).get("items", ()):
            found.setdefault(recipient, set()).add((item["kind"], item["path"]))
    return found


@pytest.mark.parametrize("team", list(ROLES))
def test_every_link_leads_to_a_page(visit: Visit, borough: Borough, team: Team) -> None:
    """What fires, the deadline of a case, and what could not be delivered, each to its reader."""
    reader = Recipient("reader", "file", "letters", frozenset({team}), frozenset(Severity))
    write(borough, reader)
    with borough.connect() as connection:
        connection.execute(
            "update notification set status = 'undelivered', settled_at = %s, failure = 'no server'"
            " where recipient = ''",
            [NOW],
        )
    write(borough, reader)
    found = links(borough)["reader"]
    kinds = {kind for kind, _ in found}
    browser = visit(borough)(ROLES[team])
    answers = {path: browser.get(path).status_code for _, path in found}
    assert answers == dict.fromkeys(answers, 200)
    assert kinds >= {
        Team.HOUSING: {"case_deadline"},
        Team.SERVICE: {"fired", "undelivered"},
    }.get(team, {"fired"})
