"""A rule over the stored hours of one scope: intervals and a state in, transitions out."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime

from alerts import lifecycle
from alerts.intervals import running_samples
from alerts.model import EPOCH, AlertRule, AlertState, Evaluation, Interval
from alerts.steps import floor


def evaluate(
    rule: AlertRule, state: AlertState, hours: Mapping[datetime, Interval], until: datetime
) -> Evaluation:
    """Fold the hours from `state.until` to `until` into the state; a new state begins at the first.

    `hours` holds whatever is known, by start; it must reach back one window before `state.until`.
    An hour that it lacks has no value. Intervals are as long as the rule's step, and begin with one
    that begins by the clock.
    """
    if state.until > EPOCH:
        begun = floor(state.until, rule.step)
        since = begun if begun == state.until else begun + rule.step
    elif hours:
        since = min(hours)
    else:
        return Evaluation(state, ())
    return lifecycle.run(rule, state, running_samples(hours, rule, since, until))


def key(rule_id: str, scope: Mapping[str, str], tenant: str = "") -> str:
    """Name what an alert is about: 16 hex digits, the same for one rule and scope for ever.

    The first digits of SHA-256 over canonical JSON. Value, threshold, severity and time are not in
    it, so there is one open episode for each key.
    """
    named = {"rule": rule_id, "scope": dict(scope), "tenant": tenant}
    canonical = json.dumps(named, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()[:16]
