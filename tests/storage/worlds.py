"""Little worlds of messages for the searches: few devices, few times, so that things collide."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import pairwise

from hypothesis import event, strategies

from storage.connection import Connection
from storage.model import Batch, EventRecord, Record, RefusalRecord, UplinkRecord
from storage.uplinks import Writer
from tests.storage.samples import NOON, arrival, observation, record, uplink
from tests.storage.samples import event as event_record

MINUTE = timedelta(minutes=1)
PROPERTIES = ("temperature", "co2")
CHANNELS = ("", "external")
MINUTES = (0, 30, 59, 60)
"""When buffered readings were taken"""


@dataclass(frozen=True, slots=True)
class Reading:
    """One value of a frame."""

    name: str
    channel: str
    minute: int
    value: int


@dataclass(frozen=True, slots=True)
class Frame:
    """A data frame under an id; another one may have the same content."""

    id: int
    device: int
    f_cnt: int
    minute: int
    readings: tuple[Reading, ...]

    def record(self, run: int) -> UplinkRecord:
        """Give the record in the name space of a run."""
        sent = uplink(
            0,
            source=f"run-{run}",
            deduplication_id=f"id-{self.id}",
            dev_eui=f"{run:08x}{self.device:08x}",
            f_cnt=self.f_cnt,
            result_time=NOON + self.minute * MINUTE,
            device_name=f"at minute {self.minute}",
        )
        values = [
            observation(
                reading.name,
                float(reading.value),
                NOON + reading.minute * MINUTE,
                channel=reading.channel,
            )
            for reading in self.readings
        ]
        return record(sent, values)


@dataclass(frozen=True, slots=True)
class Event:
    """Another event; without an id each delivery counts."""

    id: int | None

    def record(self, run: int) -> EventRecord:
        """Give the record in the name space of a run."""
        made = event_record("" if self.id is None else f"id-{self.id}")
        return replace(made, event=replace(made.event, source=f"run-{run}"))


@dataclass(frozen=True, slots=True)
class Nonsense:
    """A refused message; with an id when the envelope could be read."""

    id: int | None
    content: int

    def record(self, run: int) -> RefusalRecord:
        """Give the record in the name space of a run."""
        came = replace(arrival(payload=bytes([self.content])), topic=f"run-{run}")
        if self.id is None:
            return RefusalRecord(came, "not_an_event", "")
        return RefusalRecord(came, "truncated", "", f"run-{run}", "up", f"id-{self.id}")


Thing = Frame | Event | Nonsense


@dataclass(frozen=True, slots=True)
class Delivery:
    """A thing as it comes: for the first time, or again."""

    thing: Thing
    again: bool = False
    dup: bool = False


World = Sequence[Thing]
Feed = Sequence[Sequence[Delivery]]
"""Batches"""


@strategies.composite
def worlds(draw: strategies.DrawFn, *, consistent: bool) -> World:
    """Draw things in their order.

    Args:
        draw: hypothesis's.
        consistent: two values of the same series and time are equal, and two frames of the same
            content were sent at the same time, so that no order of arrival is the right one.
    """
    frames = _frames(draw, consistent=consistent)
    ids = [frame.id for frame in frames]
    some_id = strategies.sampled_from([*ids, 100, 101])
    events = draw(strategies.lists(some_id | strategies.none(), max_size=3))
    things: list[Thing] = [*frames, *(Event(number) for number in dict.fromkeys(events))]
    contents = draw(strategies.lists(strategies.integers(0, 3), max_size=2, unique=True))
    things += [
        Nonsense(draw(strategies.sampled_from([None, 200 + content])), content)
        for content in contents
    ]
    if consistent:
        return things
    return draw(strategies.permutations(things))


def _frames(draw: strategies.DrawFn, *, consistent: bool) -> list[Frame]:
    frames: list[Frame] = []
    for _ in range(draw(strategies.integers(1, 5))):
        if frames and draw(strategies.integers(0, 3)) == 0:
            first = draw(strategies.sampled_from(frames))
            shift = 0 if consistent else draw(strategies.sampled_from([-9, 0, 3, 90]))
            frames.append(replace(first, id=len(frames), minute=first.minute + shift))
        else:
            f_cnt, minute = len(frames), draw(strategies.sampled_from(MINUTES))
            device = draw(strategies.integers(0, 1))
            readings = _readings(draw, device, consistent=consistent)
            frames.append(Frame(len(frames), device, f_cnt, minute, readings))
    return frames


def _readings(draw: strategies.DrawFn, device: int, *, consistent: bool) -> tuple[Reading, ...]:
    readings = []
    for _ in range(draw(strategies.integers(0, 3))):
        name = draw(strategies.sampled_from(PROPERTIES))
        channel = draw(strategies.sampled_from(CHANNELS))
        minute = draw(strategies.sampled_from(MINUTES))
        value = minute + device if consistent else draw(strategies.integers(0, 9))
        readings.append(Reading(name, channel, minute, value))
    return tuple(readings)


@strategies.composite
def feeds(draw: strategies.DrawFn, world: World, *, shuffled: bool) -> Feed:
    """Draw how a world's messages come: some again, in some batches, in another order if told."""
    coming: list[Delivery] = [Delivery(thing) for thing in world]
    if shuffled:
        coming = draw(strategies.permutations(coming))
    repeatable = [thing for thing in world if thing != Event(None)]
    for thing in draw(strategies.lists(strategies.sampled_from(repeatable), max_size=3)):
        again = Delivery(thing, again=True, dup=draw(strategies.booleans()))
        earliest = coming.index(Delivery(thing)) + 1
        coming.insert(draw(strategies.integers(earliest, len(coming))), again)
    cuts = sorted(draw(strategies.lists(strategies.integers(0, len(coming)), max_size=4)))
    edges = [0, *cuts, len(coming)]
    return [coming[start:end] for start, end in pairwise(edges) if start < end]


