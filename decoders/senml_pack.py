"""SenML packs in JSON (RFC 8428): records that share a base, resolved one by one.

[{"bn": "...", "bt": 1.7e9, "u": "Cel", "v": 21.5, "n": "temperature"}, ...]

bn bt bu bv     base name, time, unit and value: they hold for their record and those behind it
n u t           name, unit, time: the name and the time are added to the base, the unit replaces
v vb            a number, or a boolean
vs vd s         a text, bytes or an integral over time: nothing that we store
bver            10, or 26 for a pack with secondary units (RFC 9100, RFC 8798)
bs ut           base of the integral, time to the next update: not read
..._            any label that ends so must be understood: such a pack is refused
"""

import re
from collections.abc import Iterator, Sequence
from math import isfinite

import msgspec

from decoders.errors import BadValue, UnsupportedVersion

SECONDARY_UNITS = 26
"""The version of a pack that may use secondary units"""
_VERSIONS = frozenset({10, SECONDARY_UNITS})
_NAME = re.compile(r"[A-Za-z0-9][-A-Za-z0-9:./_]*")


class Record(msgspec.Struct, frozen=True, omit_defaults=True):
    """One record as it stands in the pack."""

    version: int | None = msgspec.field(default=None, name="bver")
    base_name: str | None = msgspec.field(default=None, name="bn")
    base_time: float | None = msgspec.field(default=None, name="bt")
    base_unit: str | None = msgspec.field(default=None, name="bu")
    base_value: float | None = msgspec.field(default=None, name="bv")
    name: str | None = msgspec.field(default=None, name="n")
    unit: str | None = msgspec.field(default=None, name="u")
    time: float | None = msgspec.field(default=None, name="t")
    number: float | None = msgspec.field(default=None, name="v")
    boolean: bool | None = msgspec.field(default=None, name="vb")
    text: str | None = msgspec.field(default=None, name="vs")
    data: str | None = msgspec.field(default=None, name="vd")
    integral: float | None = msgspec.field(default=None, name="s")

    @property
    def values(self) -> int:
        """How many value fields it has."""
        numbers = (self.number is not None) + (self.boolean is not None)
        return numbers + (self.text is not None) + (self.data is not None)

    @property
    def is_base(self) -> bool:
        """Whether it says nothing of its own: only what holds for those behind it."""
        own = (self.name, self.unit, self.time, self.integral)
        return own == _NOTHING and not self.values


_NOTHING = (None, None, None, None)


class Resolved(msgspec.Struct, frozen=True, gc=False):
    """A record with its base applied."""

    name: str
    unit: str
    """Empty when neither the record nor its base has one"""
    time: float
    """Seconds: below 2**28 from now, else since 1970"""
    value: float | bool | None
    """None when it is a text, bytes or an integral"""


_RECORDS = msgspec.json.Decoder(list[Record])
_LABELS = msgspec.json.Decoder(list[dict[str, msgspec.Raw]])


def parse(payload: bytes) -> tuple[Record, ...]:
    """Read a pack.

    Raises:
        BadValue: it is not JSON, not a pack, or has a label that must be understood.
        UnsupportedVersion: it is of a version that we do not know.
    """
    try:
        text = payload.decode()
        records, unknown = _RECORDS.decode(text), _demanded(text)
    except ValueError as error:
        raise BadValue(f"not a SenML pack: {error}") from error
    if not records:
        raise BadValue("a pack without a record")
    if unknown:
        raise BadValue(f"{', '.join(sorted(unknown))} must be understood, and is not")
    for record in records:
        if record.version is not None and record.version not in _VERSIONS:
            known = " or ".join(map(str, sorted(_VERSIONS)))
            raise UnsupportedVersion(f"version {record.version} is not {known}")
    return tuple(records)


def _demanded(text: str) -> set[str]:
    """Give the labels of a pack that must be understood; only they, or an escape, write `_"`."""
    if '_"' not in text and "\\" not in text:
        return set()
    return {label for record in _LABELS.decode(text) for label in record if label[-1:] == "_"}


def resolve(records: Sequence[Record]) -> Iterator[Resolved]:
    """Give the records that say something, with their base applied.

    Raises:
        BadValue: a record has no name, two values or none, or a number beyond all bounds.
    """
    base_name, base_unit, base_time, base_value = "", "", 0.0, 0.0
    for record in records:
        base_name = base_name if record.base_name is None else record.base_name
        base_unit = base_unit if record.base_unit is None else record.base_unit
        base_time = base_time if record.base_time is None else record.base_time
        base_value = base_value if record.base_value is None else record.base_value
        if record.is_base:
            continue
        name = base_name + (record.name or "")
        _check(name, record)
        value: float | bool | None = record.boolean
        if record.number is not None:
            value = base_value + record.number
        time = base_time + (record.time or 0.0)
        if not (isfinite(time) and isfinite(value or 0)):
            raise BadValue(f"{name} is beyond all bounds")
        yield Resolved(name, base_unit if record.unit is None else record.unit, time, value)


def _check(name: str, record: Record) -> None:
    """Refuse a record without a name, or without its one value."""
    if not _NAME.fullmatch(name):
        raise BadValue(f"{name!r} is not a name")
    values = record.values
    if values != 1 and not (values == 0 and record.integral is not None):
        raise BadValue(f"{name} has {values} values, where one is due")
