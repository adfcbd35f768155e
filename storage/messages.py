"""A record made ready for the database before any lock is taken: its keys, its rows packed.

What cannot be packed, and what no partition takes, becomes a refusal here. So the transaction of a
batch holds only what waits for the server, and one impossible value never breaks it.
"""

import struct
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import ClassVar, NamedTuple

from decoders.model import NetworkEvent
from storage.errors import DatabaseRefused
from storage.model import Arrival, EventRecord, Outcome, Record, RefusalRecord, UplinkRecord
from storage.packing import (
    NULL,
    clean,
    microseconds,
    pack_bytes,
    pack_json,
    pack_text,
    pack_texts,
    pack_word,
)
from storage.partitions import EARLIEST, LATEST

Key = tuple[str, str, str]
"""Source, event type, deduplication key."""

REFUSED_BY_DATABASE = "refused_by_database"
"""The reason of a message that holds a value which the database does not take."""

_LONGEST_KEY = 200
_FIRST_WEEK = date(1999, 12, 27)
_WEEK = 7 * 86_400 * 1_000_000
_EARLIEST, _LATEST = microseconds(EARLIEST), microseconds(LATEST)
_BEFORE_EPOCH = 5 * 86_400 * 1_000_000
"""From the first Monday to 2000-01-01, from which PostgreSQL counts"""

_TIME = struct.Struct("!iq")
_FRAME = struct.Struct("!ihiqi?")
_VALUE = struct.Struct("!iqidih")
_FIELDS = struct.Struct("!h")


class Value(NamedTuple):
    """One observation: which series of its device, when, and its packed row without the series."""

    channel: str
    property_id: int
    time: int
    """Microseconds since 2000"""
    packed: bytes


@dataclass(slots=True, eq=False)
class Message:
    """A record on its way, and what became of it."""

    becomes: ClassVar[Outcome] = Outcome.STORED
    """Its outcome when it is new"""
    record: Record
    key: Key | None
    """The hard key of the ledger; None when each delivery counts"""
    outcome: Outcome = Outcome.STORED

    @property
    def reason(self) -> str:
        """Why it is refused; empty when it is not."""
        return ""


@dataclass(slots=True, eq=False)
class UplinkMessage(Message):
    """An uplink on its way."""

    record: UplinkRecord
    key: Key
    frame: str = ""
    """The soft key of the ledger"""
    packed: bytes = b""
    """Its row without the device"""
    values: list[Value] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class EventMessage(Message):
    """Another event on its way."""

    record: EventRecord
    packed: bytes = b""


@dataclass(slots=True, eq=False)
class RefusalMessage(Message):
    """A refused message on its way to quarantine, unless it was handled before."""

    becomes: ClassVar[Outcome] = Outcome.REFUSED
    record: RefusalRecord
    key: Key
    packed: bytes = b""

    @property
    def reason(self) -> str:
        """Why it is refused; empty when it turned out to be handled already."""
        return self.record.reason if self.outcome is Outcome.REFUSED else ""


def newly_refused(messages: Iterable[Message]) -> list[RefusalMessage]:
    """Give those that belong in quarantine."""
    return [
        message
        for message in messages
        if isinstance(message, RefusalMessage) and message.outcome is Outcome.REFUSED
    ]


def prepare(record: Record, properties: dict[str, int]) -> Message:
    """Make a record ready; one that the database can never take becomes a refusal.

    Args:
        record: what the pipeline made of a message.
        properties: the numbers of the observed properties by their names.
    """
    if isinstance(record, RefusalRecord):
        return refusal(record)
    try:
        if isinstance(record, UplinkRecord):
            return _uplink(record, properties)
        return _event(record)
    except DatabaseRefused as refused:
        return refuse(record, str(refused))
    except (struct.error, OverflowError, TypeError, ValueError) as error:
        return refuse(record, f"a value that cannot be packed: {error}")


def refuse(record: UplinkRecord | EventRecord, detail: str) -> RefusalMessage:
    """Make a refusal out of a record that the database does not take."""
    if isinstance(record, UplinkRecord):
        uplink = record.uplink
        source, event_type, key = uplink.source, "up", uplink.deduplication_id
        dev_eui = uplink.dev_eui
    else:
        event = record.event
        source, event_type, key = event.source, event.event_type, event.deduplication_key
        dev_eui = event.subject
    return refusal(
        RefusalRecord(record.arrival, REFUSED_BY_DATABASE, detail, source, event_type, key, dev_eui)
    )


