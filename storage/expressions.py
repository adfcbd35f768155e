"""What a filter asks, as a typed tree: made from a query by the web, made into SQL by storage.

A tree holds values and names of the catalogue of entities alone. No text of a user ever becomes
SQL: values travel as parameters, names are looked up.

    Expression   Value | Path | Call | Arithmetic | Comparison | Logic | Negation
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TypeAlias


class Type(StrEnum):
    """What kind of thing an expression gives."""

    NUMBER = "number"
    TEXT = "text"
    TIME = "time"
    """An instant"""
    DATE = "date"
    """A day of UTC"""
    DURATION = "duration"
    PERIOD = "period"
    """From one instant to another"""
    BOOLEAN = "boolean"
    JSON = "json"
    """Whatever stands in a JSON document; compared as what it is compared with"""
    POINT = "point"
    AREA = "area"
    """A polygon without holes"""
    NULL = "null"


Scalar: TypeAlias = str | float | bool | datetime | date | timedelta | None


@dataclass(frozen=True, slots=True)
class Attribute:
    """A property of an entity, and the column that holds it."""

    name: str
    """As the API calls it"""
    column: str
    type: Type
    end: str = ""
    """Of a period: the column of its end, `column` being that of its start"""
    point: str = ""
    """Of a document with a place: the column of that place"""
    certain: bool = False
    """Never missing, and in the index that readings are found by"""


@dataclass(frozen=True, slots=True)
class Value:
    """A literal."""

    type: Type
    value: Scalar
    """A point as `(x,y)`, an area as `((x,y),...)`"""


@dataclass(frozen=True, slots=True)
class Path:
    """A property of the entity, of a related one, or a member of either."""

    links: tuple[str, ...]
    """The relations to follow"""
    attribute: Attribute
    members: tuple[str, ...] = ()
    """Into a JSON document"""
    type: Type = Type.JSON
    """What it is read as"""


@dataclass(frozen=True, slots=True)
class Call:
    """A function of `storage.expression_sql.FUNCTIONS`."""

    function: str
    arguments: "tuple[Expression, ...]"
    type: Type


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """A sum, a difference, a product, a quotient or a remainder."""

    operator: str
    """add, sub, mul, div, mod"""
    left: "Expression"
    right: "Expression"
    type: Type


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two values compared."""

    operator: str
    """eq, ne, gt, ge, lt, le"""
    left: "Expression"
    right: "Expression"
    type: Type = Type.BOOLEAN


@dataclass(frozen=True, slots=True)
class Logic:
    """Conditions of which all, or any, hold."""

    operator: str
    """and, or"""
    operands: "tuple[Expression, ...]"
    type: Type = Type.BOOLEAN


@dataclass(frozen=True, slots=True)
class Negation:
    """A condition that does not hold; what is unknown does not hold."""

    operand: "Expression"
    type: Type = Type.BOOLEAN


Expression: TypeAlias = Value | Path | Call | Arithmetic | Comparison | Logic | Negation


def parts(expression: Expression) -> "tuple[Expression, ...]":
    """Give what an expression is made of."""
    match expression:
        case Call(arguments=arguments):
            return arguments
        case Arithmetic(left=left, right=right) | Comparison(left=left, right=right):
            return (left, right)
        case Logic(operands=operands):
            return operands
        case Negation(operand=operand):
            return (operand,)
    return ()


def paths(expression: Expression) -> list[Path]:
    """Give every property that an expression speaks of."""
    if isinstance(expression, Path):
        return [expression]
    return [path for part in parts(expression) for path in paths(part)]
