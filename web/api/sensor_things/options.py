"""The options of a query: what is asked of a set of entities, or of one.

An option that is unknown, repeated, or has no meaning where it stands is refused: an option that is
passed over in silence would give an answer to another question.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from storage.entities import ENTITIES, OBSERVATIONS, Entity, Link
from storage.expressions import Expression
from storage.sensor_things import Order, own
from web.api.sensor_things.filters import find, parse
from web.api.sensor_things.syntax import not_offered, split, wrong

DEFAULT_TOP = 100
MOST_TOP = 1000
MOST_EXPANDS = 5
"""How deep related entities are put into an answer."""
MOST_SKIP = 10**9

SELECTING = frozenset({"$select", "$expand"})
"""Options of one entity."""
COUNTING = frozenset({"$filter"})
"""Options of the number of entities."""
LISTING = frozenset({"$filter", "$orderby", "$top", "$skip", "$count", "$skiptoken"})
"""Options of a list of references."""
EVERYTHING = SELECTING | LISTING | {"$resultFormat"}
"""Options of a set of entities."""
_NESTED = (SELECTING | LISTING) - {"$skiptoken"}
_KNOWN_ELSEWHERE = frozenset({"$search", "$apply", "$format", "$compute", "$levels", "$metadata"})

Pairs = Iterable[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Options:
    """What is asked."""

    entity: Entity
    filter: Expression | None = None
    order: tuple[Order, ...] = ()
    top: int | None = None
    skip: int = 0
    count: bool = False
    select: frozenset[str] | None = None
    """Names of properties and relations; None: all"""
    expand: "tuple[Expand, ...]" = ()
    data_array: bool = False
    token: str | None = None
    """Where to go on"""
    written: tuple[tuple[str, str], ...] = field(default=(), compare=False)
    """As they were written"""

    @property
    def page(self) -> int:
        """How many entities an answer has at most."""
        return min(DEFAULT_TOP if self.top is None else self.top, MOST_TOP)


@dataclass(frozen=True, slots=True)
class Expand:
    """A relation whose entities are put into the answer."""

    link: Link
    options: Options


def read(entity: Entity, pairs: Pairs, allowed: frozenset[str]) -> Options:
    """Read options.

    Args:
        entity: what they are about.
        pairs: their names and texts.
        allowed: those that have a meaning here.
    """
    return _read(entity, tuple(pairs), allowed, 0)


def _read(
    entity: Entity, pairs: tuple[tuple[str, str], ...], allowed: frozenset[str], depth: int
) -> Options:
    told = _told(pairs, allowed)
    return Options(
        entity=entity,
        filter=parse(entity, told["$filter"]) if "$filter" in told else None,
        order=_order(entity, told.get("$orderby")),
        top=_number("$top", told.get("$top")),
        skip=_number("$skip", told.get("$skip")) or 0,
        count=_truth(told.get("$count", "false")),
        select=_select(entity, told.get("$select")),
        expand=_expand(entity, told.get("$expand"), depth),
        data_array=_data_array(entity, told),
        token=told.get("$skiptoken"),
        written=pairs,
    )


def _told(pairs: Sequence[tuple[str, str]], allowed: frozenset[str]) -> dict[str, str]:
    told: dict[str, str] = {}
    for name, text in pairs:
        if name in _KNOWN_ELSEWHERE:
            raise not_offered(f"The option {name} is not offered.")
        if name not in EVERYTHING:
            raise wrong(f"There is no option {name!r}.")
        if name not in allowed:
            raise wrong(f"The option {name} has no meaning here.")
        if name in told:
            raise wrong(f"The option {name} is given twice.")
        told[name] = text
    return told


def _number(name: str, text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdigit()) or len(text) > 10 or int(text) > MOST_SKIP:
        raise wrong(f"{name} takes a whole number from 0 to {MOST_SKIP}, not {text[:40]!r}.")
    return int(text)


def _truth(text: str) -> bool:
    if text not in ("true", "false"):
        raise wrong(f"$count takes true or false, not {text[:40]!r}.")
    return text == "true"


def _order(entity: Entity, text: str | None) -> tuple[Order, ...]:
    if text is None:
        return ()
    orders = [order for entry in split(text, ",") for order in _ordered_by(entity, entry.split())]
    if len(orders) > MOST_EXPANDS:
        raise wrong(f"A list is ordered by at most {MOST_EXPANDS} properties.")
    return tuple(orders)


def _ordered_by(entity: Entity, entry: list[str]) -> list[Order]:
    """Read `name`, `name asc` or `name desc`; clients write the direction in either case."""
    direction = [word.lower() for word in entry[1:]]
    if not entry or direction not in ([], ["asc"], ["desc"]):
        raise wrong("$orderby takes properties, each with asc or desc behind it.")
    path, target = find(entity, entry[0]), entity
    for name in path.links:
        if target.links[name].many:
            raise wrong(f"{entry[0]} leads to many entities: a list cannot be ordered by it.")
        target = ENTITIES[target.links[name].entity]
    descending = direction == ["desc"]
    if path.attribute is entity.attributes["id"] and not path.links:
        return [Order(own(key), descending) for key in entity.keys]
    return [Order(path, descending)]


def _select(entity: Entity, text: str | None) -> frozenset[str] | None:
    if text is None:
        return None
    names = {name.strip() for name in text.split(",")}
    for name in names:
        if entity.attribute(name) is None and name not in entity.links:
            raise wrong(f"{name[:40]!r} is not a property of {entity.name}.")
    return frozenset("id" if name == "@iot.id" else name for name in names)


def _data_array(entity: Entity, told: dict[str, str]) -> bool:
    wanted = told.get("$resultFormat")
    if wanted is None:
        return False
    if wanted != "dataArray":
        raise not_offered(f"The result format {wanted[:40]!r} is not offered.")
    if entity.name != OBSERVATIONS or "$expand" in told:
        raise wrong("dataArray is a format of Observations, without $expand.")
    return True


def _expand(entity: Entity, text: str | None, depth: int) -> tuple[Expand, ...]:
    if text is None:
        return ()
    if depth >= MOST_EXPANDS:
        raise wrong(f"$expand is nested at most {MOST_EXPANDS} deep.")
    inner: dict[str, list[tuple[str, str]]] = {}
    for entry in split(text, ","):
        name, pairs = _expanded(entry.strip())
        if name not in entity.links:
            raise wrong(f"{name[:40]!r} is not a relation of {entity.name}.")
        inner[name] = _merged(name, inner[name], pairs) if name in inner else pairs
    return tuple(
        Expand(
            entity.links[name],
            _read(ENTITIES[entity.links[name].entity], tuple(pairs), _NESTED, depth + 1),
        )
        for name, pairs in inner.items()
    )


def _expanded(entry: str) -> tuple[str, list[tuple[str, str]]]:
    """Cut `Datastreams/Observations($top=1;$count=true)` into its first relation and the rest."""
    head, slash, rest = entry.partition("/")
    if slash and "(" not in head:
        return head, [("$expand", rest)]
    name, opened, inside = entry.partition("(")
    if not opened:
        return name, []
    if not inside.endswith(")"):
        raise wrong(f"$expand is not understood at {entry[:40]!r}.")
    pairs = []
    for option in split(inside[:-1], ";"):
        key, equals, value = option.strip().partition("=")
        if not equals:
            raise wrong(f"{option[:40]!r} is not an option with a value.")
        pairs.append((key, value))
    return name, pairs


def _merged(
    name: str, first: list[tuple[str, str]], second: list[tuple[str, str]]
) -> list[tuple[str, str]]:
    """Join two paths that begin alike: `Datastreams/Sensor,Datastreams/ObservedProperty`."""
    if any(key != "$expand" for key, _ in (*first, *second)):
        raise wrong(f"{name} is expanded twice.")
    return [("$expand", ",".join(text for _, text in (*first, *second)))] if first or second else []
