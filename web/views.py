"""A page that is made of tables and charts, each with its CSV beside it."""

from collections.abc import Callable, Sequence
from typing import Any

from fastapi import HTTPException, Request
from fastapi.responses import JSONResponse, Response
from markupsafe import Markup

from web.charts import Chart
from web.paging import address
from web.rendering import page
from web.tables import Table, csv_answer

_LINKS = Markup(
    '<p class="govuk-body-s app-noprint"><a class="govuk-link" href="{}">Download as CSV'
    '<span class="govuk-visually-hidden">: {}</span></a> · <a class="govuk-link" href="{}">JSON'
    '<span class="govuk-visually-hidden">: {}</span></a></p>'
)


def view(
    request: Request,
    template: str,
    /,
    *,
    title: str,
    tables: Sequence[Table] = (),
    status: int = 200,
    **values: Any,  # noqa: ANN401 - what a template shows
) -> Response:
    """Make a page with tables, or the CSV or JSON of the one that the address asks for.

    A template shows a table by `{{ table("name") }}` and a chart, over the table of its numbers,
    by `{{ chart(chart_object, "name") }}`; `{{ csv_of("name") }}` is the link to its CSV alone;
    `address_with("period")("7d")` is the page's address with another parameter, from its first row
    on.
    """
    known = {table.name: table for table in tables}
    wanted = request.query_params.get("csv")
    if wanted is not None:
        return csv_answer(wanted, _wanted(known, wanted).csv)
    wanted = request.query_params.get("json")
    if wanted == "":
        return JSONResponse({"title": title, "tables": _index(request, known)})
    if wanted is not None:
        return JSONResponse({"title": title, **_wanted(known, wanted).document})
    values |= {
        "table": _show_table(request, known),
        "chart": _show_chart(request, known),
        "csv_of": lambda name: _link(request, known[name]),
        "address_with": _address_with(request),
    }
    return page(request, template, title=title, status=status, **values)


def _wanted(known: dict[str, Table], name: str) -> Table:
    if name not in known:
        names = ", ".join(known) or "none"
        raise HTTPException(404, f"This page has no such table; it has {names}.")
    return known[name]


def _index(request: Request, known: dict[str, Table]) -> list[dict[str, str]]:
    """List the tables of a page with the addresses of each, for a program."""
    return [
        {
            "name": table.name,
            "caption": table.caption,
            "json": address(request, json=table.name),
            "csv": address(request, json=None, csv=table.name),
        }
        for table in known.values()
    ]


def _address_with(request: Request) -> Callable[[str], Callable[[str], str]]:
    def of(name: str) -> Callable[[str], str]:
        return lambda value: address(request, **{"after": None, "said": None, name: value})

    return of


def _show_table(request: Request, known: dict[str, Table]) -> Callable[[str], Markup]:
    def show(name: str) -> Markup:
        return known[name].html + _link(request, known[name])

    return show


def _link(request: Request, table: Table) -> Markup:
    if not table.rows:
        return Markup("")
    whole = {"after": None, "said": None}
    return _LINKS.format(
        address(request, **whole, csv=table.name),
        table.caption,
        address(request, **whole, json=table.name),
        table.caption,
    )


def _show_chart(request: Request, known: dict[str, Table]) -> Callable[[Chart, str], Markup]:
    def show(chart: Chart, name: str) -> Markup:
        return chart.html + Markup(
            '<details class="govuk-details"><summary class="govuk-details__summary">'
            '<span class="govuk-details__summary-text">The numbers of this chart'
            '<span class="govuk-visually-hidden">: {}</span></span></summary>'
            '<div class="govuk-details__text">{}</div></details>{}'
        ).format(chart.title, known[name].html, _link(request, known[name]))

    return show
