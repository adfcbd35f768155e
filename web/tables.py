"""Tables: one list of rows, as HTML for a person and as CSV for a program.

A page makes its tables once. Beside each stands a link to the same address with `csv` in it, which
answers with the rows as RFC 4180 has them: UTF-8 with a byte order mark, since officers open it in
Excel; times in UTC with their offset; units in the heading; a text that a spreadsheet would run as
a formula (it begins with = + - @, a tab or a line end) gets an apostrophe before it.

On a phone a row is a block, or the table scrolls by itself when it is `wide`.
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from fastapi.responses import Response
from markupsafe import Markup, escape

from web import wording

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_ROW = Markup(
    '<tr class="govuk-table__row" role="row">'
    '<th scope="row" class="govuk-table__header" role="rowheader">'
)
_ROW_HEADER_END = Markup("</th>")
_CELL_END = Markup("</td>")
_ROW_END = Markup("</tr>")
_BOM = "\ufeff"


@dataclass(frozen=True, slots=True)
class Link:
    """A cell that leads somewhere."""

    text: str | datetime
    href: str


@dataclass(frozen=True, slots=True)
class Tag:
    """A word that stands out; the colour says nothing that the word does not."""

    text: str
    colour: str = "grey"

    @property
    def html(self) -> Markup:
        """The word for a page."""
        return Markup('<strong class="govuk-tag govuk-tag--{}">{}</strong>').format(
            self.colour, self.text
        )


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number whose unit is its own, and not its column's; a program gets the number."""

    value: float
    unit: str
    """A UCUM code"""

    @property
    def words(self) -> str:
        """The number with its unit."""
        return f"{wording.number(self.value)} {wording.unit(self.unit)}".rstrip()


Cell: TypeAlias = str | float | bool | datetime | timedelta | Link | Tag | Quantity | None


@dataclass(frozen=True, slots=True)
class Column:
    """A heading with how its cells are written."""

    heading: str
    unit: str = ""
    """A UCUM code"""
    digits: int | None = None
    """Of a number; None: the column holds none"""
    nothing: str = "none"
    """What stands for a missing value"""
    breaks: bool = False
    """Its texts are long identifiers, which may break anywhere"""

    @property
    def title(self) -> str:
        """The heading with its unit."""
        unit = wording.unit(self.unit)
        return f"{self.heading} ({unit})" if unit else self.heading


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headings."""

    name: str
    """In the address of its CSV"""
    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    nothing: str = "There is nothing to show."
    """What stands in the place of an empty table"""
    wide: bool = False
    """Scrolls sideways by itself on a phone, instead of making a block of each row"""
    quiet: bool = False
    """The caption is for screen readers alone: a heading stands above"""
    most: int = 200
    """Rows that a page shows; the CSV holds them all"""

    @property
    def html(self) -> Markup:
        """The table for a page."""
        if not self.rows:
            return Markup('<p class="govuk-body">{}</p>').format(self.nothing)
        caption = "govuk-visually-hidden" if self.quiet else "govuk-table__caption--m"
        body = Markup(
            '<table class="govuk-table {}" role="table">'
            '<caption class="govuk-table__caption {}">{}</caption>'
            '<thead class="govuk-table__head" role="rowgroup"><tr role="row">{}</tr></thead>'
            '<tbody class="govuk-table__body" role="rowgroup">{}</tbody></table>'
        ).format(
            "" if self.wide else "app-stack",
            caption,
            self.caption,
            Markup("").join(_heading(column) for column in self.columns),
            self._body(),
        )
        if self.wide:
            body = Markup(
                '<div class="app-scroll" role="region" tabindex="0" aria-label="{}">{}</div>'
            ).format(self.caption, body)
        return body + self._rest

    @property
    def _rest(self) -> Markup:
        if len(self.rows) <= self.most:
            return Markup("")
        return Markup(
            '<p class="govuk-body-s">These are the first {:,} of {:,} rows; the CSV holds all.</p>'
        ).format(self.most, len(self.rows))

    def _body(self) -> Markup:
        """Write the rows; what stands around the cells of a column is written once."""
        first, *others = self.columns
        opened = [(_opened(column), column) for column in others]
        parts: list[Markup] = []
        for row in self.rows[: self.most]:
            parts += (_ROW, _written(first, row[0]), _ROW_HEADER_END)
            for (opening, column), cell in zip(opened, row[1:], strict=True):
                parts += (opening, _written(column, cell), _CELL_END)
            parts.append(_ROW_END)
        return Markup("").join(parts)

    @property
    def csv(self) -> str:
        """The table for a program."""
        headings = [
            f"{column.title} (minutes)" if self._holds_spans(n) else column.title
            for n, column in enumerate(self.columns)
        ]
        return csv_text(headings, ([_plain(cell) for cell in row] for row in self.rows))

    @property
    def document(self) -> dict[str, object]:
        """The table as JSON: columns with their names and units, and a row as an object each."""
        names = [_key(column.heading) for column in self.columns]
        columns = [
            {
                "name": name,
                "title": column.heading,
                "unit": "min" if self._holds_spans(n) else column.unit,
            }
            for n, (name, column) in enumerate(zip(names, self.columns, strict=True))
        ]
        rows = [dict(zip(names, (_valued(cell) for cell in row), strict=True)) for row in self.rows]
        return {"table": self.name, "caption": self.caption, "columns": columns, "rows": rows}

    def _holds_spans(self, number: int) -> bool:
        return any(isinstance(row[number], timedelta) for row in self.rows)


def csv_text(headings: Sequence[str], rows: Iterable[Sequence[str | float | None]]) -> str:
    """Write CSV: numbers as they are, texts without formulas, nothing for None."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([neutral(heading) for heading in headings])
    writer.writerows(
        [neutral(cell) if isinstance(cell, str) else cell for cell in row] for row in rows
    )
    return text.getvalue()


