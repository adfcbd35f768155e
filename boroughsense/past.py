"""Stored uplinks as the messages of a network server, to be replayed."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from decoders import chirpstack
from decoders.chirpstack import Envelope
from decoders.model import TimeSource, Uplink
from ingest.pipeline import NOT_DECODED
from storage.past_uplinks import PastUplink

if TYPE_CHECKING:
    from simulators.recording import Heard

_SOURCE = "chirpstack-v4"


def as_heard(uplinks: Iterable[PastUplink]) -> "Iterator[Heard]":
    """Give each uplink as ChirpStack v4 would publish it, whatever server it came from."""
    from simulators.recording import Heard

    for past in uplinks:
        envelope = Envelope(object=past.told_object())
        topic, payload = chirpstack.render(_uplink(past), envelope, marshaler="protobuf")
        yield Heard(past.time, topic, payload)


def _uplink(past: PastUplink) -> Uplink:
    return Uplink(
        source=_SOURCE,
        deduplication_id=past.deduplication_id,
        dev_eui=past.dev_eui,
        device_name=past.device_name,
        device_profile=past.device_profile,
        application=past.application,
        tags=past.told_tags(),
        dev_addr=past.dev_addr,
        f_port=past.f_port,
        f_cnt=past.f_cnt,
        confirmed=past.confirmed,
        payload=past.payload,
        result_time=past.time,
        time_source=TimeSource(past.time_source) if past.time_source else None,
        receptions=past.told_receptions(),
        encrypted=NOT_DECODED in past.warnings,
    )
