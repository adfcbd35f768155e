"""What the rules on the network server's logs conclude for the devices that were logged."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from alerts import log_watch
from alerts.history import Fold, History
from alerts.model import Activity, AlertRule, AlertState, Evaluation
from ingest.court import Court, Ruling, Speaking, stretch
from ingest.judging import NEVER
from storage import device_logs, rollups
from storage.connection import Connection
from storage.device_logs import Moments
from storage.schedules import Judged, Subject


def judge_logs(
    connection: Connection, histories: Sequence[History], subjects: Sequence[Subject], now: datetime
) -> tuple[list[Ruling], list[Judged]]:
    """Judge the logs of devices up to now, and say when that can change without a further one."""
    stretches = [stretch(subject, now) for subject in subjects]
    court = Court(connection, Speaking(histories), stretches)
    codes = sorted({rule.log for history in histories for rule in history.rules()})
    since = [(each.subject, each.start) for each in stretches]
    logged = device_logs.read(connection, since, codes)
    heard = rollups.activity(connection, [(each.id, start) for each, start in since])
    found: list[Ruling] = []
    schedule = []
    for each in stretches:
        number = each.subject.id
        judge = fold(number, logged, heard[number])
        rulings = [court.ruling(each, history, judge) for history in court.cases(each)]
        found += rulings
        ahead = (at for code in codes for at in logged.get((number, code), ()) if at > each.until)
        schedule.append(Judged(number, each.until, _next(rulings, ahead)))
    return found, schedule


def fold(device: int, logged: Moments, heard: Sequence[Activity]) -> Fold:
    """Give what moves the state of a rule along for a device."""

    def judge(rule: AlertRule, state: AlertState, until: datetime) -> Evaluation:
        return log_watch.evaluate(rule, state, logged.get((device, rule.log), ()), heard, until)

    return judge


def _next(rulings: Sequence[Ruling], ahead: Iterable[datetime]) -> datetime:
    looks = [log_watch.next_look(ruling.rule, ruling.conclusion.state) for ruling in rulings]
    return min([NEVER, *ahead, *(look for look in looks if look is not None)])
