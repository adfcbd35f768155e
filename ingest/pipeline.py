"""The story of an uplink: read `handle` to understand the product.

Each message becomes exactly one record: an uplink with its observations, another event, or a
refusal with a named reason. Nothing here can stop the feed: what cannot be read goes to
quarantine whole, and a fault of our own costs that one message.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog

from alerts import quality
from decoders import clock, events
from decoders.codec import Codec
from decoders.errors import Refused
from decoders.mapping import ObjectCodec
from decoders.model import (
    DecodedUplink,
    Environment,
    NetworkEvent,
    Observation,
    TimeSource,
    Uplink,
)
from decoders.registry import NATIVE, Registry
from ingest.session import Delivery
from storage.instance import Mode
from storage.model import (
    Arrival,
    Batch,
    EventRecord,
    Origin,
    Record,
    RefusalRecord,
    StoredObservation,
    Tally,
    UplinkRecord,
)
from storage.uplinks import Writer

log = structlog.get_logger(__name__)

USUAL_INTERVAL = timedelta(hours=1)
"""How often a device reports of which neither the network server nor a codec says it."""
LONGEST_INTERVAL = timedelta(days=7)
NOT_DECODED = "end-to-end encrypted: stored as it came, not decoded"


class ForeignOrigin(Refused):
    """A live instance takes no simulated and no replayed traffic."""

    reason = "foreign_origin"


class Retained(Refused):
    """A retained message on an event topic is a re-publisher's copy, not news."""

    reason = "retained"


class InternalFault(Refused):
    """A fault of our own, with the message kept for when it is mended."""

    reason = "internal_error"


def ignore(_records: Sequence[Record]) -> None:
    """Look at nothing."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What the pipeline needs to know besides the messages."""

    mode: Mode
    codecs: Registry = NATIVE
    bindings: Mapping[str, str] = field(default_factory=dict)
    """Profile name to model, from the settings"""
    watch: Callable[[Sequence[Record]], None] = ignore
    """Looks at each batch before it is stored, to count it"""


def handle(deliveries: Sequence[Delivery], policy: Policy, writer: Writer) -> Tally:
    """Take a batch from the broker to the database, in one transaction.

    The caller acknowledges when this returns, and only then. The service does the first step one
    batch ahead of the second.

    Raises:
        storage.errors.DatabaseUnavailable: nothing of the batch is stored; try again.
    """
    return store(read_all(deliveries, policy), policy, writer)


def read_all(deliveries: Iterable[Delivery], policy: Policy) -> tuple[Record, ...]:
    """Turn messages into their records; never raises."""
    return tuple([follow(delivery, policy) for delivery in deliveries])


def store(records: Sequence[Record], policy: Policy, writer: Writer) -> Tally:
    """Store a batch that is read, in one transaction.

    Raises:
        storage.errors.DatabaseUnavailable: nothing of the batch is stored; try again.
    """
    policy.watch(records)
    return writer.store(Batch(tuple(records)))


def handle_faulty(delivery: Delivery, error: Exception, writer: Writer) -> Tally:
    """Keep a message whole that could not be stored for a fault of our own.

    Raises:
        storage.errors.DatabaseUnavailable: it is not stored; try again.
    """
    fault = InternalFault(f"{type(error).__name__}: {error}")
    return writer.store(Batch((refuse(_arrival(delivery), fault),)))


def follow(delivery: Delivery, policy: Policy) -> Record:
    """Turn one message into its record; never raises."""
    arrival = _arrival(delivery)
    if delivery.retain and "/state/" not in delivery.topic:
        return refuse(arrival, Retained())
    return read(arrival, policy)


def _arrival(delivery: Delivery) -> Arrival:
    return Arrival(
        delivery.topic,
        delivery.payload,
        delivery.received_at,
        _origin(delivery.origin),
        delivery.dup,
        delivery.mid,
    )


def _origin(told: str) -> Origin:
    """Read the origin; one that we do not know is at any rate not live."""
    try:
        return Origin(told)
    except ValueError:
        return Origin.REPLAY


def read(arrival: Arrival, policy: Policy) -> Record:
    """Turn a message as it arrived, now or once, into its record; never raises."""
    try:
        admit(arrival, policy)
        event = events.parse(arrival.topic, arrival.payload)
        if isinstance(event, NetworkEvent):
            return EventRecord(arrival, event)
        uplink = settle_time(event, arrival, policy.mode)
        decoded = policy.codecs.decode(uplink, policy.bindings)
        return check(decoded, arrival, policy)
    except Refused as refusal:
        return refuse(arrival, refusal)
    except Exception as error:
        log.exception("a fault of our own", topic=arrival.topic)
        return refuse(arrival, InternalFault(f"{type(error).__name__}: {error}"))


