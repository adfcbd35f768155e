"""Payloads that were read by the wrong codec are read again, and all that follows is put right."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from alerts.notices import LATE
from alerts.notify.webhook import WebhookChannel
from decoders.model import Environment, Observation
from ingest.notifier import Notifier
from ingest.pipeline import Policy
from ingest.redecoding import Wanted, redecode
from ingest.redecoding_report import Report
from storage.connection import Connection, connect
from storage.instance import Mode
from tests.fixtures.postgres import Server
from tests.fixtures.receiver import receiver
from tests.ingest.redecoding_world import (
    BEGIN,
    HOUR,
    HOURS,
    NOW,
    RIGHT,
    Rows,
    Spoilt,
    all_of,
    bound_to,
    fill,
    judge,
    payload,
    same,
    store,
    told,
    uplink,
)

ALL = Wanted(BEGIN - HOUR, NOW)
POLICY = bound_to(RIGHT)


def again(
    connection: Connection, policy: Policy = POLICY, wanted: Wanted = ALL, now: datetime = NOW
) -> list[Report]:
    """Decode again, now."""
    return list(redecode(connection, wanted, policy, wall=lambda: now))


@pytest.fixture
def clean(postgres_server: Server) -> Iterator[Rows]:
    """Give what a run with the right profile ends in."""
    with postgres_server.database(Mode.LIVE) as dsn, connect(dsn) as connection:
        fill(connection, POLICY)
        found = all_of(connection)
        assert [row[0] for row in found["episodes"]] == ["H3"]
        assert all(found.values())
        yield found


def dry(seen: Observation) -> Observation:
    """Say of damp air that it is dry."""
    return replace(seen, result=40.0) if seen.observed_property == "relative_humidity" else seen


def damp(seen: Observation) -> Observation:
    """Say of any air that it is damp."""
    return replace(seen, result=95.0) if seen.observed_property == "relative_humidity" else seen


def late(seen: Observation) -> Observation:
    """Say of records that they are a day older than they are."""
    time = seen.phenomenon_time
    return seen if time is None else replace(seen, phenomenon_time=time - timedelta(days=1))


WRONG: dict[str, str | Spoilt] = {
    "another maker": "elsys-ers",
    "another variant": "milesight-em300-th/em320-th",
    "dry air": Spoilt("acme", dry),
    "records of another day": Spoilt("acme", late),
    "measures outdoors": Spoilt("acme", same, environment=Environment.OUTDOOR),
    "reports often": Spoilt("acme", same, interval=timedelta(minutes=10)),
}


def policies(wrong: str | Spoilt, *, is_known: bool) -> tuple[Policy, Policy]:
    """Give the policy of before, and the one of now, which may know the wrong codec no more."""
    if isinstance(wrong, str):
        return bound_to(wrong), POLICY
    return bound_to(wrong.model, wrong), bound_to(RIGHT, wrong) if is_known else POLICY


@pytest.mark.parametrize("name", WRONG)
@pytest.mark.parametrize("is_known", [True, False])
def test_all_is_as_in_a_clean_run_and_nobody_is_told(
    database: Connection, clean: Rows, name: str, *, is_known: bool
) -> None:
    """Observations, means, newest values and episodes equal a run with the right profile."""
    before, now = policies(WRONG[name], is_known=is_known)
    fill(database, before)
    if not is_known:
        database.execute("update uplink set codec_version = 'of another time'")
    with receiver() as there:
        notifier = Notifier(database, [WebhookChannel("live", there.url)], wall=lambda: NOW)
        notifier.step()
        messages, keys = told(database), list(there.keys)
        assert all_of(database) != clean
        (report,) = again(database, now)
        judge(database)
        notifier.step()
        assert told(database) == messages
        assert there.keys == keys
    assert (report.uplinks, report.unreadable, report.kept) == (HOURS, {}, {})
    assert all_of(database) == clean
    (again_report,) = again(database, now)
    assert not again_report.changes
    judge(database)
    assert all_of(database) == clean


@pytest.mark.parametrize("is_hushed", [True, False])
def test_what_comes_to_light_of_the_last_hours_is_told_to_nobody(
    database: Connection, *, is_hushed: bool
) -> None:
    """An episode of the last hours that shows only now; without the mark it were told."""
    now = BEGIN + 20 * HOUR
    wrong = Spoilt("acme", dry)
    fill(database, bound_to("acme", wrong), 20)
    again(database, wanted=replace(ALL, until=now), now=now)
    if not is_hushed:
        database.execute("delete from redecoded")
    judge(database, now)
    [(fired, known)] = database.execute("select rule_id, known_at from alert").fetchall()
    assert fired == "H3"
    assert now - known < LATE
    assert bool(told(database)) is not is_hushed


@pytest.mark.parametrize("is_hushed", [True, False])
def test_false_alarm_that_was_told_is_withdrawn_in_silence(
    database: Connection, *, is_hushed: bool
) -> None:
    """An episode that never was is withdrawn; nobody is told so who was told of it."""
    now = BEGIN + 20 * HOUR
    fill(database, bound_to("acme", Spoilt("acme", damp)), 20)
    messages = told(database)
    assert {key.split(":")[1] for (key,) in messages} == {"fired"}
    again(database, bound_to("acme-dry", Spoilt("acme-dry", dry)), replace(ALL, until=now), now=now)
    if not is_hushed:
        database.execute("delete from redecoded")
    database.execute("update notification set status = 'delivered'")
    judge(database, now)
    assert database.execute("select status from alert").fetchall() == [("withdrawn",)]
    assert (told(database) == messages) is is_hushed


def test_what_happens_afterwards_is_told(database: Connection) -> None:
    """Nobody is told of the past; of what is found later people are told as ever."""
    fill(database, bound_to("acme", Spoilt("acme", dry)), 12)
    again(database, wanted=replace(ALL, until=BEGIN + 12 * HOUR), now=BEGIN + 12 * HOUR)
    store(database, [uplink(hour, payload(hour)) for hour in range(12, 20)], POLICY)
    judge(database, BEGIN + 20 * HOUR)
    assert {key.split(":")[1] for (key,) in told(database)} == {"fired"}
