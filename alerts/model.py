"""The words of alerting: intervals in, samples through a rule, transitions and episodes out.

    Interval      one hour (or quarter, or day) of one series, as it is stored
    Sample        what a rule sees of one moment: the value of its window, or None for `no value`
    AlertRule     what is watched, when it breaches, who is told how
    AlertState    where one rule stands for one scope; a fold over the samples
    Transition    a change of state, on event time

All times are aware datetimes in UTC. An interval is named by its start; what it says is known at
its end.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
"""Before any reading: a state that has seen nothing holds up to here."""


class Severity(StrEnum):
    """How urgent a finding is, from the least."""

    INFO = "info"
    MAINTENANCE = "maintenance"
    AMBER = "amber"
    RED = "red"

    @property
    def rank(self) -> int:
        """A number that rises with urgency."""
        return list(Severity).index(self)


class Status(StrEnum):
    """Where an alert stands."""

    INACTIVE = "inactive"
    PENDING = "pending"
    FIRING = "firing"
    RESOLVED = "resolved"
    """Over, and may be reopened within the rule's window"""


class Watches(StrEnum):
    """What a rule looks at; that never changes."""

    VALUES = "values"
    SILENCE = "silence"
    """Whether a device is heard"""
    LOGS = "logs"
    """What the network server logs of a device"""


class Kind(StrEnum):
    """What a transition tells."""

    PENDING = "pending"
    DROPPED = "dropped"
    FIRED = "fired"
    REOPENED = "reopened"
    RAISED = "raised"
    """The severity rose"""
    LOWERED = "lowered"
    STALE = "stale"
    FRESH = "fresh"
    """Valid data again after stale"""
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Interval:
    """The mean of one series over one interval, as it is stored."""

    start: datetime
    mean: float | None
    """None when not a single usable reading came"""
    valid: bool
    """True when enough readings came for the mean to count"""


class ValidMeans(Mapping[datetime, Interval]):
    """The valid means of one series by the start of their interval; what it lacks has no value.

    Intervals are made when they are asked for: most series are seen to be calm by `known` alone.
    """

    __slots__ = ("_extent", "known")

    def __init__(self, known: Mapping[datetime, float]) -> None:
        self.known = known
        self._extent: tuple[float, float] | None = None

    def __getitem__(self, start: datetime) -> Interval:
        return Interval(start, self.known[start], valid=True)

    def __iter__(self) -> Iterator[datetime]:
        return iter(self.known)

    def __len__(self) -> int:
        return len(self.known)

    @property
    def extent(self) -> tuple[float, float]:
        """The least and the highest of them; infinities the wrong way round when there is none."""
        if self._extent is None:
            means = self.known.values()
            self._extent = min(means, default=math.inf), max(means, default=-math.inf)
        return self._extent


@dataclass(frozen=True, slots=True)
class Activity:
    """When a device was heard within one hour."""

    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class Sample:
    """What a rule sees at one interval."""

    start: datetime
    end: datetime
    value: float | None
    """None: no valid value; never taken for `not breaching`"""


