"""What the SensorThings API reads: entities, their relations, and pages of them in a fixed order.

A page is continued behind the last entity's values of what it is ordered by, so rows that come or
go meanwhile shift nothing. Readings are asked series by series, each with the page's own limit,
since the index holds them so: the latest reading of a hundred Datastreams costs a hundred look-ups.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, TypeAlias

from psycopg import sql
from psycopg.rows import TupleRow

from storage.connection import Connection, translated
from storage.entities import OBSERVATIONS, Entity
from storage.expression_sql import Compiler, scope
from storage.expressions import Attribute, Expression, Logic, Path, Scalar, Type, paths
from storage.open_catalogue import catalogue
from storage.queries import SQL

Row: TypeAlias = Mapping[str, object]
"""An entity by its columns."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_OBSERVATION = re.compile(r"([0-9]{1,9})-([0-9]{1,17})")
_OWN, _SERIES = "e", "open"
"""The aliases of an entity, and of a reading's series in the statement of readings"""
_BEHIND, _BEFORE = sql.SQL("{} > {}"), sql.SQL("{} < {}")


class Order(NamedTuple):
    """One thing that a list is ordered by; what is missing comes last."""

    path: Path
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """Which entities of one kind."""

    entity: Entity
    filter: Expression | None = None
    order: tuple[Order, ...] = ()
    """Before the identifier, which is always the last"""
    skip: int = 0
    limit: int = 100
    after: tuple[Scalar, ...] | None = None
    """What the last entity of the page before was ordered by, the identifier's parts included"""
    identifier: str | None = None
    columns: tuple[str, ...] = ()
    """What to read of each, besides what it is ordered by"""

    @property
    def whole_order(self) -> tuple[Order, ...]:
        """The order with the identifier at its end."""
        return (*self.order, *(Order(own(key)) for key in self.entity.keys))


@dataclass(frozen=True, slots=True)
class Related:
    """The relation by which entities are asked for: a column that is one of some values."""

    column: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """An entity with what is needed to go on behind it."""

    row: Row
    place: tuple[Scalar, ...]
    """What it is ordered by"""


def page(
    connection: Connection,
    question: Question,
    common: Mapping[str, object],
    related: Related | None = None,
) -> dict[str, list[Found]]:
    """Read entities in their order: a page for each of the related values, or one under "".

    Args:
        connection: to the database.
        question: which entities.
        common: what stands in the properties of every entity, such as the licence.
        related: the relation that they are asked by; absent: all of them.

    Raises:
        DatabaseRefused: an expression that cannot be computed, such as a number out of range.
    """
    asked = _Asked(question, common)
    found: dict[str, list[Found]] = {key: [] for key in (related.values if related else ("",))}
    ordered_by = len(question.whole_order)
    for key, *values in asked.rows(connection, asked.page(related)):
        row = dict(zip(question.columns, values[ordered_by:], strict=True))
        found[key].append(Found(row, tuple(values[:ordered_by])))
    return found


def count(
    connection: Connection,
    question: Question,
    common: Mapping[str, object],
    related: Related | None = None,
) -> dict[str, int]:
    """Count the entities, whatever the page; for each of the related values, or all under ""."""
    asked = _Asked(question, common)
    return dict(asked.rows(connection, asked.count(related)))


