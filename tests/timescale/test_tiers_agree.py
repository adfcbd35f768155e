"""The same borough gives the same answers on both tiers: tables, pages, open data and exports.

On TimescaleDB every week is compressed before anybody looks, so that the answers come from what
is compressed.
"""

import random
import re
import secrets
from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

import pytest
from psycopg import sql

from storage.connection import Connection, connect
from storage.entities import ENTITIES
from storage.export import Interval, Selection
from storage.export import rows as exported
from storage.instance import Mode
from storage.migrate import PLAIN, TIMESCALE, status
from tests.fixtures.borough import Borough, Visit, places_of, seed
from tests.fixtures.borough_world import NOW
from tests.fixtures.page_list import PAGES, Shown, address
from tests.fixtures.postgres import AnyServer, plain
from tests.storage.samples import rows
from tests.timescale.compression import compress
from tests.web.api.asking import ROOT
from tests.web.api.everything import TABLES
from web.identity import Role

pytestmark = pytest.mark.timescale_tier

_NOT_COMPARED = {"migration", "upkeep", "table_size"}
"""What is of the tier itself"""
_OF_THE_MOMENT = re.compile(
    r'(?<=name="csrf" value=")[^"]+|[\dT:-]+\.\d{6}\+00:00">[^<]+|"\d{4}-\d\d-\d\dT[\d:]+\.\d{6}Z"'
)
"""Tokens of a form, and when the program worked, by the wall's clock"""
_COLUMNS = """
select c.table_schema, c.table_name, c.column_name
from information_schema.columns as c
join information_schema.tables as t using (table_schema, table_name)
where table_schema in ('public', 'housing') and table_type = 'BASE TABLE'
  and coalesce(column_default, '') !~ 'now|clock' and not column_name = any (%s)
order by 1, 2, 3
"""
_CLOCK = ["recorded_at", "computed_at", "changed_at", "adopted_at", "created_at", "settled_at"]
"""Columns that say when the program worked, not what it concluded"""


class Both(NamedTuple):
    """The same borough on each tier."""

    plain: Borough
    timescale: Borough


@pytest.fixture(scope="module")
def both(postgres_server: AnyServer) -> Iterator[Both]:
    """Give the borough twice."""
    with (
        plain() as server,
        server.database(Mode.LIVE) as address_of_plain,
        postgres_server.database(Mode.LIVE) as address_of_timescale,
    ):
        made = Both(_borough(address_of_plain, PLAIN), _borough(address_of_timescale, TIMESCALE))
        with made.timescale.connect() as connection:
            compress(connection)
        yield made


def _borough(dsn: str, tier: str) -> Borough:
    numbers = random.Random(5)  # noqa: S311 - the same identifiers on both tiers
    with pytest.MonkeyPatch.context() as fixed, connect(dsn) as connection:
        fixed.setattr(secrets, "token_bytes", lambda count=32: numbers.randbytes(count))
        assert status(connection).tier == tier
        seed(connection)
        return Borough(dsn, places_of(connection))


def _still(text: str) -> str:
    """Leave out what is of the moment."""
    return _OF_THE_MOMENT.sub("", text)


def _tables(connection: Connection) -> dict[str, list[str]]:
    columns: dict[tuple[str, str], list[str]] = {}
    for schema, table, column in connection.execute(_COLUMNS, [_CLOCK]):
        columns.setdefault((schema, table), []).append(column)
    found = {}
    for (schema, table), names in columns.items():
        if table in _NOT_COMPARED or table.startswith(("uplink_", "observation_")):
            continue
        statement = sql.SQL("select row({})::text from {}").format(
            sql.SQL(", ").join(map(sql.Identifier, names)), sql.Identifier(schema, table)
        )
        found[table] = sorted(text for (text,) in connection.execute(statement))
    return found


def test_tables_hold_the_same(both: Both) -> None:
    """Every table has the same rows, whichever tier took the messages and judged them."""
    with both.plain.connect() as one, both.timescale.connect() as other:
        expected, found = _tables(one), _tables(other)
        week = "select count(*) from timescaledb_information.chunks where is_compressed"
        assert rows(other, week) != [(0,)]
    assert found.keys() == expected.keys()
    assert {name for name in found if found[name] != expected[name]} == set()
    assert len(found["observation"]) > 1000
    assert len(found["alert"]) > 1


@pytest.mark.parametrize("shown", PAGES, ids=lambda shown: shown.name)
def test_pages_say_the_same(both: Both, visit: Visit, shown: Shown) -> None:
    """Each page reads word for word the same."""

    def page(borough: Borough) -> str:
        browser = visit(borough)(shown.role or Role.ENGINEER)
        if shown.role is None:
            browser.cookies.clear()
        return _still(browser.get(address(shown, borough)).text)

    assert page(both.timescale) == page(both.plain)


def test_open_data_are_the_same(both: Both, visit: Visit) -> None:
    """The open API gives the same: every table, and the first page of every set with relations."""
    sets = [
        f"{ROOT}/{name}?$count=true&$expand={','.join(e.links)}" for name, e in ENTITIES.items()
    ]
    browsers = [visit(borough)(Role.ENGINEER) for borough in both]
    for asked in (*TABLES, *sets):
        expected, found = (_still(browser.get(asked).text) for browser in browsers)
        assert found == expected, asked


@pytest.mark.parametrize("interval", Interval)
def test_exports_are_the_same(both: Both, interval: Interval) -> None:
    """An operator's export has the same rows, of readings and of means."""
    wanted = Selection((), (), NOW - timedelta(days=60), NOW, interval)
    with both.plain.connect() as one, both.timescale.connect() as other:
        expected = sorted(exported(one, wanted), key=repr)
        assert sorted(exported(other, wanted), key=repr) == expected
    assert len(expected) > 100