@dataclass(frozen=True, slots=True)
class Level:
    """One threshold with its severity."""

    severity: Severity
    threshold: float
    clear: float
    """The threshold less the deadband (more, for a low limit)"""
    on_delay: timedelta = timedelta(0)
    off_delay: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class AlertRule:
    """One rule, as its YAML file says it."""

    id: str
    version: str
    """Digest of all that decides: an episode keeps the version that it fired under"""
    title: str
    observed_property: str
    """Empty for a rule on silence, or on logs"""
    environment: str
    """`indoor`, `outdoor`, or empty for any"""
    levels: tuple[Level, ...]
    """By rising severity; one for most rules"""
    above: bool = True
    """True: a value above the threshold breaches; False: below"""
    inclusive: bool = False
    """True: the threshold itself breaches, and the clear level itself does not clear"""
    step: timedelta = timedelta(hours=1)
    """How long the intervals are that the rule goes by"""
    window: timedelta = timedelta(hours=1)
    """The mean over so long a time, of the intervals' values; a whole number of them"""
    capture: float = 0.75
    """The share of a window's intervals that must be valid"""
    max_gap: int = 3
    """So many intervals without a value hold the state; then pending is dropped, firing stale"""
    reopen_within: timedelta = timedelta(0)
    silence: bool = False
    """True: not a value is watched but whether the device is heard"""
    silence_intervals: int = 3
    silence_at_least: timedelta = timedelta(hours=1)
    log: str = ""
    """The code of the network server's logs that is watched; empty: none is"""
    log_until_heard: bool = False
    """True: an uplink after the last log ends it"""
    log_quiet: timedelta = timedelta(0)
    """So long without such a log ends it, in any case"""
    group_by: str = "device"
    flap_pairs: int = 0
    """After more ends than these in `flap_window` what fires is held; 0: it never is"""
    flap_window: timedelta = timedelta(hours=24)
    flap_hold: timedelta = timedelta(hours=6)
    """So long it must be clear, then, before it is over"""
    message: str = ""
    """What to do, for the person who is told"""
    source: str = ""
    """Where the number comes from"""
    months: frozenset[int] = frozenset(range(1, 13))
    """The months, in Europe/London, in which the rule speaks"""

    @property
    def watches(self) -> Watches:
        """What the rule looks at."""
        if self.silence:
            return Watches.SILENCE
        return Watches.LOGS if self.log else Watches.VALUES

    def breaches(self, value: float, level: Level) -> bool:
        """Say whether a value is past the threshold of a level."""
        if self.inclusive and value == level.threshold:
            return True
        return value > level.threshold if self.above else value < level.threshold

    def clears(self, value: float, level: Level) -> bool:
        """Say whether a value is back at the clear level of a level."""
        if value == level.clear:
            return not self.inclusive
        return value < level.clear if self.above else value > level.clear


@dataclass(frozen=True, slots=True)
class LevelState:
    """How far one level has come."""

    firing: bool = False
    since: datetime | None = None
    """Start of the first breaching interval, while pending or firing"""
    breached_for: timedelta = timedelta(0)
    """Valid time in breach since then, while pending"""
    cleared_for: timedelta = timedelta(0)
    """Valid time at or past the clear level, while firing"""


@dataclass(frozen=True, slots=True)
class AlertState:
    """Where a rule stands for a scope, up to and without `until`."""

    until: datetime = EPOCH
    """End of the last interval that was counted in"""
    status: Status = Status.INACTIVE
    severity: Severity | None = None
    levels: tuple[LevelState, ...] = ()
    """One for each level of the rule; empty: none has begun"""
    gap: int = 0
    """Intervals without a value, in a row"""
    stale: bool = False
    fired_at: datetime | None = None
    """Start of the interval that made the episode fire: with the key, the episode's id"""
    resolved_at: datetime | None = None
    """End of the interval that resolved the last episode, as long as it can be reopened"""
    peak: float | None = None
    """The worst value of the episode"""
    reopened: int = 0
    ends: tuple[datetime, ...] = ()
    """When it ended in the window of the guard against flapping, if the rule has one"""
    held: bool = False
    """It has come and gone too often: it fires until it was clear for as long as the guard says"""

    @property
    def stands(self) -> bool:
        """Whether there is anything to remember beside up to when it holds."""
        return self.status is not Status.INACTIVE or bool(self.ends)


@dataclass(frozen=True, slots=True)
class Transition:
    """A change of state."""

    kind: Kind
    at: datetime
    """Start of the interval that caused it: event time"""
    known_at: datetime
    """End of that interval: the earliest moment at which anybody could know"""
    severity: Severity
    value: float | None
    fired_at: datetime | None
    """The episode's; None for pending and dropped"""
    peak: float | None = None
    """The worst value of the episode up to here"""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What a rule concludes from a stretch of intervals."""

    state: AlertState
    transitions: tuple[Transition, ...]
    checkpoints: tuple[AlertState, ...] = ()
    """The state at each UTC midnight inside the stretch that is not the initial state"""
