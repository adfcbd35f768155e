"""The network server's side of one device: what it publishes of each transmission that it hears.

    up         every data frame, unless its counter is checked and was there before
    join       a device has joined
    status     now and then it asks a device for its battery and its margin
    txack      now and then it sends a confirmed downlink, and a gateway says that it went out
    ack        the device's next uplink says whether the downlink arrived
    location   now and then it has worked out where a device is; of none in a dwelling
    log        a counter began anew (UPLINK_F_CNT_RESET), a join's nonce was used before (OTAA)

Further logs are faults, see `simulators.faults`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from decoders.chirpstack_detail import key as content_key
from decoders.model import NetworkEvent, TimeSource, Uplink
from simulators.device import Frame, Join
from simulators.dice import Dice
from simulators.fleet import Member
from simulators.message import Meaning
from simulators.on_air import OnAir
from simulators.radio import Heard, moment
from simulators.ready import Ready
from simulators.server_log import SOURCE, Detail, log_event

_COLLECTING = 0.2
"""seconds that the network server waits for further gateways' copies"""
_RX1 = 1.0
"""seconds from an uplink to the downlink that answers it"""
_DEAF = 0.1
"""How often a device does not hear a downlink"""


@dataclass(frozen=True, slots=True)
class Asking:
    """How often the network server does what is no uplink; None: never."""

    status: timedelta | None = None
    """It asks a device for battery and margin"""
    stats: timedelta | None = None
    """A gateway tells its statistics"""
    downlink: timedelta | None = None
    """It sends a device a confirmed downlink"""
    location: timedelta | None = None
    """It tells where a device is"""


class _Turn:
    """Something whose turn comes again and again, with the first frame after it is due."""

    def __init__(self, every: timedelta | None, begin: float, dice: Dice, place: int) -> None:
        self._pause = every.total_seconds() if every else 0.0
        self._next = begin + dice.uniform(place, 0.0, self._pause)

    def comes(self, time: float) -> bool:
        """Say whether it is its turn, and if so set the next."""
        if not self._pause or time < self._next:
            return False
        self._next += self._pause
        return True


@dataclass(frozen=True, slots=True)
class _Queued:
    """A downlink that waits for its acknowledgement."""

    item: str
    f_cnt: int
    heard: bool


class NetworkServer:
    """What a network server knows of one device.

    Args:
        member: the device.
        asking: how often it does what.
        begin: Unix time at which it starts.
    """

    def __init__(self, member: Member, asking: Asking, begin: float) -> None:
        self._member = member
        dice = member.dice
        self._status = _Turn(asking.status, begin, dice, 6)
        self._downlink = _Turn(asking.downlink, begin, dice, 7)
        roams = member.identity.application != "housing"
        self._location = _Turn(asking.location if roams else None, begin, dice, 8)
        self._session = ""
        self._highest = -1
        self._downlinks = 0
        self._queued: _Queued | None = None

    def hear(self, sent: OnAir) -> Iterator[Ready]:
        """Give what is published of a transmission."""
        air = _Air(self._member, sent.heard, sent.spoken.number)
        spoken = sent.spoken
        if isinstance(spoken, Join):
            self._queued = None
            yield air.join(spoken) if spoken.accepted else air.refused_join(spoken)
        elif self._is_old(spoken):
            yield air.counter_reset(spoken)
        else:
            yield air.uplink(spoken)
            yield from self._beside(air, spoken)

    def _is_old(self, frame: Frame) -> bool:
        """Say whether a counter that is checked has not gone up."""
        if frame.dev_addr != self._session:
            self._session, self._highest = frame.dev_addr, -1
        if self._member.counted and frame.f_cnt <= self._highest:
            return True
        self._highest = max(self._highest, frame.f_cnt)
        return False

    def _beside(self, air: "_Air", frame: Frame) -> Iterator[Ready]:
        if self._status.comes(frame.time):
            yield air.status(frame)
        if self._location.comes(frame.time):
            yield air.location(frame)
        if self._queued is not None:
            yield air.ack(frame, self._queued)
            self._queued = None
        if self._downlink.comes(frame.time):
            self._downlinks += 1
            dice = self._member.dice.child("downlink")
            item = str(UUID(bytes=dice.digest(self._downlinks), version=4))
            heard = not dice.chance(self._downlinks, _DEAF)
            self._queued = _Queued(item, self._downlinks, heard)
            yield air.txack(frame, self._queued)


