"""Fixed structs: the port, and sometimes a few marks in the frame, say which one it is."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum

from decoders.block import Part, Said, Series, Sheet
from decoders.clock import UNTIMED
from decoders.codec import by_moment, is_stored, unsayable
from decoders.errors import BadLength, BadValue, DecodeError, Truncated
from decoders.model import Observation, Reading


class Tail(Enum):
    """What bytes behind the known ones mean."""

    REFUSED = "refused"
    """The length is part of the format: another one is another frame"""
    WARNED = "warned"
    """Perhaps a newer firmware: the known bytes are read, and the rest is said to be there"""
    UNUSED = "unused"
    """The layout says that the rest means nothing"""
    RECORDS = "records"
    """Further records to the end: each is of the first such frame of the port that fits it"""
    SAMPLES = "samples"
    """The last part again and again, to the end: nobody states the times of several samples"""


@dataclass(frozen=True, slots=True)
class Mark:
    """Bits that tell a frame from the others of its port."""

    at: int
    """Byte offset; below zero from the frame's end"""
    codes: tuple[int, ...]
    """What may stand there; the first is what is written"""
    mask: int = 0xFF

    def fits(self, payload: bytes) -> bool:
        """Say whether the bits stand there."""
        return payload[self.at] & self.mask in self.codes

    def stamp(self, frame: bytearray) -> None:
        """Write the bits."""
        frame[self.at] = frame[self.at] & ~self.mask | self.codes[0]


@dataclass(frozen=True, slots=True)
class Frame:
    """One struct."""

    f_port: int
    parts: tuple[Part, ...] = ()
    """One after the other from byte 0; none: the frame carries no measurement"""
    marks: tuple[Mark, ...] = ()
    tail: Tail = Tail.REFUSED
    spoken: bool = True
    """False for a frame that `encode` never chooses, such as a start-up message"""
    padding: bytes = b""
    """What is written behind the known bytes"""

    @property
    def size(self) -> int:
        """Length of the known bytes."""
        return sum(part.size for part in self.parts)

    @property
    def series(self) -> frozenset[Series]:
        """Everything the frame can say."""
        return frozenset(series for part in self.parts for series in part.series)

    @property
    def required(self) -> frozenset[Series]:
        """What the frame cannot be without."""
        return frozenset[Series]().union(*(part.required for part in self.parts))

    def begins(self, payload: bytes) -> bool:
        """Say whether the marks that the payload is long enough for are there."""
        return all(mark.fits(payload) for mark in self.marks if 0 <= mark.at < len(payload))

    def fits(self, payload: bytes) -> bool:
        """Say whether the payload is such a frame."""
        size, length = self.size, len(payload)
        if length < size or (length > size and self.tail is Tail.REFUSED):
            return False
        return all(mark.at < length and mark.fits(payload) for mark in self.marks)

    def suits(self, said: Said) -> bool:
        """Say whether the frame can say this, and needs no more."""
        return self.required <= said.keys() <= self.series

    def read(self, payload: bytes, sheet: Sheet) -> DecodeError | None:
        """Put what the frame says onto the sheet; give an error when its last sample is cut."""
        at = 0
        for part in self.parts:
            part.read(payload[at : at + part.size], sheet)
            at += part.size
        if self.tail is Tail.SAMPLES and len(payload) > at:
            return self._read_samples(payload, sheet)
        if self.tail is Tail.WARNED and len(payload) > at:
            sheet.warnings.append(f"{len(payload) - at} bytes behind the known {at} are unread")
        return None

    def _read_samples(self, payload: bytes, sheet: Sheet) -> DecodeError | None:
        """Give all samples without a time: which of them is the newest is not stated."""
        sample = self.parts[-1]
        for series in sample.series:
            sheet.live.pop(series, None)
        first = self.size - sample.size
        left = (len(payload) - first) % sample.size
        for at in range(first, len(payload) - left, sample.size):
            apart = Sheet(sheet.received_at)
            sample.read(payload[at : at + sample.size], apart)
            sheet.stored.extend(replace(seen, qualifier=UNTIMED) for seen in apart.live.values())
        sheet.warnings.append("several samples without a time")
        return Truncated(f"{left} bytes are left of a sample of {sample.size}") if left else None

    def write(self, said: Said, moment: datetime | None) -> bytes:
        """Give the bytes of the frame, or of one record."""
        run = b"".join(part.write(said, moment) for part in self.parts)
        frame = bytearray(run + self.padding)
        for mark in self.marks:
            mark.stamp(frame)
        return bytes(frame)


