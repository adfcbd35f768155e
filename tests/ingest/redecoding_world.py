"""A device whose uplinks are read by one codec and later by another, to test redecoding."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from alerts import rules
from decoders import registry
from decoders.codec import Codec
from decoders.errors import BadValue
from decoders.model import Environment, Observation, Reading, TimeSource, Uplink
from decoders.registry import Registry
from ingest.evaluator import Evaluator
from ingest.pipeline import Policy, check
from storage.connection import Connection
from storage.instance import Mode
from storage.model import Arrival, Batch
from storage.uplinks import Writer

BEGIN = datetime(2026, 3, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)
HOURS = 60
NOW = BEGIN + HOURS * HOUR
PROFILE = "Room sensor"
RIGHT, WRITER = "acme-right", registry.codec("milesight-em300-th/em300-th")
Row = tuple[Any, ...]
Rows = dict[str, list[Row]]


def payload(hour: int) -> bytes:
    """Give a damp room's frame; each sixth holds two records of a day before it."""
    seen = [
        Observation("battery_level", 90),
        Observation("temperature", 18 + hour % 5),
        Observation("relative_humidity", 88 + hour % 4),
    ]
    if hour % 6 == 0:
        for back in (1, 2):
            at = BEGIN + hour * HOUR - (24 + back) * HOUR + timedelta(minutes=30)
            seen += [
                Observation("temperature", 17.5, at),
                Observation("relative_humidity", 60.0, at),
            ]
    return WRITER.encode(seen)[1]


def uplink(hour: int, sent: bytes, **more: Any) -> Uplink:  # noqa: ANN401 - fields of Uplink
    """Give a device's uplink of an hour."""
    told = Uplink(
        source="chirpstack-v4",
        deduplication_id=f"00000000-0000-4000-8000-{hour:012d}",
        dev_eui="02c17a0000000501",
        device_name="bedroom",
        device_profile=PROFILE,
        application="homes",
        tags={},
        dev_addr="01020304",
        f_port=85,
        f_cnt=hour,
        confirmed=False,
        payload=sent,
        result_time=BEGIN + hour * HOUR + timedelta(minutes=5),
        time_source=TimeSource.SERVER,
    )
    return replace(told, **more)


def bound_to(model: str, *codecs: Codec, mode: Mode = Mode.LIVE) -> Policy:
    """Give the policy of settings that bind the device's profile to a model."""
    known = Registry((*registry.models(), Spoilt(RIGHT), *codecs))
    return Policy(mode, known, {PROFILE: model})


def store(
    connection: Connection,
    uplinks: Sequence[Uplink],
    policy: Policy,
    held: timedelta = timedelta(seconds=1),
) -> None:
    """Store uplinks as the pipeline does, each some time after it was sent."""
    records = []
    for each in uplinks:
        received = (each.result_time or NOW) + held
        decoded = policy.codecs.decode(each, policy.bindings)
        records.append(check(decoded, Arrival("", b"", received), policy))
    Writer(connection).store(Batch(tuple(records)))


def fill(connection: Connection, policy: Policy, hours: int = HOURS) -> None:
    """Store hours of a damp room, and judge them at once."""
    store(connection, [uplink(hour, payload(hour)) for hour in range(hours)], policy)
    judge(connection, BEGIN + hours * HOUR)


def judge(connection: Connection, now: datetime = NOW) -> None:
    """Evaluate until there is nothing left to do."""
    evaluator = Evaluator(connection, rules.load(), channels=("log", "webhook"), wall=lambda: now)
    while evaluator.step():
        pass


def told(connection: Connection) -> list[Row]:
    """Give all that people were told, or are about to be."""
    return connection.execute("select idempotency_key from notification order by id").fetchall()


_QUERIES = {
    "observations": "select device_id, channel, name, phenomenon_time, result, quality"
    " from observation join series on series.id = series_id"
    " join observed_property as p on p.id = property_id order by 1, 3, 2, 4",
    "hours": "select device_id, channel, name, interval_start, count, expected, mean, valid"
    " from rollup_1h join series on series.id = series_id"
    " join observed_property as p on p.id = property_id where count > 0 order by 1, 3, 2, 4",
    "days": "select device_id, channel, name, day, count, expected, mean, minimum, maximum, valid"
    " from rollup_1d join series on series.id = series_id"
    " join observed_property as p on p.id = property_id where count > 0 order by 1, 3, 2, 4",
    "latest": "select device_id, channel, name, phenomenon_time, result, quality"
    " from latest join series on series.id = series_id"
    " join observed_property as p on p.id = property_id order by 1, 3, 2",
    "episodes": "select rule_id, fired_at, known_at, resolved_at, status, severity, worst, peak"
    " from alert where status <> 'withdrawn' order by 1, 2",
    "transitions": "select rule_id, kind, at, known_at, severity, value from alert_transition"
    " where withdrawn_at is null order by 1, 4, 2",
    "uplinks": "select deduplication_id, codec, codec_version, warnings from uplink order by 1",
    "device": "select codec, environment, reporting_interval from device order by id",
}


def all_of(connection: Connection) -> Rows:
    """Give all that follows from the payloads."""
    return {name: connection.execute(text).fetchall() for name, text in _QUERIES.items()}


def same(seen: Observation) -> Observation:
    """Say the same."""
    return seen


@dataclass(frozen=True, slots=True)
class Spoilt:
    """A codec that reads as an EM300 does, and then says something else."""

    model: str
    spoil: Callable[[Observation], Observation] = same
    environment: Environment = Environment.INDOOR
    interval: timedelta = HOUR
    version: str = "1"
    measures: tuple[str, ...] = ()
    f_port: int = 85

    @property
    def title(self) -> str:
        """Its model."""
        return self.model

    def decode(
        self, payload: bytes, f_port: int, *, received_at: datetime | None = None
    ) -> Reading:
        """Read a payload, and spoil what it says."""
        reading = WRITER.decode(payload, f_port, received_at=received_at)
        return replace(reading, observations=tuple(map(self.spoil, reading.observations)))

    def encode(self, observations: Sequence[Observation]) -> tuple[int, bytes]:
        """Write as the other does."""
        return WRITER.encode(observations)


@dataclass(frozen=True, slots=True)
class Table:
    """A codec for frames that hold what each version of it reads."""

    version: str
    model: str = "acme-table"
    title: str = "Acme Table"
    environment: Environment = Environment.INDOOR
    interval: timedelta = HOUR
    measures: tuple[str, ...] = ()
    f_port: int = 1

    def decode(
        self, payload: bytes, f_port: int, *, received_at: datetime | None = None
    ) -> Reading:
        """Read what the frame holds for this version; nothing there is a refusal."""
        del f_port, received_at
        said: Mapping[str, list[tuple[str, float, datetime | None]]] = _FRAME.decode(payload)
        if self.version not in said:
            return Reading(error=BadValue("not for this version"))
        return Reading(tuple(Observation(*each) for each in said[self.version]))

    def encode(self, observations: Sequence[Observation]) -> tuple[int, bytes]:
        """Refuse; the tests write frames by `frame`."""
        raise ValueError(str(observations))


_FRAME = msgspec.json.Decoder(dict[str, list[tuple[str, float, datetime | None]]])


def frame(**versions: Sequence[Observation]) -> bytes:
    """Write a frame: what `Table` reads in it by version (v1=..., v2=...)."""
    return msgspec.json.encode(
        {
            version: [(o.observed_property, o.result, o.phenomenon_time) for o in seen]
            for version, seen in versions.items()
        }
    )
