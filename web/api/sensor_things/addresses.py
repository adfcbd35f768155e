"""Addresses below the service's root: `Things('a')/Datastreams('b')/Observations/$count`.

An identifier may also stand without its quotes, as long as it has no other characters than letters,
digits, `.`, `_` and `-`, as all of ours.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from fastapi import HTTPException

from storage.entities import ENTITIES, Entity, Link
from storage.expressions import Attribute, Type
from web.api.sensor_things.syntax import split

_SEGMENT = re.compile(r"(?P<name>[A-Za-z]+)(?:\((?P<key>'(?:[^']|'')*'|[A-Za-z0-9._-]+)\))?")
MOST_SEGMENTS = 10


class Kind(StrEnum):
    """What an address leads to."""

    SET = "set"
    ONE = "one"
    PROPERTY = "property"
    VALUE = "value"
    REFERENCES = "references"
    COUNT = "count"


@dataclass(frozen=True, slots=True)
class Step:
    """A set of entities, or one of them."""

    entity: Entity
    link: Link | None
    """The relation that leads here; None: the first"""
    key: str | None

    @property
    def is_one(self) -> bool:
        """Whether it is one entity."""
        return self.key is not None or (self.link is not None and not self.link.many)


@dataclass(frozen=True, slots=True)
class Address:
    """Steps from set to set, and what is wanted at the last."""

    steps: tuple[Step, ...]
    kind: Kind
    attribute: Attribute | None = None
    members: tuple[str, ...] = ()
    """Into a property that is a JSON document"""


def parse(path: str) -> Address:
    """Read an address; one that leads nowhere is a 404."""
    segments = path.split("/") if "'" not in path else split(path, "/")
    if len(segments) > MOST_SEGMENTS:
        raise _nowhere(path)
    steps: list[Step] = []
    while segments and (step := _step(segments[0], steps)) is not None:
        steps.append(step)
        segments.pop(0)
    if not steps:
        raise _nowhere(path)
    return _end(path, tuple(steps), segments)


def _step(segment: str, before: list[Step]) -> Step | None:
    found = _SEGMENT.fullmatch(segment)
    if found is None:
        return None
    name, written = found["name"], found["key"]
    key = written[1:-1].replace("''", "'") if written and written[0] == "'" else written
    if not before:
        return Step(ENTITIES[name], None, key) if name in ENTITIES else None
    link = before[-1].entity.links.get(name) if before[-1].is_one else None
    if link is None or (key is not None and not link.many):
        return None
    return Step(ENTITIES[link.entity], link, key)


def _end(path: str, steps: tuple[Step, ...], rest: list[str]) -> Address:
    last = steps[-1]
    match rest:
        case []:
            return Address(steps, Kind.ONE if last.is_one else Kind.SET)
        case ["$ref"]:
            return Address(steps, Kind.REFERENCES)
        case ["$count"] if not last.is_one:
            return Address(steps, Kind.COUNT)
    attribute = last.entity.attribute(rest[0]) if last.is_one else None
    if attribute is None:
        raise _nowhere(path)
    is_value = rest[-1] == "$value"
    members = tuple(rest[1:-1] if is_value else rest[1:])
    if members and attribute.type is not Type.JSON:
        raise _nowhere(path)
    return Address(steps, Kind.VALUE if is_value else Kind.PROPERTY, attribute, members)


def _nowhere(path: str) -> HTTPException:
    return HTTPException(404, f"{path[:200]!r} leads to nothing.")
