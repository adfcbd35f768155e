"""A stored uplink, read by the codec that it was stored with, and by the one of now."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from decoders.chosen import Chosen
from decoders.codec import Device as Native
from decoders.codec import SpacedLayout
from decoders.errors import CodecMemory, CodecTimeout, DecodeError, NoObject, UnknownDevice
from decoders.model import DecodedUplink, TimeSource, Uplink
from ingest.pipeline import NOT_DECODED, Policy, check
from storage.model import Arrival, StoredObservation, UplinkRecord
from storage.redecoding import Device, Key, StoredUplink, Value

KEPT = (UnknownDevice, CodecTimeout, CodecMemory, NoObject)
"""What tells of our means, not of the payload: an uplink so refused stays as it was"""


@dataclass(frozen=True, slots=True)
class Then:
    """What an uplink gave when it was stored."""

    gave: Mapping[Key, Value]
    is_known: bool = True
    """False when that codec is no more: then it may have given more, or something else"""


@dataclass(frozen=True, slots=True)
class Now:
    """What an uplink gives by the codec of now."""

    decoded: DecodedUplink
    record: UplinkRecord | None
    """None when it is refused"""
    gives: Mapping[Key, Value]

    @property
    def refusal(self) -> DecodeError | None:
        """Why it cannot be read."""
        return None if self.record else self.decoded.error

    @property
    def is_kept(self) -> bool:
        """Whether it stays as it was, since what hinders us says nothing of its payload."""
        return isinstance(self.refusal, KEPT)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is stored with the uplink."""
        if self.record:
            return self.record.warnings
        return tuple(f"{each.reason}: {each.detail}" for each in (self.refusal,) if each)


class Reader:
    """Reads stored uplinks.

    Args:
        policy: the codecs of now, and how devices are bound to them.
        model: read by this one, whatever a device is bound to; empty: by the one it is bound to.

    Raises:
        UnknownDevice: no codec has the name `model`.
    """

    def __init__(self, policy: Policy, model: str = "") -> None:
        self._policy = policy
        self._now = replace(policy, codecs=Chosen(policy.codecs.codec(model))) if model else policy
        self._past: dict[str, Policy | None] = {}

    def bound(self, device: Device) -> str:
        """Give the model that a device's uplinks are read by now; empty when there is none."""
        try:
            return self._now.codecs.bind(_of(device), self._now.bindings).model
        except UnknownDevice:
            return ""

    def read(self, stored: StoredUplink) -> tuple[Then, Now]:
        """Give what an uplink gave, and what it gives."""
        now = _read(stored, self._now)
        same = (stored.codec, stored.codec_version) == (
            now.decoded.codec,
            now.decoded.codec_version,
        )
        if same and not now.is_kept and not self._is_spaced(stored.codec):
            return Then(now.gives), now
        return self.then(stored), now

    def then(self, stored: StoredUplink) -> Then:
        """Give what an uplink gave when it was stored, as far as that can be known."""
        if not stored.codec:
            return Then({})
        policy = self._policy_of(stored.codec)
        if policy is None:
            return Then({}, is_known=False)
        past = _read(stored, policy)
        is_known = past.decoded.codec_version == stored.codec_version and not past.is_kept
        return Then(past.gives, is_known=is_known and not self._is_spaced(stored.codec))

    def _policy_of(self, model: str) -> Policy | None:
        if model not in self._past:
            try:
                chosen = Chosen(self._policy.codecs.codec(model))
            except UnknownDevice:
                self._past[model] = None
            else:
                self._past[model] = replace(self._policy, codecs=chosen)
        return self._past[model]

    def _is_spaced(self, model: str) -> bool:
        """Say whether what a codec gives rests on a tag, of which we only know what it is now."""
        policy = self._policy_of(model) if model else None
        codec = policy.codecs.codec(model) if policy else None
        return isinstance(codec, Native) and isinstance(codec.layout, SpacedLayout)


def _read(stored: StoredUplink, policy: Policy) -> Now:
    """Read an uplink as the pipeline does."""
    uplink = replace(stored.uplink, encrypted=NOT_DECODED in stored.warnings)
    decoded = policy.codecs.decode(uplink, policy.bindings)
    record = check(decoded, Arrival("", b"", stored.received_at), policy)
    if not isinstance(record, UplinkRecord):
        return Now(decoded, None, {})
    return Now(decoded, record, _values(record.observations))


def _values(observations: Iterable[StoredObservation]) -> dict[Key, Value]:
    """Give observations by their keys; of two of one key the first is kept, as when stored."""
    found: dict[Key, Value] = {}
    for seen in observations:
        key = Key(seen.channel, seen.observed_property, seen.phenomenon_time)
        found.setdefault(key, (seen.result, seen.quality))
    return found


def _of(device: Device) -> Uplink:
    """Give an uplink of a device that says nothing, to be bound to a codec."""
    return Uplink(
        source="",
        deduplication_id="",
        dev_eui=device.dev_eui,
        device_name=device.name,
        device_profile=device.profile,
        application=device.application,
        tags=device.tags,
        dev_addr="",
        f_port=0,
        f_cnt=0,
        confirmed=False,
        payload=b"",
        result_time=device.last,
        time_source=TimeSource.SERVER,
    )
