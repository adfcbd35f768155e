"""Letters about cases: a deadline is near, or was missed. Each is told once to each reader."""

from collections.abc import Sequence
from datetime import datetime

from alerts import bank_holidays
from alerts.case_clocks import Clock, State
from alerts.clocks import HolidaysUnknown
from alerts.concerns import LetterKind
from alerts.hazards import Category, hazard
from alerts.model import Severity
from alerts.notify.post import Post, PostItem
from alerts.recipients import Recipient, Team
from alerts.telling_policy import Policy
from storage import alert_actions, cases
from storage import letters as stored
from storage.alert_actions import ActionKind
from storage.cases import HazardCase
from storage.connection import Connection
from storage.letters import OutgoingLetter, Told


def letters_of_cases(
    connection: Connection,
    recipients: Sequence[Recipient],
    policy: Policy,
    link: str,
    now: datetime,
) -> list[OutgoingLetter]:
    """Give the letters that are due: to the housing officers of the patch, and the assignee."""
    if not any(_is_officer(each) for each in recipients):
        return []
    opened = cases.cases(connection)
    already = stored.told_of_cases(connection, [case.id for case in opened])
    assignees = _assignees(connection, opened)
    found = []
    for case in opened:
        pressing = _pressing(case, policy, now)
        for reader in _readers(case, recipients, assignees.get(case.alert_id or "", "")):
            fresh = [
                clock
                for clock in pressing
                if _key(case, clock, reader.name) not in already
                and (_is_urgent(case, clock) or reader.hours.contain(now, bank_holidays.england()))
            ]
            if fresh:
                found.append(_letter(case, fresh, reader, link))
    return found


def _is_officer(recipient: Recipient) -> bool:
    return Team.HOUSING in recipient.teams and not recipient.escalation


def _assignees(connection: Connection, opened: Sequence[HazardCase]) -> dict[str, str]:
    """Give to whom the alerts that cases were opened from are assigned."""
    ids = sorted({case.alert_id for case in opened if case.alert_id})
    return {
        alert: act.assignee
        for alert, acts in alert_actions.actions(connection, ids).items()
        for act in acts
        if act.kind is ActionKind.ASSIGNED
    }


def _readers(case: HazardCase, recipients: Sequence[Recipient], assignee: str) -> list[Recipient]:
    return [
        each
        for each in recipients
        if each.name == assignee or (_is_officer(each) and each.covers(case.patch))
    ]


def _pressing(case: HazardCase, policy: Policy, now: datetime) -> list[Clock]:
    """Give the deadlines that are near, or missed with what they ask for undone."""
    try:
        clocks = case.clocks(bank_holidays.england(), now, policy.case_near(case.category))
    except HolidaysUnknown:
        return []
    return [
        clock
        for clock in clocks
        if clock.state in {State.NEAR, State.MISSED} and clock.done_at is None
    ]


def _is_urgent(case: HazardCase, clock: Clock) -> bool:
    return case.category is Category.EMERGENCY or clock.state is State.MISSED


def _key(case: HazardCase, clock: Clock, recipient: str) -> str:
    step = f"{clock.deadline.step.name.lower()}-{clock.state}"
    return f"{case.id}:{LetterKind.CASE_DEADLINE}:{step}:{recipient}"


def _letter(
    case: HazardCase, clocks: Sequence[Clock], reader: Recipient, link: str
) -> OutgoingLetter:
    items = tuple(_item(case, clock) for clock in clocks)
    told = tuple(
        Told(_key(case, clock, reader.name), item.kind, item.severity, 0, case_id=case.id)
        for clock, item in zip(clocks, items, strict=True)
    )
    post = Post(reader.name, case.place, "", items, link)
    return OutgoingLetter(reader.channel, f"case:{case.id}", post, told)


def _item(case: HazardCase, clock: Clock) -> PostItem:
    told = f"{hazard(case.hazard).name}: {clock.deadline.step}"
    missed = clock.state is State.MISSED
    return PostItem(
        kind=LetterKind.CASE_DEADLINE,
        severity=Severity.RED if missed else Severity.AMBER,
        title=f"{told}{' - missed' if missed else ''}",
        spot="",
        since=case.aware_at,
        value=None,
        unit="",
        advice="",
        path=f"/cases/{case.id}",
        due=clock.deadline.due,
    )
