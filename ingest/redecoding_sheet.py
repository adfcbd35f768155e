"""What decoding a device's uplinks again changes: pure, from what they gave and what they give.

    put        what is to stand where they gave or give something and is not stored so; of two
               uplinks that give the same the one that was stored first counts, as ever
    removed    what they gave and no uplink gives any more

Where the codec that uplinks were stored with is no more, nobody knows what they gave. Then what
stands at their own times was theirs, and of the records that a device can send with times of their
own those that no uplink gives any more.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime

from decoders.clock import AHEAD, OLDEST
from ingest.rereading import Now, Then
from storage.redecoding import Device, Key, StoredUplink, Value
from storage.redecoding_changes import Decoded, Description

Order = tuple[datetime, str]
"""An uplink's place among all, as they were stored."""
Given = dict[Key, tuple[Order, Value | None]]
"""Observations with the first uplink that gives them; None: it does, nobody knows which value."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What changes."""

    put: Mapping[Key, Value]
    changed: AbstractSet[Key]
    """Those of `put` of which another value is stored"""
    removed: AbstractSet[Key]

    @property
    def doubtful(self) -> set[Key]:
        """Those that another uplink may have given as well."""
        return {*self.changed, *self.removed}


@dataclass(slots=True)
class Sheet:
    """A device's uplinks of a stretch of time, those that are read again and those that stay."""

    device: Device
    uplinks: int = 0
    unreadable: Counter[str] = field(default_factory=Counter)
    """By reason; what they gave goes away"""
    kept: Counter[str] = field(default_factory=Counter)
    """By reason; what they gave stays"""
    decoded: list[Decoded] = field(default_factory=list)
    """Those of which something other than before is to be said"""
    times: list[datetime] = field(default_factory=list)
    """When those that are read again were sent"""
    _then: set[Key] = field(default_factory=set)
    _now: Given = field(default_factory=dict)
    _others: Given = field(default_factory=dict)
    _lost: list[datetime] = field(default_factory=list)
    _lost_others: list[datetime] = field(default_factory=list)
    _has_records: bool = False
    _description: Description | None = None

    def read(self, stored: StoredUplink, then: Then, now: Now) -> None:
        """Count in an uplink that is read again."""
        self.uplinks += 1
        refusal = now.refusal
        if refusal and now.is_kept:
            self.kept[refusal.reason] += 1
            self.stay(stored, then)
            return
        if refusal:
            self.unreadable[refusal.reason] += 1
        self.times.append(stored.time)
        self._then.update(then.gave)
        if not then.is_known:
            self._lost.append(stored.time)
        _add(self._now, stored.order, now.gives)
        times = {key.time for key in (*then.gave, *now.gives)}
        self._has_records = self._has_records or not times <= {stored.time}
        self._say(stored, then, now)

    def _say(self, stored: StoredUplink, then: Then, now: Now) -> None:
        decoded = now.decoded
        is_other = (stored.codec, stored.codec_version) != (decoded.codec, decoded.codec_version)
        if is_other or stored.warnings != now.warnings:
            gives = tuple({**then.gave, **now.gives}) if is_other else ()
            self.decoded.append(
                Decoded(
                    stored,
                    self.device.id,
                    decoded.codec,
                    decoded.codec_version,
                    now.warnings,
                    gives,
                )
            )
        record = now.record
        if record and (self._description is None or self._description.time <= stored.time):
            self._description = Description(
                self.device.id,
                stored.time,
                record.codec,
                record.environment,
                record.reporting_interval,
            )

    def stay(self, stored: StoredUplink, then: Then, asked: AbstractSet[Key] | None = None) -> None:
        """Count in an uplink that stays as it is; `asked` is what matters of it, None all."""
        gave: dict[Key, Value | None] = {
            key: value if then.is_known else None
            for key, value in then.gave.items()
            if asked is None or key in asked
        }
        _add(self._others, stored.order, gave)
        if not then.is_known:
            self._lost_others.append(stored.time)

    @property
    def description(self) -> Description | None:
        """What the device is by the newest uplink that could be read again."""
        if self._description is None:
            return None
        found = self._description
        return Description(
            found.device, max(self.times), found.codec, found.environment, found.reporting_interval
        )

    @property
    def is_searching(self) -> bool:
        """Whether records may be stored of which nobody knows that these uplinks gave them."""
        return bool(self._lost) and self._has_records

    @property
    def span(self) -> tuple[datetime, datetime]:
        """From when to when something can change; there must be uplinks that are read again."""
        times = [*self.times, *(key.time for key in (*self._then, *self._now))]
        if self.is_searching:
            times += [min(self._lost) - OLDEST, max(self._lost) + AHEAD]
        return min(times), max(times)

    def difference(self, there: Mapping[Key, Value], whole_since: datetime) -> Difference:
        """Say what changes.

        Args:
            there: what is stored in the span.
            whole_since: all that is stored from this time on came of uplinks that are stored still.
        """
        put: dict[Key, Value] = {}
        for key in {*self._then, *self._now}:
            value = self._first(key, is_there=key in there)
            if value is not None and there.get(key) != value:
                put[key] = value
        removed = {key for key in self._then if key in there and not self._is_given(key)}
        removed.update(self._orphans(there, whole_since))
        return Difference(put, {key for key in put if key in there}, removed)

    def _first(self, key: Key, *, is_there: bool) -> Value | None:
        """Give what is to stand, by the first uplink that gives it; None: what stands stays."""
        order, value = self._now.get(key, (None, None))
        other, kept = self._others.get(key, (None, None))
        if other is None or (order is not None and order < other):
            return value
        return kept if is_there else None

    def _is_given(self, key: Key) -> bool:
        return key in self._now or key in self._others

    def _orphans(self, there: Mapping[Key, Value], whole_since: datetime) -> Iterable[Key]:
        """Give what uplinks gave of which nobody knows any more what that was."""
        lost, others = sorted(self._lost), sorted(self._lost_others)
        own = set(lost) - set(others)
        for key in there if lost else ():
            if not self._is_given(key) and (
                key.time in own
                or (
                    self._has_records
                    and key.time >= whole_since
                    and _reaches(lost, key.time)
                    and not _reaches(others, key.time)
                )
            ):
                yield key


def _add(
    given: Given, order: Order, values: Mapping[Key, Value] | Mapping[Key, Value | None]
) -> None:
    for key, value in values.items():
        if key not in given or order < given[key][0]:
            given[key] = (order, value)


def _reaches(times: Sequence[datetime], moment: datetime) -> bool:
    """Say whether an uplink of one of the times, in order, may have told of a moment."""
    at = bisect_left(times, moment - AHEAD)
    return at < len(times) and times[at] <= moment + OLDEST
