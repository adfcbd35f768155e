"""The real series, through the product's own import, means and rules, reach the known numbers."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alerts import rules
from boroughsense.series_file import read
from boroughsense.series_layout import Column, Feed, Layout
from decoders.model import Environment
from decoders.units import Line
from ingest.evaluator import Evaluator
from storage.connection import Connection
from storage.imports import Source, store

WEEKS = timedelta(weeks=1300)
"""The database begins in 2000; whole weeks keep weekdays and hours"""
PM10 = "pm10_teom_ug_m3"
DEVICE = Source("02c17a0000001999", "kerbside", Environment.OUTDOOR, timedelta(hours=1))


@pytest.mark.parametrize(("factor", "episodes", "over"), [(1.0, 19, 44), (1.3, 27, 63)])
def test_kerbside_year(
    shared: Path, database: Connection, factor: float, episodes: int, over: int
) -> None:
    """8,511 valid hours, those over 190, and the episodes of rule E1, raw and with the factor."""
    file = shared / "datasets" / "air_marylebone_1999_2000_hourly.csv"
    layout = Layout("ts_utc", (Feed(DEVICE, (Column(PM10, "pm10", "", Line(factor)),)),))
    (feed,) = read(file, layout, WEEKS).feeds
    assert store(database, *feed) == 8511
    evaluator = Evaluator(database, rules.load(), wall=lambda: datetime(2026, 11, 24, tzinfo=UTC))
    while evaluator.step():
        pass
    hours = database.execute(
        "select count(*) filter (where valid), count(*) filter (where mean > 190) from rollup_1h"
    ).fetchone()
    assert hours == (8511, over)
    found = database.execute(
        "select fired_at, resolved_at - interval '1 hour', peak from alert"
        " where rule_id = 'E1' and status <> 'withdrawn' order by fired_at"
    ).fetchall()
    assert len(found) == episodes
    if factor == 1.0:
        first = (datetime(1999, 7, 13, 10, tzinfo=UTC), datetime(1999, 7, 13, 12, tzinfo=UTC))
        assert found[0] == (first[0] + WEEKS, first[1] + WEEKS, 195.0)
        longest = max(found, key=lambda row: row[1] - row[0])
        assert longest[0] == datetime(1999, 9, 7, 8, tzinfo=UTC) + WEEKS
    told = database.execute("select count(*) from notification where channel <> 'log'").fetchone()
    assert told == (0,)
