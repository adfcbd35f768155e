"""Which expressions make sense: what may be compared, added, and given to a function.

A member of a JSON document is read as what it is compared with. A date is the instant at which it
begins, where an instant is asked for.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from storage.expressions import (
    Arithmetic,
    Call,
    Comparison,
    Expression,
    Negation,
    Path,
    Type,
    Value,
)
from web.api.sensor_things.literals import midnight
from web.api.sensor_things.syntax import not_offered, wrong

_SWAPPED = {"eq": "eq", "ne": "ne", "gt": "lt", "ge": "le", "lt": "gt", "le": "ge"}
_READABLE = (Type.TEXT, Type.NUMBER, Type.BOOLEAN)
"""What a member of a JSON document can be read as"""
_COMPARABLE = (Type.NUMBER, Type.TEXT, Type.TIME, Type.DATE, Type.DURATION)


class _Signature(NamedTuple):
    """A function: its arguments, its result, and what storage calls it."""

    arguments: tuple[Type, ...]
    result: Type
    name: str
    order: tuple[int, ...] = ()
    """Of the arguments for storage, where it is another"""
    negated: bool = False


_TEXT_TO_TEXT = ((Type.TEXT,), Type.TEXT)
_TIME_TO_NUMBER = ((Type.TIME,), Type.NUMBER)
_ROUNDING = ((Type.NUMBER,), Type.NUMBER)
_POINT_IN_AREA = (Type.POINT, Type.AREA)
_SIGNATURES: dict[str, tuple[_Signature, ...]] = {
    "substringof": (_Signature((Type.TEXT, Type.TEXT), Type.BOOLEAN, "substringof"),),
    "startswith": (_Signature((Type.TEXT, Type.TEXT), Type.BOOLEAN, "startswith"),),
    "endswith": (_Signature((Type.TEXT, Type.TEXT), Type.BOOLEAN, "endswith"),),
    "length": (_Signature((Type.TEXT,), Type.NUMBER, "length"),),
    "indexof": (_Signature((Type.TEXT, Type.TEXT), Type.NUMBER, "indexof"),),
    "substring": (
        _Signature((Type.TEXT, Type.NUMBER), Type.TEXT, "substring"),
        _Signature((Type.TEXT, Type.NUMBER, Type.NUMBER), Type.TEXT, "substring_of_length"),
    ),
    "concat": (_Signature((Type.TEXT, Type.TEXT), Type.TEXT, "concat"),),
    "now": (_Signature((), Type.TIME, "now"),),
    "date": (_Signature((Type.TIME,), Type.DATE, "date"),),
    "geo.distance": (_Signature((Type.POINT, Type.POINT), Type.NUMBER, "distance"),),
    "geo.intersects": (_Signature(_POINT_IN_AREA, Type.BOOLEAN, "within"),),
    "st_intersects": (_Signature(_POINT_IN_AREA, Type.BOOLEAN, "within"),),
    "st_within": (_Signature(_POINT_IN_AREA, Type.BOOLEAN, "within"),),
    "st_contains": (_Signature((Type.AREA, Type.POINT), Type.BOOLEAN, "within", order=(1, 0)),),
    "st_disjoint": (_Signature(_POINT_IN_AREA, Type.BOOLEAN, "within", negated=True),),
    "st_equals": (_Signature((Type.POINT, Type.POINT), Type.BOOLEAN, "same_place"),),
    **{name: (_Signature(*_TEXT_TO_TEXT, name),) for name in ("tolower", "toupper", "trim")},
    **{name: (_Signature(*_ROUNDING, name),) for name in ("round", "floor", "ceiling")},
    **{
        name: (_Signature(*_TIME_TO_NUMBER, name),)
        for name in ("year", "month", "day", "hour", "minute", "second", "fractionalseconds")
    },
}
_NOT_OFFERED = frozenset(
    {"time", "totaloffsetminutes", "mindatetime", "maxdatetime", "geo.length", "st_touches"}
    | {"st_overlaps", "st_crosses", "st_relate"}
)


def function_names() -> frozenset[str]:
    """Give the names that storage must know."""
    return frozenset(entry.name for entries in _SIGNATURES.values() for entry in entries)


def call(name: str, arguments: Sequence[Expression]) -> Expression:
    """Call a function."""
    if name in _NOT_OFFERED:
        raise not_offered(f"The function {name} is not offered.")
    if name not in _SIGNATURES:
        raise wrong(f"There is no function {name}.")
    signatures = _SIGNATURES[name]
    fitting = [entry for entry in signatures if len(entry.arguments) == len(arguments)]
    if not fitting:
        counts = " or ".join(str(len(entry.arguments)) for entry in signatures)
        raise wrong(f"{name} takes {counts} arguments.")
    signature = fitting[0]
    given = [as_type(*pair, name) for pair in zip(arguments, signature.arguments, strict=True)]
    ordered = [given[index] for index in signature.order] if signature.order else given
    made = Call(signature.name, tuple(ordered), signature.result)
    return Negation(made) if signature.negated else made


def arithmetic(operator: str, left: Expression, right: Expression) -> Expression:
    """Add, subtract, multiply or divide."""
    kinds = (left.type, right.type)
    if kinds == (Type.TIME, Type.DURATION) and operator in ("add", "sub"):
        return Arithmetic(operator, left, right, Type.TIME)
    if kinds == (Type.TIME, Type.TIME) and operator == "sub":
        return Arithmetic(operator, left, right, Type.DURATION)
    sides = (as_type(left, Type.NUMBER, operator), as_type(right, Type.NUMBER, operator))
    return Arithmetic(operator, *sides, Type.NUMBER)


def comparison(operator: str, left: Expression, right: Expression) -> Comparison:
    """Compare."""
    if left.type is Type.NULL or (right.type is Type.PERIOD and left.type is not Type.PERIOD):
        left, right, operator = right, left, _SWAPPED[operator]
    if right.type is Type.NULL:
        return Comparison(operator, left, right)
    if left.type is Type.PERIOD:
        if right.type is Type.PERIOD:
            raise not_offered("Periods are compared with instants alone.")
        return Comparison(operator, left, as_type(right, Type.TIME, operator))
    left, right = _alike(left, right)
    equality = operator in ("eq", "ne") and left.type is Type.BOOLEAN
    if left.type not in _COMPARABLE and not equality:
        raise wrong(f"A {left.type} cannot be compared by {operator}.")
    return Comparison(operator, left, right)


def as_type(expression: Expression, wanted: Type, where: str) -> Expression:
    """Read an expression as what is wanted there."""
    if expression.type is wanted:
        return expression
    if isinstance(expression, Path) and expression.type is Type.JSON:
        if wanted in _READABLE:
            return replace(expression, type=wanted)
        if wanted is Type.POINT and expression.attribute.point and not expression.members:
            return replace(expression, type=Type.POINT)
    if isinstance(expression, Value) and (expression.type, wanted) == (Type.DATE, Type.TIME):
        return midnight(expression)
    raise wrong(f"{where} takes a {wanted}, and is given a {expression.type}.")


def _alike(left: Expression, right: Expression) -> tuple[Expression, Expression]:
    if left.type is right.type:
        if left.type is not Type.JSON:
            return left, right
        return as_type(left, Type.TEXT, "eq"), as_type(right, Type.TEXT, "eq")
    if left.type is Type.JSON or right.type is Type.TIME:
        return as_type(left, right.type, "A comparison"), right
    return left, as_type(right, left.type, "A comparison")
