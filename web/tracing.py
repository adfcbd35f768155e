"""Following one uplink: which values are its own, and which rules looked at them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from alerts.model import AlertRule, Watches
from decoders.chosen import Chosen
from decoders.errors import UnknownDevice
from decoders.model import TimeSource, Uplink
from decoders.registry import Registry
from storage import pages_fleet
from storage.pages_uplinks import RuleState, StoredUplink, TracedValue


def times(uplink: StoredUplink, codecs: Registry) -> list[datetime]:
    """Give the times of an uplink's values: its own, and those that its payload tells."""
    try:
        codec = codecs.codec(uplink.codec)
    except UnknownDevice:
        return [uplink.time]
    decoded = Chosen(codec).decode(_as_uplink(uplink))
    told = {seen.phenomenon_time for seen in decoded.observations if seen.phenomenon_time}
    return sorted({uplink.time, *told})


def _as_uplink(stored: StoredUplink) -> Uplink:
    return Uplink(
        source=stored.source,
        deduplication_id=stored.deduplication_id,
        dev_eui=stored.dev_eui,
        device_name=stored.device_name,
        device_profile=stored.profile,
        application="",
        tags={},
        dev_addr=stored.dev_addr,
        f_port=stored.f_port,
        f_cnt=stored.f_cnt,
        confirmed=stored.confirmed,
        payload=stored.payload,
        result_time=stored.time,
        time_source=TimeSource(stored.time_source) if stored.time_source else None,
    )


@dataclass(frozen=True, slots=True)
class Looker:
    """A rule that looks at one of the uplink's series, or at its device."""

    rule: AlertRule
    subject: str
    status: str
    until: datetime | None
    """Up to when it has judged; None: it has not begun"""


def looking(
    rules: Iterable[pages_fleet.RuleInForce],
    uplink: StoredUplink,
    values: Sequence[TracedValue],
    states: Mapping[tuple[int, str], RuleState],
) -> list[Looker]:
    """Find the rules in force that look at an uplink, each with where it stands."""
    series = {value.series_id: value for value in values}
    found = []
    for each in rules:
        rule = each.rule
        if rule is None or rule.environment not in {"", uplink.environment}:
            continue
        if rule.watches is not Watches.VALUES:
            state = states.get((uplink.device_id, each.rule_id))
            found.append(_looker(rule, "the device", state, None))
        for number, value in series.items():
            if value.observed_property == rule.observed_property:
                state = states.get((number, each.rule_id))
                found.append(_looker(rule, name(value), state, value.judged_until))
    return found


def _looker(
    rule: AlertRule, subject: str, state: RuleState | None, judged: datetime | None
) -> Looker:
    if state is None:
        return Looker(rule, subject, "nothing is wrong", judged)
    return Looker(rule, subject, state.status, state.until)


def name(value: TracedValue) -> str:
    """Give a series by its property and channel."""
    return value.observed_property + (f"/{value.channel}" if value.channel else "")