def distinct(world: World) -> tuple[int, int]:
    """Count the frames, and the values, that a consistent world has if nothing counts twice."""
    frames = {
        (thing.device, thing.f_cnt): thing.readings for thing in world if isinstance(thing, Frame)
    }
    values = {
        (device, reading.name, reading.channel, reading.minute)
        for (device, _), readings in frames.items()
        for reading in readings
    }
    return len(frames), len(values)


def tell(world: World, feed: Feed) -> None:
    """Let hypothesis count the hard cases."""
    frames = [thing for thing in world if isinstance(thing, Frame)]
    contents = {(frame.device, frame.f_cnt) for frame in frames}
    event(f"same frame under another id: {len(contents) < len(frames)}")
    ids = {frame.id for frame in frames}
    shared = any(isinstance(thing, Event) and thing.id in ids for thing in world)
    event(f"same id in two event types: {shared}")
    keys = [
        (frame.device, reading.name, reading.channel, reading.minute)
        for frame in frames
        for reading in frame.readings
    ]
    event(f"equal observation keys: {len(set(keys)) < len(keys)}")
    for batch in feed:
        first = {delivery.thing for delivery in batch if not delivery.again}
        for delivery in batch:
            if delivery.again:
                event(f"again in the same batch: {delivery.thing in first}")


PICTURES: Mapping[str, str] = {
    "device": (
        "select right(dev_eui, 8), name, first_seen_at, last_seen_at from device"
        " where left(dev_eui, 8) = %(prefix)s"
    ),
    "uplink": (
        "select right(dev_eui, 8), f_cnt, result_time, payload, deduplication_id"
        " from uplink join device on device.id = device_id where source = %(source)s"
    ),
    "observation": (
        "select right(dev_eui, 8), channel, property_id, phenomenon_time, result, quality"
        " from observation join series on series.id = series_id"
        " join device on device.id = device_id where left(dev_eui, 8) = %(prefix)s"
    ),
    "latest": (
        "select right(dev_eui, 8), channel, property_id, phenomenon_time, result, quality"
        " from latest join series on series.id = series_id"
        " join device on device.id = device_id where left(dev_eui, 8) = %(prefix)s"
    ),
    "activity": (
        "select right(dev_eui, 8), interval_start, uplinks, first_at, last_at"
        " from activity_1h join device on device.id = device_id where left(dev_eui, 8) = %(prefix)s"
    ),
    "marked hours": (
        "select distinct right(dev_eui, 8), channel, property_id, interval_start"
        " from dirty_interval join series on series.id = series_id"
        " join device on device.id = device_id where left(dev_eui, 8) = %(prefix)s"
    ),
    "marked activity": (
        "select distinct right(dev_eui, 8), interval_start"
        " from dirty_activity join device on device.id = device_id"
        " where left(dev_eui, 8) = %(prefix)s"
    ),
    "event": "select event_type, subject, time from event where source = %(source)s",
    "quarantine": (
        "select payload, reason, event_type, deduplication_key from quarantine"
        " where topic = %(source)s"
    ),
    "ledger": (
        "select event_type, replace(deduplication_key, %(prefix)s, '') from ledger"
        " where source = %(source)s or event_type = 'frame'"
        " and starts_with(deduplication_key, %(prefix)s)"
    ),
}
"""What a run leaves behind, whatever it is called"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a feed leaves behind."""

    tables: dict[str, list[tuple[object, ...]]]
    stored: int
    refused: int
    repeated: int
    redelivered: int


class Ground:
    """A database in which each feed is played in a name space of its own."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._writer = Writer(connection)
        self._runs = 0

    def play(self, feed: Feed) -> Outcome:
        """Store a feed as if nothing had been stored before."""
        self._runs += 1
        batches = [Batch(tuple(self._records(batch))) for batch in feed]
        tallies = [self._writer.store(batch) for batch in batches]
        redelivered = sum(tally.redelivered for tally in tallies)
        return Outcome(
            self._tables(),
            sum(tally.stored for tally in tallies),
            sum(tally.refused for tally in tallies),
            sum(tally.duplicates for tally in tallies) + redelivered,
            redelivered,
        )

    def _records(self, batch: Sequence[Delivery]) -> Iterator[Record]:
        for delivery in batch:
            made = delivery.thing.record(self._runs)
            yield replace(made, arrival=replace(made.arrival, dup=delivery.dup))

    def _tables(self) -> dict[str, list[tuple[object, ...]]]:
        names = {"source": f"run-{self._runs}", "prefix": f"{self._runs:08x}"}
        return {
            table: sorted(self._connection.execute(statement.encode(), names), key=repr)
            for table, statement in PICTURES.items()
        }