class _Asked:
    """One question on its way to SQL."""

    def __init__(self, question: Question, common: Mapping[str, object]) -> None:
        self._question = question
        told = {"common": json.dumps(dict(common)), "catalogue": json.dumps(catalogue())}
        self._compiler = Compiler(parameters=dict(told))
        self._scopes = scope(question.entity, _OWN)

    def rows(self, connection: Connection, query: sql.Composed) -> list[TupleRow]:
        """Run what was made."""
        whole = self._compiler.whole(query)
        with translated(), connection.transaction():
            if self._is_in_the_index():
                connection.execute(SQL["sta_sorting_is_dear"])
            return connection.execute(whole, self._compiler.parameters).fetchall()

    def _is_in_the_index(self) -> bool:
        """Say whether readings are wanted in an order that the index of a series holds them in."""
        wanted = self._question.whole_order
        is_index = all(order.path.attribute.certain for order in wanted)
        return self._question.entity.name == OBSERVATIONS and is_index

    def page(self, related: Related | None) -> sql.Composed:
        """Make the query of a page."""
        question = self._question
        keys = [self._key(order.path) for order in question.whole_order]
        names = [sql.Identifier(f"k{number}") for number in range(len(keys))]
        chosen = [sql.SQL("{} as {}").format(*pair) for pair in zip(keys, names, strict=True)]
        chosen += [
            sql.SQL("{} as {}").format(sql.Identifier(_OWN, column), sql.Identifier(f"c{number}"))
            for number, column in enumerate(question.columns)
        ]
        order = self._ordered(names)
        inner = sql.SQL("select {} from {} order by {} limit {} offset {}").format(
            sql.SQL(", ").join(chosen),
            self._source(related, self._limited(keys, question.skip + question.limit)),
            order,
            self._compiler.parameter(question.limit, "bigint"),
            self._compiler.parameter(question.skip, "bigint"),
        )
        return self._for_each(related, inner, sql.SQL("page.*"), order)

    def count(self, related: Related | None) -> sql.Composed:
        """Make the query of a number."""
        inner = sql.SQL("select count(*) as number from {}").format(
            self._source(related, sql.SQL(""))
        )
        return self._for_each(related, inner, sql.SQL("page.number"), sql.SQL("1"))

    def _for_each(
        self,
        related: Related | None,
        inner: sql.Composed,
        columns: sql.Composable,
        order: sql.Composable,
    ) -> sql.Composed:
        if related is None:
            return sql.SQL("select '', {} from ({}) as page order by {}").format(
                columns, inner, order
            )
        return sql.SQL(
            "select asked.key, {} from unnest({}) as asked (key)"
            " cross join lateral ({}) as page order by {}"
        ).format(columns, self._compiler.parameter(list(related.values), "text[]"), inner, order)

    def _source(self, related: Related | None, narrow: sql.Composable) -> sql.Composed:
        """Give what is selected from, narrowed to the question."""
        entity = self._question.entity
        near, far = self._conditions()
        if related is not None:
            alias = _SERIES if entity.name == OBSERVATIONS else _OWN
            same = sql.SQL("{} = asked.key").format(sql.Identifier(alias, related.column))
            (near if entity.name == OBSERVATIONS else far).append(same)
        if entity.name != OBSERVATIONS:
            return sql.SQL("({}) as {}{}").format(
                sql.SQL(self._compiler.base(entity)), sql.Identifier(_OWN), _where(far)
            )
        before, between, after = _pieces(self._compiler.base(entity))
        joint = sql.SQL("").join([sql.SQL(" and {}").format(condition) for condition in near])
        return sql.SQL("({}{}{}{}{}{}) as {}").format(
            before, _where(far), narrow, between, joint, after, sql.Identifier(_OWN)
        )

    def _conditions(self) -> tuple[list[sql.Composable], list[sql.Composable]]:
        """Give the conditions on series, and those on entities."""
        question, compiler = self._question, self._compiler
        series: list[sql.Composable] = []
        own: list[sql.Composable] = []
        at_series = scope(question.entity, _SERIES)
        for condition in _conjuncts(question.filter):
            about_series = question.entity.name == OBSERVATIONS and _is_about_series(condition)
            made = compiler.condition(condition, at_series if about_series else self._scopes)
            (series if about_series else own).append(made)
        if question.after is not None:
            own.append(self._behind(question.after))
            if not question.order and question.entity.name == OBSERVATIONS:
                series.append(
                    sql.SQL("open.series_id >= {}").format(
                        compiler.parameter(question.after[0], "int")
                    )
                )
        if question.identifier is not None:
            self._identify(question.identifier, series, own)
        return series, own

    def _identify(
        self, identifier: str, series: list[sql.Composable], own: list[sql.Composable]
    ) -> None:
        compiler = self._compiler
        if self._question.entity.name != OBSERVATIONS:
            own.append(sql.SQL("e.id = {}").format(compiler.parameter(identifier, "text")))
            return
        parts = observation_parts(identifier)
        number, time = parts or (0, _EPOCH)
        series.append(sql.SQL("open.series_id = {}").format(compiler.parameter(number, "int")))
        own.append(
            sql.SQL("e.phenomenon_time = {}").format(compiler.parameter(time, "timestamptz"))
        )

    def _behind(self, place: Sequence[Scalar]) -> sql.Composable:
        """Give the condition of what comes after a place in the order."""
        choices: list[sql.Composable] = []
        same: list[sql.Composable] = []
        for order, value in zip(self._question.whole_order, place, strict=True):
            key = self._key(order.path)
            if value is None:
                same.append(sql.SQL("{} is null").format(key))
                continue
            told = self._value(order.path, value)
            beyond = (_BEFORE if order.descending else _BEHIND).format(key, told)
            if not order.path.attribute.certain:
                beyond = sql.SQL("({} or {} is null)").format(beyond, key)
            choices.append(sql.SQL(" and ").join([*same, beyond]))
            same.append(sql.SQL("{} = {}").format(key, told))
        return sql.SQL("({})").format(sql.SQL(" or ").join([sql.SQL("false"), *choices]))

    def _key(self, path: Path) -> sql.Composable:
        made = self._compiler.scalar(path, self._scopes)
        return sql.SQL('{} collate "C"').format(made) if kept_as(path) is Type.TEXT else made

    def _value(self, path: Path, value: Scalar) -> sql.Composable:
        if path.attribute.column == "series_id":
            return self._compiler.parameter(value, "int")
        return self._compiler.literal(kept_as(path), value)

    def _ordered(self, keys: Sequence[sql.Composable]) -> sql.Composable:
        return sql.SQL(", ").join(
            sql.SQL("{}{}").format(key, _direction(order))
            for key, order in zip(keys, self._question.whole_order, strict=True)
        )

    def _limited(self, keys: Sequence[sql.Composable], reach: int) -> sql.Composable:
        return sql.SQL(" order by {} limit {}").format(
            self._ordered(keys), self._compiler.parameter(reach, "bigint")
        )