@dataclass(frozen=True, slots=True)
class _Air:
    """One transmission as the network server has it."""

    member: Member
    heard: Heard
    number: int

    @property
    def frame_id(self) -> str:
        """The frame's deduplication id."""
        return str(UUID(bytes=self.member.dice.child("frame").digest(self.number), version=4))

    def uplink(self, frame: Frame) -> Ready:
        """Give the uplink, dated as ChirpStack does: by a gateway's clock, else by its own."""
        who, heard = self.member.identity, self.heard
        gnss = any(copy.gateway_time for copy in heard.receptions)
        event = Uplink(
            source=SOURCE,
            deduplication_id=self.frame_id,
            dev_eui=who.dev_eui,
            device_name=who.name,
            device_profile=who.title,
            application=who.application_id,
            tags=who.tags,
            dev_addr=frame.dev_addr,
            f_port=frame.f_port,
            f_cnt=frame.f_cnt,
            confirmed=frame.confirmed,
            payload=frame.payload,
            result_time=moment(frame.time) if gnss else heard.received,
            time_source=TimeSource.GATEWAY if gnss else TimeSource.SERVER,
            receptions=heard.receptions,
        )
        meaning = Meaning(("up", self.frame_id), who.dev_eui, event.result_time, frame.observations)
        return self._ready(event, meaning, frame.time)

    def join(self, join: Join) -> Ready:
        """Give the join."""
        return self._other("join", join.time, {"dev_addr": join.dev_addr})

    def refused_join(self, join: Join) -> Ready:
        """Give the log about a join whose nonce was used before: no join comes of it."""
        nonce = self.member.dice.child("nonce").below(self.number, 1 << 16)
        told = {"join_eui": "02b0ffff00000000", "dev_nonce": str(nonce)}
        return self._log(join.time, "ERROR", "OTAA", "DevNonce has already been used", told)

    def counter_reset(self, frame: Frame) -> Ready:
        """Give the log about a frame whose counter began anew: no uplink comes of it."""
        description = "Frame-counter reset or rollover detected"
        told = {"f_cnt_up": str(frame.f_cnt)}
        return self._log(frame.time, "WARNING", "UPLINK_F_CNT_RESET", description, told)

    def status(self, frame: Frame) -> Ready:
        """Give the device's answer about battery and margin, which came with a frame."""
        best = self.heard.receptions[0].snr or 0.0
        level = self.member.dice.child("battery").uniform(0, 30.0, 100.0)
        detail: Detail = {
            "margin": max(-32, min(31, round(best))),
            "battery_level": round(level, 1),
            "external_power_source": False,
        }
        return self._other("status", frame.time, detail)

    def location(self, frame: Frame) -> Ready:
        """Give where the device is, to some metres."""
        place, dice = self.member.identity.position, self.member.dice.child("fix")
        detail: Detail = {
            "latitude": round(place.latitude + dice.uniform(2 * self.number, -1e-4, 1e-4), 6),
            "longitude": round(place.longitude + dice.uniform(2 * self.number + 1, -1e-4, 1e-4), 6),
            "accuracy": 24.0,
            "source": "GEO_RESOLVER_GNSS",
        }
        return self._other("location", frame.time, detail)

    def ack(self, frame: Frame, queued: _Queued) -> Ready:
        """Give what the device said of a downlink; a refusal carries no frame's id."""
        detail: Detail = {
            "acknowledged": queued.heard,
            "f_cnt_down": queued.f_cnt if queued.heard else 0,
            "queue_item_id": queued.item,
        }
        return self._other("ack", frame.time, detail, own=queued.heard)

    def txack(self, frame: Frame, queued: _Queued) -> Ready:
        """Give that the best gateway has sent a downlink."""
        detail: Detail = {
            "downlink_id": self.member.dice.child("downlink id").below(queued.f_cnt, 1 << 32),
            "f_cnt_down": queued.f_cnt,
            "gateway_id": self.heard.receptions[0].gateway_id,
            "queue_item_id": queued.item,
        }
        return self._other("txack", frame.time, detail, own=False, after=_RX1)

    def _log(
        self, time: float, level: str, code: str, description: str, told: dict[str, str]
    ) -> Ready:
        event = log_event(
            self.member.identity.dev_eui,
            self.member.identity.application_id,
            self.heard.received,
            (level, code, description),
            {"deduplication_id": self.frame_id, **told},
        )
        return self._ready(event, Meaning(("log", event.deduplication_key), event.subject), time)

    def _other(
        self, kind: str, time: float, detail: Detail, *, own: bool = True, after: float = 0.0
    ) -> Ready:
        """Give another event, with the frame's id if it has one of its own."""
        who, when = self.member.identity, self.heard.received + timedelta(seconds=after)
        given = self.frame_id if own else ""
        event = NetworkEvent(
            source=SOURCE,
            event_type=kind,
            deduplication_key=content_key(kind, who.dev_eui, when, given=given, detail=detail),
            subject=who.dev_eui,
            application=who.application_id,
            time=when,
            detail=detail,
        )
        meaning = Meaning((kind, event.deduplication_key), event.subject)
        return self._ready(event, meaning, time + after)

    def _ready(self, event: Uplink | NetworkEvent, meaning: Meaning, time: float) -> Ready:
        who, heard = self.member.identity, self.heard
        return Ready(
            event,
            who.envelope(heard.spreading_factor, heard.frequency),
            who.marshaler,
            self.number,
            max(time, heard.received.timestamp()) + _COLLECTING,
            meaning,
            who.server,
        )