def weeks(times: Iterable[int]) -> set[date]:
    """Give the Mondays of the weeks that times, in PostgreSQL's count, fall in."""
    numbers = {(time + _BEFORE_EPOCH) // _WEEK for time in times}
    return {_FIRST_WEEK + timedelta(weeks=number) for number in numbers}


def _uplink(record: UplinkRecord, properties: dict[str, int]) -> UplinkMessage:
    uplink = record.uplink
    key = (bounded(uplink.source), "up", bounded(uplink.deduplication_id))
    if clean(uplink.dev_eui) != uplink.dev_eui:
        raise DatabaseRefused("the dev_eui holds a character that no text can hold")
    _storable(record.time)
    values = [
        Value(
            clean(observation.channel),
            _property(observation.observed_property, properties),
            (time := _storable(observation.phenomenon_time)),
            _VALUE.pack(8, time, 8, observation.result, 2, observation.quality),
        )
        for observation in record.observations
    ]
    return UplinkMessage(
        record, key, frame=_frame(record), packed=_uplink_row(record), values=values
    )


def _property(name: str, properties: dict[str, int]) -> int:
    try:
        return properties[name]
    except KeyError:
        raise DatabaseRefused(f"{name} is not an observed property") from None


def _storable(time: datetime) -> int:
    since = microseconds(time)
    if not _EARLIEST <= since < _LATEST:
        raise DatabaseRefused(f"{time.isoformat()} is not in the years 2000 to 2100")
    return since


def _frame(record: UplinkRecord) -> str:
    uplink = record.uplink
    content = sha256(uplink.payload).hexdigest()[:16]
    key = f"{uplink.dev_eui}:{uplink.dev_addr}:{uplink.f_cnt}:{uplink.f_port}:{content}"
    return bounded(key)


def bounded(key: str) -> str:
    """Keep a text that is looked up within what an index takes: a longer one becomes its hash.

    What was bounded once stays as it is.
    """
    key = clean(key)
    return key if len(key) <= _LONGEST_KEY else f"sha256:{sha256(key.encode()).hexdigest()}"


def _uplink_row(record: UplinkRecord) -> bytes:
    uplink, arrival = record.uplink, record.arrival
    return b"".join(
        (
            _TIME.pack(8, _storable(arrival.received_at)),
            pack_text(uplink.deduplication_id),
            pack_text(uplink.dev_addr),
            _FRAME.pack(2, uplink.f_port, 8, uplink.f_cnt, 1, uplink.confirmed),
            pack_bytes(uplink.payload),
            _optional(uplink.result_time),
            pack_word(uplink.time_source) if uplink.time_source else NULL,
            pack_word(record.codec),
            pack_word(record.codec_version),
            pack_texts(record.warnings),
            pack_json(uplink.receptions),
            pack_word(uplink.source),
            pack_word(arrival.origin),
            NULL if record.decoded is None else pack_json(dict(record.decoded)),
        )
    )


def _optional(time: datetime | None) -> bytes:
    return NULL if time is None else _TIME.pack(8, microseconds(time))


def _event(record: EventRecord) -> EventMessage:
    event = record.event
    key = None
    if event.deduplication_key:
        words = bounded(event.source), bounded(event.event_type)
        key = (*words, bounded(event.deduplication_key))
    return EventMessage(record, key, packed=_event_row(event, record.arrival))


def _event_row(event: NetworkEvent, arrival: Arrival) -> bytes:
    return b"".join(
        (
            _FIELDS.pack(7),
            _TIME.pack(8, microseconds(arrival.received_at)),
            pack_word(event.source),
            pack_word(event.event_type),
            pack_text(event.subject),
            pack_text(event.application),
            _optional(event.time),
            pack_json(dict(event.detail)),
        )
    )


def refusal(record: RefusalRecord) -> RefusalMessage:
    """Make a refusal ready; whatever it holds, the database takes it."""
    if record.deduplication_key:
        words = bounded(record.source), bounded(record.event_type)
        key = (*words, bounded(record.deduplication_key))
    else:
        topic = record.arrival.topic.encode("utf-8", "surrogatepass")
        content = sha256(topic + b"\x00" + record.arrival.payload).hexdigest()
        key = ("", "refused", content)
    return RefusalMessage(record, key, packed=_refusal_row(record))


def _refusal_row(record: RefusalRecord) -> bytes:
    arrival = record.arrival
    return b"".join(
        (
            _FIELDS.pack(10),
            _TIME.pack(8, microseconds(arrival.received_at)),
            pack_text(arrival.topic),
            pack_bytes(arrival.payload),
            pack_word(arrival.origin),
            pack_text(bounded(record.reason)),
            pack_text(record.detail),
            pack_text(bounded(record.source)),
            pack_text(bounded(record.event_type)),
            pack_text(bounded(record.deduplication_key)),
            pack_text(bounded(record.dev_eui)),
        )
    )
