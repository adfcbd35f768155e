"""Filters in any writing: understood as Python computes them, or refused in words."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi import HTTPException
from hypothesis import event, example, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from storage.connection import Connection, connect
from storage.entities import ENTITIES
from storage.expression_sql import FUNCTIONS
from storage.expressions import Expression
from storage.sensor_things import Question, count
from tests.web.api.asking import written
from web.api.sensor_things.filters import parse
from web.api.sensor_things.typing_rules import function_names

READINGS = ENTITIES["Observations"]
THINGS = ENTITIES["Things"]


@pytest.fixture(scope="module")
def filtering(open_dsn: str) -> Iterator[Connection]:
    """Give a connection that filters are computed on."""
    with connect(open_dsn) as connection:
        yield connection


_VALUES = (
    *("name", "id", "properties/kind", "properties/limit_minutes", "Datastreams/name"),
    *("Datastreams/phenomenonTime", "Locations/location", "phenomenonTime", "Datastream/id"),
    *("'x'", "'gate'", "1", "2.5", "1e300", "-3", "true", "null", "now()", "2026-05-12"),
    *("2026-05-12T08:00:00Z", "duration'PT1H'", "geography'POINT(0 0)'", "validTime", "result"),
    *("geography'POLYGON((0 0,1 0,1 99,0 0))'", "FeatureOfInterest/Observations/result"),
)
_LEAVES = st.sampled_from(_VALUES)
_BINARY = ("eq", "ne", "gt", "lt", "add", "sub", "mul", "div", "mod", "and", "or")
_CALLS = ("length", "tolower", "round", "year", "date", "substringof", "substring", "st_within")
_MARKS = ("(", ")", ",", "-", "'", "not", "%s", "%(v0)s", "{}", ";", "--", "\\", '"', "é")
_WORDS = st.sampled_from((*_VALUES, *_BINARY, *_CALLS, *_MARKS))


def _grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds("({} {} {})".format, inner, st.sampled_from(_BINARY), inner),
        st.builds("{}({})".format, st.sampled_from(_CALLS), inner),
        st.builds("{}({}, {})".format, st.sampled_from(_CALLS), inner, inner),
        st.builds("not ({})".format, inner),
    )


_COMPARED = st.builds("{} {} {}".format, _LEAVES, st.sampled_from(_BINARY), _LEAVES)
_GRAMMATICAL = st.recursive(st.one_of(_LEAVES, _COMPARED), _grown, max_leaves=5)


@settings(max_examples=250, deadline=None)
@given(
    st.one_of(
        st.text(max_size=40),
        st.lists(_WORDS, max_size=14).map(" ".join),
        _GRAMMATICAL,
        st.builds("{} eq null or {} ne 1 or {}".format, _LEAVES, _LEAVES, _COMPARED),
    )
)
@example("name eq '%s' and name eq '%(common)s'")
@example("name eq '{}' or name eq '\\' or name eq '--'")
@example("'; drop table place; --' eq name")
def test_any_text_is_a_filter_or_refused(public: TestClient, text: str) -> None:
    """Whatever stands in a filter, the answer is a result or a 400 or 501 with a reason."""
    for address in ("/Things", "/Observations"):
        answer = public.get(written(address, filter=text, top="1"))
        event(f"{answer.status_code}")
        assert answer.status_code in (200, 400, 501), (text, answer.text)
        if answer.status_code != 200:
            assert answer.headers["content-type"] == "application/problem+json"


_PLAUSIBLE = {
    "filter": ["true", "name ne 'x'", "Observations/result gt 1", "length(name)"],
    "orderby": ["name", "name desc,id", "Thing/name", "phenomenonTime desc", "Sensor"],
    "top": ["0", "1", "2", "1000000", "-1"],
    "skip": ["0", "1", "1000", "x"],
    "count": ["true", "false", "1"],
    "select": ["name", "id,name,Thing", "nothing", "unitOfMeasurement"],
    "expand": ["Thing", "Observations($top=1),Sensor", "Thing/Locations", "Thing(", "Thing($x=1)"],
    "skiptoken": ["WyJhIl0", "WyJhIiwxXQ", "bnVsbA", "W251bGxd", "W3RydWVd", "WzFlNDAwXQ", "Wzld"],
    "resultFormat": ["dataArray", "csv"],
    "x": ["1"],
}


def _option(name: str) -> st.SearchStrategy[tuple[str, str]]:
    values = st.one_of(st.sampled_from(_PLAUSIBLE[name]), st.text(max_size=10))
    return st.tuples(st.just(name), values)


@settings(max_examples=120, deadline=None)
@given(st.lists(st.sampled_from(sorted(_PLAUSIBLE)).flatmap(_option), max_size=3).map(dict))
def test_any_options_are_answered_or_refused(public: TestClient, options: dict[str, str]) -> None:
    """Whatever options are given, the answer is a page or a refusal with a reason."""
    answer = public.get(written("/Datastreams", **options))
    event(f"{answer.status_code}")
    assert answer.status_code in (200, 400, 501), answer.text


Case = tuple[str, float]
_NUMBERS = st.integers(-50, 50).map(lambda number: (_literal(number), float(number)))


def _literal(number: int) -> str:
    return f"{number}" if number >= 0 else f"(-{-number})"


def _arithmetic(inner: st.SearchStrategy[Case]) -> st.SearchStrategy[Case]:
    return st.builds(_computed, st.sampled_from(["add", "sub", "mul"]), inner, inner)


def _computed(operator: str, left: Case, right: Case) -> Case:
    compute = {
        "add": left[1] + right[1],
        "sub": left[1] - right[1],
        "mul": left[1] * right[1],
    }
    return f"({left[0]} {operator} {right[0]})", compute[operator]


_TERMS = st.recursive(_NUMBERS, _arithmetic, max_leaves=6)
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
    "gt": lambda a, b: a > b,
    "ge": lambda a, b: a >= b,
    "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
}
Condition = tuple[str, bool]


def _compared(operator: str, left: Case, right: Case) -> Condition:
    return f"{left[0]} {operator} {right[0]}", _COMPARE[operator](left[1], right[1])


def _texts(operator: str, left: str, right: str) -> Condition:
    quoted = [text.replace("'", "''") for text in (left, right)]
    return f"'{quoted[0]}' {operator} '{quoted[1]}'", _COMPARE[operator](left, right)


_PLAIN = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=4)
_ATOMS: st.SearchStrategy[Condition] = st.one_of(
    st.builds(_compared, st.sampled_from(sorted(_COMPARE)), _TERMS, _TERMS),
    st.builds(_texts, st.sampled_from(sorted(_COMPARE)), _PLAIN, _PLAIN),
)


def _joined(inner: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    return st.one_of(
        st.builds(lambda a, b: (f"({a[0]} and {b[0]})", a[1] and b[1]), inner, inner),
        st.builds(lambda a, b: (f"({a[0]} or {b[0]})", a[1] or b[1]), inner, inner),
        inner.map(lambda a: (f"not ({a[0]})", not a[1])),
    )


_CONDITIONS = st.recursive(_ATOMS, _joined, max_leaves=6)


@settings(max_examples=150, deadline=None)
@given(_CONDITIONS)
def test_filter_is_what_python_computes(filtering: Connection, condition: Condition) -> None:
    """Numbers, texts and logic mean in a filter what they mean in Python."""
    text, expected = condition
    event(f"{expected}")
    found = count(filtering, Question(THINGS, parse(THINGS, text)), {})[""]
    assert (found > 0) is expected, text


@settings(max_examples=60, deadline=None)
@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)),  # noqa: DTZ001 - made aware below
    st.integers(-1440, 1440),
)
def test_times_are_what_python_computes(
    filtering: Connection, naive: datetime, minutes: int
) -> None:
    """Parts of times and sums with durations are those of UTC."""
    time = naive.replace(tzinfo=UTC)
    told = time.isoformat().replace("+00:00", "Z")
    later = (time + timedelta(minutes=minutes)).isoformat().replace("+00:00", "Z")
    sign = "-" if minutes < 0 else ""
    conditions = [
        f"year({told}) eq {time.year} and month({told}) eq {time.month}",
        f"day({told}) eq {time.day} and hour({told}) eq {time.hour}",
        f"minute({told}) eq {time.minute} and second({told}) eq {time.second}",
        f"date({told}) eq {time.date().isoformat()}",
        f"{told} add duration'{sign}PT{abs(minutes)}M' eq {later}",
    ]
    text = " and ".join(conditions)
    assert count(filtering, Question(THINGS, parse(THINGS, text)), {})[""] > 0, text


def test_functions_are_those_that_storage_computes() -> None:
    """Every function that a filter may call is one that storage has, and the other way round."""
    assert function_names() == FUNCTIONS.keys()


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("1 eq 1 or 1 eq 1 and 1 eq 2", "1 eq 1 or (1 eq 1 and 1 eq 2)"),
        ("1 add 2 mul 3 eq 7", "(1 add (2 mul 3)) eq 7"),
        ("6 sub 2 sub 1 eq 3", "((6 sub 2) sub 1) eq 3"),
        ("not 1 eq 2 and 1 eq 1", "(not (1 eq 2)) and (1 eq 1)"),
        ("- 2 add 3 eq 1", "((-2) add 3) eq 1"),
        ("@iot.id eq 'x'", "id eq 'x'"),
    ],
)
def test_precedence(text: str, same: str) -> None:
    """Operators bind as the standard says."""
    assert _tree(text) == _tree(same)


def _tree(text: str) -> Expression:
    return parse(READINGS, text)


def test_depth_is_bounded(filtering: Connection) -> None:
    """A filter that is nested too deep is refused before it is computed."""
    parse(READINGS, "(" * 40 + "1 eq 1" + ")" * 40)
    with pytest.raises(HTTPException) as caught:
        parse(READINGS, "(" * 41 + "1 eq 1" + ")" * 41)
    assert caught.value.status_code == 400
    deep = "1" + " add 1" * 98 + " eq 99"
    assert count(filtering, Question(THINGS, parse(THINGS, deep)), {})[""] > 0
