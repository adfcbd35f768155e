"""Programs find every table of every page: by a description, and by each page's own list."""

import pytest
import schemathesis

from tests.fixtures.borough import Borough, Visit
from tests.fixtures.page_list import names
from tests.web.test_authorisation import ROUTES
from web.identity import Role
from web.pages.tables_api import is_a_page

PAGES = [path for key in ROUTES if key.startswith("GET ") and is_a_page(path := key[4:])]


def test_description_has_every_page(visit: Visit, shared_borough: Borough) -> None:
    """Every page with tables is described, with its parameters, and nothing else."""
    document = visit(shared_borough)(Role.ENGINEER).get("/openapi-officers.json").json()
    schemathesis.openapi.from_dict(document).validate()
    assert sorted(document["paths"]) == sorted(PAGES)
    devices = document["paths"]["/engineering/devices"]["get"]
    told = [parameter["name"] for parameter in devices["parameters"]]
    assert told == ["search", "codec", "silent", "battery", "after", "json", "csv"]
    assert devices["summary"] == "List devices by dev_eui or by name."
    room = document["paths"]["/homes/rooms/{public_id}"]["get"]["parameters"]
    assert room[0]["in"] == "path"
    assert room[1] == {
        "name": "period",
        "in": "query",
        "schema": {"type": "string", "enum": ["24h", "7d", "30d"]},
    }


@pytest.mark.parametrize("path", PAGES)
def test_page_lists_its_tables(visit: Visit, shared_borough: Borough, path: str) -> None:
    """Each table that a page lists is read as JSON: its rows have the columns that it tells."""
    browser = visit(shared_borough)(Role.ADMIN)
    sample = ROUTES[f"GET {path}"][0].address or path
    place = sample.format_map(names(shared_borough))
    if path == "/engineering/quarantine/{number}":  # its table is what a codec reads
        place += "?model=milesight-em300-th"
    tables = browser.get(f"{place}{'&' if '?' in place else '?'}json=").json()
    assert tables["title"]
    assert tables["tables"]
    for table in tables["tables"]:
        document = browser.get(table["json"]).json()
        columns = [column["name"] for column in document["columns"]]
        assert len(set(columns)) == len(columns) > 0
        assert all(list(row) == columns for row in document["rows"])
        assert browser.get(table["csv"]).headers["content-type"].startswith("text/csv")