def _direction(order: Order) -> sql.SQL:
    if order.path.attribute.certain:
        return sql.SQL(" desc" if order.descending else "")
    return sql.SQL(" desc nulls last" if order.descending else " nulls last")


def kept_as(path: Path) -> Type:
    """Give what a list that is ordered by a property is ordered by."""
    if path.type is Type.PERIOD:
        return Type.TIME
    return Type.TEXT if path.type is Type.JSON else path.type


def observation_parts(identifier: str) -> tuple[int, datetime] | None:
    """Give the series and the time that a reading's identifier is made of; None: it is none."""
    found = _OBSERVATION.fullmatch(identifier)
    if found is None:
        return None
    return int(found[1]), _EPOCH + timedelta(microseconds=int(found[2]))


def own(attribute: Attribute) -> Path:
    """Give an entity's own property as a path."""
    return Path((), attribute, (), attribute.type)


def _conjuncts(condition: Expression | None) -> tuple[Expression, ...]:
    """Give conditions that must all hold."""
    if condition is None:
        return ()
    if isinstance(condition, Logic) and condition.operator == "and":
        return condition.operands
    return (condition,)


def _is_about_series(condition: Expression) -> bool:
    """Say whether a condition on readings asks only what all readings of a series share."""
    asked = paths(condition)
    return bool(asked) and all(path.links for path in asked)


def _where(conditions: Sequence[sql.Composable]) -> sql.Composable:
    if not conditions:
        return sql.SQL("")
    return sql.SQL(" where {}").format(sql.SQL(" and ").join(conditions))


def _pieces(text: str) -> tuple[sql.Composable, sql.Composable, sql.Composable]:
    """Cut the statement of readings where a narrower question is put in."""
    before, rest = text.split("/* readings */")
    between, after = rest.split("/* series */")
    return sql.SQL(before), sql.SQL(between), sql.SQL(after)
