"""Lists by the page: fifty rows from behind a key that stands in the address.

A key, not a number of rows to skip: the thousandth page costs what the first does, and a row that
comes meanwhile shifts nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import urlencode

from fastapi import Request

ROWS = 50
"""Rows of a page"""
CSV_ROWS = 100_000
"""Rows of a page's CSV, which has no pages"""

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows of a list, with the addresses before and after."""

    rows: Sequence[Row]
    first: str | None
    """The address of the list's beginning; None: this is it"""
    next: str | None


def whole_table(request: Request) -> str | None:
    """Give the table that the address asks for whole, as CSV or JSON; None: it asks for a page."""
    asked = request.query_params
    return asked.get("csv") or asked.get("json")


def how_many(request: Request) -> int:
    """Give how many rows to read: one more than are shown, to know whether there are more."""
    return CSV_ROWS if whole_table(request) else ROWS + 1


def page_of(request: Request, rows: Sequence[Row], key: Callable[[Row], str]) -> Page[Row]:
    """Cut what was read to a page."""
    shown = rows[:ROWS]
    more = len(rows) > ROWS
    return Page(
        shown,
        address(request, after=None) if "after" in request.query_params else None,
        address(request, after=key(shown[-1])) if more else None,
    )


def address(request: Request, **changes: str | None) -> str:
    """Give the address of the page that is shown, with other parameters; None takes one away."""
    kept = {**dict(request.query_params), **changes}
    query = urlencode({name: value for name, value in kept.items() if value})
    return f"{request.url.path}?{query}" if query else request.url.path