@dataclass(frozen=True, slots=True)
class FixedLayout:
    """Frames by port; the first that fits is the one."""

    f_port: int
    frames: tuple[Frame, ...]
    ports: frozenset[int] = field(init=False, repr=False, compare=False)
    _frames: dict[int, tuple[Frame, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Index the frames by their port."""
        ports = frozenset(frame.f_port for frame in self.frames)
        object.__setattr__(self, "ports", ports)
        by_port = {port: tuple(f for f in self.frames if f.f_port == port) for port in ports}
        object.__setattr__(self, "_frames", by_port)

    @property
    def series(self) -> tuple[Series, ...]:
        """Everything the frames can say."""
        return tuple(s for frame in self.frames for part in frame.parts for s in part.series)

    def decode(self, payload: bytes, f_port: int, received_at: datetime | None) -> Reading:
        """Read the first frame that fits."""
        sheet = Sheet(received_at)
        frames = self._frames[f_port]
        for frame in frames:
            if frame.fits(payload):
                if frame.tail is Tail.RECORDS:
                    return sheet.reading(_read_records(payload, frames, sheet))
                return sheet.reading(frame.read(payload, sheet))
        return sheet.reading(_refusal(payload, frames))

    def encode(self, observations: Sequence[Observation]) -> tuple[int, bytes]:
        """Choose the first frame that says exactly this: a reading of now, or stored records."""
        stored = [seen for seen in observations if is_stored(seen)]
        if len(stored) not in {0, len(observations)}:
            raise unsayable(observations)
        moments = by_moment(observations)
        frames = {moment: self._choose(said, bool(stored)) for moment, said in moments.items()}
        run = b"".join(frame.write(moments[moment], moment) for moment, frame in frames.items())
        return next(iter(frames.values())).f_port, run

    def _choose(self, said: Said, stored: bool) -> Frame:  # noqa: FBT001
        for frame in self.frames:
            if frame.spoken and (frame.tail is Tail.RECORDS) is stored and frame.suits(said):
                return frame
        raise unsayable(said.values())


def _read_records(payload: bytes, frames: tuple[Frame, ...], sheet: Sheet) -> DecodeError | None:
    """Put record after record onto the sheet; give an error when one is cut or unknown."""
    kinds = [frame for frame in frames if frame.tail is Tail.RECORDS]
    while payload:
        frame = next((kind for kind in kinds if kind.fits(payload)), None)
        if frame is None:
            return _refusal(payload, tuple(kinds))
        frame.read(payload[: frame.size], sheet)
        payload = payload[frame.size :]
    return None


def _refusal(payload: bytes, frames: tuple[Frame, ...]) -> DecodeError:
    """Say why no frame fits."""
    length = len(payload)
    sizes = sorted({frame.size for frame in frames if frame.begins(payload)})
    if not sizes:
        return BadValue(f"{payload[:4].hex()} is not how a frame of this port begins")
    if length < sizes[0]:
        return Truncated(f"{length} bytes of a frame of {sizes[0]}")
    if length not in sizes:
        return BadLength(f"{length} bytes where a frame has {' or '.join(map(str, sizes))}")
    return BadValue(f"{payload.hex()} has not the marks of a frame of its length")
