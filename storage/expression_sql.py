"""From a filter's tree to SQL: every value a parameter, every name from our own catalogue.

A condition on related entities that are many ("a Thing any of whose Datastreams ...") becomes
`exists`, with an `offset 0` that keeps the server from joining all of them first. A property of a
related entity that is one becomes a scalar subquery.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from psycopg import sql

from storage.entities import ENTITIES, Entity, Link
from storage.expressions import (
    Arithmetic,
    Attribute,
    Call,
    Comparison,
    Expression,
    Logic,
    Negation,
    Path,
    Scalar,
    Type,
    Value,
    paths,
)
from storage.queries import SQL

FUNCTIONS: Mapping[str, sql.SQL] = MappingProxyType(
    {
        "substringof": sql.SQL("(strpos({1}, {0}) > 0)"),
        "startswith": sql.SQL("starts_with({0}, {1})"),
        "endswith": sql.SQL("(right({0}, length({1})) = {1})"),
        "length": sql.SQL("length({0})::float8"),
        "indexof": sql.SQL("(strpos({0}, {1}) - 1)::float8"),
        "substring": sql.SQL("substring({0} from {1}::int + 1)"),
        "substring_of_length": sql.SQL("substring({0} from {1}::int + 1 for {2}::int)"),
        "tolower": sql.SQL("lower({0})"),
        "toupper": sql.SQL("upper({0})"),
        "trim": sql.SQL("btrim({0})"),
        "concat": sql.SQL("({0} || {1})"),
        "year": sql.SQL("extract(year from {0})::float8"),
        "month": sql.SQL("extract(month from {0})::float8"),
        "day": sql.SQL("extract(day from {0})::float8"),
        "hour": sql.SQL("extract(hour from {0})::float8"),
        "minute": sql.SQL("extract(minute from {0})::float8"),
        "second": sql.SQL("floor(extract(second from {0}))::float8"),
        "fractionalseconds": sql.SQL("mod(extract(second from {0}), 1)::float8"),
        "date": sql.SQL("{0}::date"),
        "now": sql.SQL("now()"),
        "round": sql.SQL("round({0}::numeric)::float8"),
        "floor": sql.SQL("floor({0})"),
        "ceiling": sql.SQL("ceiling({0})"),
        "distance": sql.SQL("({0} <-> {1})"),
        "within": sql.SQL("({0} <@ {1})"),
        "same_place": sql.SQL("({0} ~= {1})"),
    }
)
"""Every function with its arguments; times are UTC, as the session is."""

_CASTS = {
    Type.NUMBER: "float8",
    Type.TEXT: "text",
    Type.TIME: "timestamptz",
    Type.DATE: "date",
    Type.DURATION: "interval",
    Type.BOOLEAN: "boolean",
    Type.POINT: "point",
    Type.AREA: "polygon",
}
_ARITHMETIC = {
    "add": sql.SQL("({} + {})"),
    "sub": sql.SQL("({} - {})"),
    "mul": sql.SQL("({} * {})"),
    "div": sql.SQL("({} / nullif({}, 0))"),
    "mod": sql.SQL("mod({}::numeric, nullif({}, 0)::numeric)::float8"),
}
_COMPARISONS = {
    "eq": sql.SQL("({} = {})"),
    "ne": sql.SQL("({} is distinct from {})"),
    "gt": sql.SQL("({} > {})"),
    "ge": sql.SQL("({} >= {})"),
    "lt": sql.SQL("({} < {})"),
    "le": sql.SQL("({} <= {})"),
}
_TRUE, _FALSE = sql.SQL("true"), sql.SQL("false")

Scopes = Mapping[tuple[str, ...], tuple[Entity, str]]
"""Relations that were followed, to the entity and the alias they led to."""


def scope(entity: Entity, alias: str) -> Scopes:
    """Give the scope of a question about one kind of entity."""
    return {(): (entity, alias)}


@dataclass(slots=True)
class Compiler:
    """Makes SQL, and gathers the parameters."""

    parameters: dict[str, object] = field(default_factory=dict)
    _given: dict[str, None] = field(default_factory=dict)
    _aliases: int = 0

    def base(self, entity: Entity) -> str:
        """Give the source of all entities of a kind, to stand in parentheses.

        What it takes for given (`with ... as materialized`) is worked out once in a statement,
        however often the source is asked, and stands at its beginning: see `whole`.
        """
        given, marked, source = SQL[entity.base].rpartition("/* given */")
        if marked:
            self._given[given.strip().removeprefix("with ")] = None
        return source

    def whole(self, query: sql.Composable) -> sql.Composed:
        """Give a query with what it takes for given before it."""
        if not self._given:
            return sql.Composed([query])
        return sql.SQL("with {} {}").format(sql.SQL(", ".join(self._given)), query)

    def parameter(self, value: object, cast: str) -> sql.Composable:
        """Give the placeholder of a value."""
        name = f"v{len(self.parameters)}"
        self.parameters[name] = value
        return sql.SQL("{}::{}").format(sql.Placeholder(name), sql.SQL(cast))

    def literal(self, kind: Type, value: Scalar) -> sql.Composable:
        """Give the placeholder of a literal."""
        return self.parameter(value, _CASTS[kind])

    def condition(self, expression: Expression, scopes: Scopes) -> sql.Composable:
        """Give a condition."""
        match expression:
            case Logic(operator=operator, operands=operands):
                made = [self.condition(operand, scopes) for operand in operands]
                joint = sql.SQL(" and " if operator == "and" else " or ").join(made)
                return sql.SQL("({})").format(joint)
            case Negation(operand=operand):
                return sql.SQL("({} is not true)").format(self.condition(operand, scopes))
        many = next((found for path in paths(expression) if (found := _many(path, scopes))), None)
        if many is not None:
            return self._any(expression, scopes, many)
        if isinstance(expression, Comparison):
            return self._compare(expression, scopes)
        return self.scalar(expression, scopes)

    def scalar(self, expression: Expression, scopes: Scopes) -> sql.Composable:
        """Give a value."""
        match expression:
            case Value(type=kind, value=value):
                return self.literal(kind, value)
            case Path():
                return self._path(expression, scopes)
            case Call(function=name, arguments=arguments):
                made = [self.scalar(argument, scopes) for argument in arguments]
                return FUNCTIONS[name].format(*made)
            case Arithmetic(operator=operator, left=left, right=right):
                sides = (self.scalar(left, scopes), self.scalar(right, scopes))
                return _ARITHMETIC[operator].format(*sides)
        return self.condition(expression, scopes)

    def related(self, link: Link, alias: str) -> tuple[sql.Composable, Entity, str]:
        """Give the source of what a relation of the entity under an alias leads to."""
        self._aliases += 1
        target, inner = ENTITIES[link.entity], f"r{self._aliases}"
        source = sql.SQL("({base}) as {inner} where {theirs} = {own}").format(
            base=sql.SQL(self.base(target)),
            inner=sql.Identifier(inner),
            theirs=sql.Identifier(inner, link.theirs),
            own=sql.Identifier(alias, link.own),
        )
        return source, target, inner

    def _any(
        self, expression: Expression, scopes: Scopes, prefix: tuple[str, ...]
    ) -> sql.Composable:
        entity, alias = scopes[prefix[:-1]]
        source, target, inner = self.related(entity.links[prefix[-1]], alias)
        further = {**scopes, prefix: (target, inner)}
        return sql.SQL("exists (select from {} and {} offset 0)").format(
            source, self.condition(expression, further)
        )

    def _path(self, path: Path, scopes: Scopes) -> sql.Composable:
        followed = max(n for n in range(len(path.links) + 1) if path.links[:n] in scopes)
        known = path.links[:followed]
        entity, alias = scopes[known]
        rest = path.links[len(known) :]
        if not rest:
            return self._column(path, alias)
        link = entity.links[rest[0]]
        if len(rest) == 1 and path.attribute.column == link.theirs:
            return sql.Identifier(alias, link.own)
        source, target, inner = self.related(link, alias)
        further = {**scopes, (*known, rest[0]): (target, inner)}
        return sql.SQL("(select {} from {})").format(self._path(path, further), source)

    def _column(self, path: Path, alias: str) -> sql.Composable:
        attribute = path.attribute
        if path.type is Type.POINT and attribute.point:
            return sql.Identifier(alias, attribute.point)
        column = sql.Identifier(alias, attribute.column)
        if attribute.type is not Type.JSON or path.type is Type.POINT:
            return column
        return self._member(column, path)

    def _member(self, column: sql.Composable, path: Path) -> sql.Composable:
        """Read a member of a JSON document as what it is compared with, if it is that."""
        members = self.parameter(list(path.members), "text[]")
        text = sql.SQL("({} #>> {})").format(column, members)
        if path.type in (Type.JSON, Type.TEXT):
            return text
        return sql.SQL("(case when jsonb_typeof({} #> {}) = {} then {}::{} end)").format(
            column,
            members,
            self.parameter(path.type.value, "text"),
            text,
            sql.SQL(_CASTS[path.type]),
        )

    def _compare(self, comparison: Comparison, scopes: Scopes) -> sql.Composable:
        left, right, operator = comparison.left, comparison.right, comparison.operator
        if right.type is Type.NULL:
            return self._null(left, operator, scopes)
        if isinstance(left, Path) and left.type is Type.PERIOD:
            return self._period(left, operator, right, scopes)
        made = [self.scalar(side, scopes) for side in (left, right)]
        if left.type is Type.TEXT:
            made = [sql.SQL('{} collate "C"').format(side) for side in made]
        return _COMPARISONS[operator].format(*made)

    def _null(self, left: Expression, operator: str, scopes: Scopes) -> sql.Composable:
        if operator not in ("eq", "ne"):
            return _FALSE
        if left.type is Type.NULL:
            return _TRUE if operator == "eq" else _FALSE
        test = sql.SQL("({} is null)" if operator == "eq" else "({} is not null)")
        return test.format(self.scalar(left, scopes))

    def _period(
        self, period: Path, operator: str, instant: Expression, scopes: Scopes
    ) -> sql.Composable:
        """Compare as a whole: a period is after an instant when its start is."""
        end = Attribute(period.attribute.name, period.attribute.end, Type.TIME)
        start_made = self._path(period, scopes)
        end_made = self._path(Path(period.links, end, (), Type.TIME), scopes)
        time = self.scalar(instant, scopes)
        if operator in ("gt", "ge"):
            return _COMPARISONS[operator].format(start_made, time)
        if operator in ("lt", "le"):
            return _COMPARISONS[operator].format(end_made, time)
        both = sql.SQL("({} = {} and {} = {})").format(start_made, time, end_made, time)
        return both if operator == "eq" else sql.SQL("({} is not true)").format(both)


def _many(path: Path, scopes: Scopes) -> tuple[str, ...] | None:
    """Give the relations up to the next to be followed, if it or a later one leads to many."""
    followed = max(n for n in range(len(path.links) + 1) if path.links[:n] in scopes)
    entity = scopes[path.links[:followed]][0]
    for name in path.links[followed:]:
        if entity.links[name].many:
            return path.links[: followed + 1]
        entity = ENTITIES[entity.links[name].entity]
    return None
