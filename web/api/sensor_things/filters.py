"""Filters: from `result gt 190 and year(phenomenonTime) eq 2026` to a tree that storage reads.

or          and  ("or" and)*
and         not  ("and" not)*
not         "not" not  |  compared
compared    sum  (("eq" | "ne" | "gt" | "ge" | "lt" | "le") sum)?
sum         product  (("add" | "sub") product)*
product     signed  (("mul" | "div" | "mod") signed)*
signed      "-" signed  |  primary
primary     literal  |  "(" or ")"  |  function "(" (or ("," or)*)? ")"  |  path
"""

from collections.abc import Callable

from storage.entities import ENTITIES, Entity
from storage.expressions import Arithmetic, Expression, Logic, Negation, Path, Type, Value, paths
from web.api.sensor_things.literals import literal
from web.api.sensor_things.syntax import Word, not_offered, words, wrong
from web.api.sensor_things.typing_rules import arithmetic, as_type, call, comparison

_COMPARISONS = frozenset({"eq", "ne", "gt", "ge", "lt", "le"})
_SUMS = frozenset({"add", "sub"})
_PRODUCTS = frozenset({"mul", "div", "mod"})
_CONSTANTS = {
    "true": Value(Type.BOOLEAN, value=True),
    "false": Value(Type.BOOLEAN, value=False),
    "null": Value(Type.NULL, None),
}
_RESERVED = _COMPARISONS | _SUMS | _PRODUCTS | {"and", "or", "not"}
MOST_DEPTH = 40
"""How deep parentheses and functions may be nested."""
MOST_OPERATORS = 100


def parse(entity: Entity, text: str) -> Expression:
    """Read a filter on entities of one kind; what is wrong with it is told by a 400 or a 501."""
    return _Parser(entity, words(text)).whole()


def find(entity: Entity, text: str) -> Path:
    """Find a property of an entity, of a related one, or a member of either."""
    links: list[str] = []
    names = text.split("/")
    while names and names[0] in entity.links:
        entity = ENTITIES[entity.links[names[0]].entity]
        links.append(names.pop(0))
    attribute = entity.attribute(names[0]) if names else None
    if attribute is None or (len(names) > 1 and attribute.type is not Type.JSON):
        raise wrong(f"{text} is not a property.")
    return Path(tuple(links), attribute, tuple(names[1:]), attribute.type)


class _Parser:
    def __init__(self, entity: Entity, found: list[Word]) -> None:
        self._entity = entity
        self._words = found
        self._at = 0
        self._depth = 0
        self._operators = 0

    def whole(self) -> Expression:
        """Read all of it."""
        condition = self._condition(self._any())
        if self._next.kind != "end":
            raise wrong(f"The filter is not understood from {self._next.text!r} on.")
        return condition

    @property
    def _next(self) -> Word:
        return self._words[self._at]

    def _take(self) -> Word:
        word = self._next
        self._at += 1
        return word

    def _taken(self, operators: frozenset[str]) -> str | None:
        """Take the next word if it is one of some operators."""
        word = self._next
        if word.kind != "name" or word.text not in operators:
            return None
        self._at += 1
        self._operators += 1
        if self._operators > MOST_OPERATORS:
            raise wrong(f"A filter has at most {MOST_OPERATORS} operators.")
        return word.text

    def _expect(self, mark: str) -> None:
        word = self._take()
        if word != ("mark", mark):
            raise wrong(f"The filter has {word.text!r} where {mark!r} should be.")

    def _condition(self, expression: Expression) -> Expression:
        checked = as_type(expression, Type.BOOLEAN, "A condition")
        ways = {many for path in paths(checked) if (many := _ways(self._entity, path))}
        if len(ways) > 1 and not isinstance(checked, Logic | Negation):
            raise not_offered("A comparison of two sets of related entities is not offered.")
        return checked

    def _any(self) -> Expression:
        return self._joined("or", lambda: self._joined("and", self._not))

    def _joined(self, operator: str, part: Callable[[], Expression]) -> Expression:
        operands = [part()]
        while self._taken(frozenset({operator})):
            operands.append(part())
        if len(operands) == 1:
            return operands[0]
        return Logic(operator, tuple(self._condition(operand) for operand in operands))

    def _not(self) -> Expression:
        if self._taken(frozenset({"not"})):
            return Negation(self._condition(self._not()))
        left = self._sum()
        operator = self._taken(_COMPARISONS)
        return comparison(operator, left, self._sum()) if operator else left

    def _sum(self) -> Expression:
        left = self._product()
        while operator := self._taken(_SUMS):
            left = arithmetic(operator, left, self._product())
        return left

    def _product(self) -> Expression:
        left = self._signed()
        while operator := self._taken(_PRODUCTS):
            left = arithmetic(operator, left, self._signed())
        return left

    def _signed(self) -> Expression:
        signs = 0
        while self._next == ("mark", "-"):
            self._take()
            signs += 1
        value = self._primary()
        if signs == 0:
            return value
        number = as_type(value, Type.NUMBER, "A minus sign")
        zero = Value(Type.NUMBER, 0.0)
        return Arithmetic("sub", zero, number, Type.NUMBER) if signs % 2 else number

    def _primary(self) -> Expression:
        word = self._take()
        if word.kind == "name":
            return self._named(word.text)
        if word == ("mark", "("):
            return self._nested(self._any)
        if word.kind in ("mark", "end"):
            raise wrong(f"The filter has {word.text!r} where a value should be.")
        return literal(word)

    def _nested(self, inner: Callable[[], Expression]) -> Expression:
        self._depth += 1
        if self._depth > MOST_DEPTH:
            raise wrong(f"A filter is nested at most {MOST_DEPTH} deep.")
        found = inner()
        self._expect(")")
        self._depth -= 1
        return found

    def _named(self, name: str) -> Expression:
        if name in _CONSTANTS:
            return _CONSTANTS[name]
        if name in _RESERVED:
            raise wrong(f"The filter has {name!r} where a value should be.")
        if self._next == ("mark", "("):
            self._take()
            return self._nested(lambda: call(name, self._arguments()))
        return find(self._entity, name)

    def _arguments(self) -> list[Expression]:
        if self._next == ("mark", ")"):
            return []
        found = [self._any()]
        while self._next == ("mark", ","):
            self._take()
            found.append(self._any())
        return found


def _ways(entity: Entity, path: Path) -> tuple[str, ...] | None:
    """Give the relations up to the last that leads to many entities; None: none does."""
    many: tuple[str, ...] | None = None
    for number, name in enumerate(path.links, start=1):
        link = entity.links[name]
        many = path.links[:number] if link.many else many
        entity = ENTITIES[link.entity]
    return many