def neutral(text: str) -> str:
    """Give a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def csv_answer(name: str, text: str) -> Response:
    """Answer with a CSV file."""
    return Response(
        _BOM + text,
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )


def _heading(column: Column) -> Markup:
    number = " app-number" if column.digits is not None else ""
    return Markup(
        '<th scope="col" class="govuk-table__header{}" role="columnheader">{}</th>'
    ).format(number, column.title)


def _opened(column: Column) -> Markup:
    """Give what stands before a cell of a column."""
    number = " app-number" if column.digits is not None else ""
    number += " app-break" if column.breaks else ""
    return Markup('<td class="govuk-table__cell{}" role="cell" data-label="{}">').format(
        number, column.title
    )


def _written(column: Column, cell: Cell) -> Markup:
    match cell:
        case None | "":
            return escape(column.nothing)
        case Link():
            inner = _written(column, cell.text)
            return Markup('<a class="govuk-link" href="{}">{}</a>').format(cell.href, inner)
        case Tag():
            return cell.html
        case Quantity():
            return escape(cell.words)
        case datetime():
            return Markup('<time datetime="{}">{}</time>').format(
                wording.machine(cell), wording.when(cell)
            )
    return escape(_words(column, cell))


def _words(column: Column, cell: str | float | timedelta) -> str:
    match cell:
        case timedelta():
            return wording.span(cell)
        case bool():
            return "yes" if cell else "no"
        case float() | int():
            return wording.number(cell, column.digits or 0)
    return cell


def _key(heading: str) -> str:
    """Give a heading as the name of a field: `Humidity now` is `humidity_now`."""
    return re.sub(r"[^a-z0-9]+", "_", heading.lower()).strip("_")


def _valued(cell: Cell) -> str | float | bool | None:
    """Give a cell as JSON has it: a missing value is null, never an empty text."""
    return cell if isinstance(cell, bool) else _plain(cell) or (0 if cell == 0 else None)


def _plain(cell: Cell) -> str | float | None:
    match cell:
        case Link():
            return _plain(cell.text)
        case Tag(text=plain) | Quantity(value=plain):
            return plain
        case datetime():
            return wording.machine(cell)
        case timedelta():
            return round(cell.total_seconds() / 60, 1)
        case bool():
            return "yes" if cell else "no"
    return cell