def admit(arrival: Arrival, policy: Policy) -> None:
    """Refuse what this instance must not take."""
    if policy.mode is Mode.LIVE and arrival.origin in (Origin.SIMULATION, Origin.REPLAY):
        raise ForeignOrigin(f"origin {arrival.origin} does not belong in a live instance")


def settle_time(uplink: Uplink, arrival: Arrival, mode: Mode) -> Uplink:
    """Fall back to the time of arrival when the event has no clock, or an unbelievable one.

    A backfill may be as old as it likes, and a simulation has a clock of its own.
    """
    time = uplink.result_time
    if time is not None and (mode is Mode.SIMULATION or _is_believable(time, arrival)):
        return uplink
    return replace(uplink, result_time=arrival.received_at, time_source=TimeSource.ARRIVAL)


def _is_believable(time: datetime, arrival: Arrival) -> bool:
    if arrival.origin is Origin.BACKFILL:
        return clock.EARLIEST <= time <= arrival.received_at + clock.AHEAD
    return clock.is_believable(time, arrival.received_at)


def check(decoded: DecodedUplink, arrival: Arrival, policy: Policy) -> Record:
    """Give an uplink's observations their times and quality flags."""
    uplink = decoded.uplink
    warnings = decoded.warnings
    if uplink.encrypted:
        warnings = (*warnings, NOT_DECODED)
    elif decoded.error:
        return refuse(arrival, decoded.error, uplink)
    codec = policy.codecs.codec(decoded.codec) if decoded.codec else None
    environment, interval = _expectation(uplink.tags, codec)
    return UplinkRecord(
        arrival=arrival,
        uplink=uplink,
        codec=decoded.codec,
        codec_version=decoded.codec_version,
        environment=environment,
        reporting_interval=interval,
        observations=_checked(decoded.observations, uplink.result_time or arrival.received_at),
        warnings=warnings,
        decoded=uplink.decoded if isinstance(codec, ObjectCodec) else None,
    )


def _checked(
    observations: Iterable[Observation], sent_at: datetime
) -> tuple[StoredObservation, ...]:
    checked = [_check(observation, sent_at) for observation in observations]
    # Of two values of one series and time the first is kept: those without a time of their own
    # stand in at the uplink's, so they go behind the readings of now.
    checked.sort(key=lambda stored: stored.quality == quality.FAIL)
    return tuple(checked)


def _check(observation: Observation, sent_at: datetime) -> StoredObservation:
    flag = quality.flag(observation.observed_property, observation.result)
    time = observation.phenomenon_time or sent_at
    if observation.qualifier == clock.UNTIMED or not (
        time == sent_at or clock.is_believable(time, sent_at)
    ):
        time, flag = sent_at, quality.FAIL
    return StoredObservation(
        observation.observed_property, time, observation.result, flag, observation.channel
    )


def _expectation(tags: Mapping[str, str], codec: Codec | None) -> tuple[Environment, timedelta]:
    """Say where the device measures and how often it reports: its tags, else its codec's words.

    A device of which nobody says it counts as indoors, since what is outdoors is open data.
    """
    environment, interval = Environment.INDOOR, USUAL_INTERVAL
    if codec is not None:
        environment, interval = codec.environment, codec.interval
    return _environment(tags) or environment, _interval(tags) or interval


def _environment(tags: Mapping[str, str]) -> Environment | None:
    try:
        return Environment(tags["environment"].strip().lower())
    except (KeyError, ValueError):
        return None


def _interval(tags: Mapping[str, str]) -> timedelta | None:
    """Read the tag `uplink_interval`, whole seconds as in ChirpStack's device profile."""
    text = tags.get("uplink_interval", "").strip()
    if not (text.isascii() and text.isdecimal() and len(text) < 8):
        return None
    interval = timedelta(seconds=int(text))
    return interval if timedelta(0) < interval <= LONGEST_INTERVAL else None


def refuse(arrival: Arrival, refusal: Refused, uplink: Uplink | None = None) -> RefusalRecord:
    """Keep the whole message with the reason why it is not readings."""
    if uplink is None:
        return RefusalRecord(arrival, refusal.reason, refusal.detail)
    return RefusalRecord(
        arrival,
        refusal.reason,
        refusal.detail,
        source=uplink.source,
        event_type="up",
        deduplication_key=uplink.deduplication_id,
        dev_eui=uplink.dev_eui,
    )
