"""CSV files become the frames of devices, with their gaps and their mistakes named."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from simulators.faults import FaultPlan
from simulators.message import Message
from simulators.scenario import FaultRates
from simulators.series import WEEK, Series, SeriesWrong, describe, names
from tests.simulators.plays import refusal

DESCRIPTION = """
title: Two places
time: when
interval: 1h
devices:
  - {name: room, model: decentlab-dl-sht35, environment: indoor,
     columns: {temperature: t, relative_humidity: rh}}
  - {name: kerb, model: milesight-am300/am308, environment: outdoor, columns: {pm10: dust}}
"""
ROWS = """when,t,rh,dust
2026-02-02T10:00:00Z,20.5,50,30
2026-02-02T11:00:00Z,20.25,51,
,19,50,31
2026-02-02T12:00:00+01:00,21,52,31
2026-02-02T13:00:00,22,53,32.4
"""


def file(folder: Path, text: str = ROWS, description: str = DESCRIPTION) -> tuple[Path, str]:
    """Write a CSV file and its description."""
    rows, about = folder / "rows.csv", folder / "about.yaml"
    rows.write_text(text)
    about.write_text(description)
    return rows, str(about)


def messages(series: Series, **faults: float) -> list[Message]:
    """Give what is published."""
    return list(series.messages(FaultPlan(1, FaultRates.model_validate(faults))))


def test_rows_become_frames(tmp_path: Path) -> None:
    """Each row is a frame of each device that has a value in it, at the row's time."""
    rows, about = file(tmp_path)
    sent = messages(Series(rows, describe(about)))
    assert [refusal(message) for message in sent] == [""] * 7
    told = [
        (m.meaning.time.hour, o.observed_property, round(o.result, 1))
        for m in sent
        for o in m.meaning.observations
        if m.meaning.time is not None
    ]
    dust = [entry for entry in told if entry[1] == "pm10"]
    assert dust == [(10, "pm10", 30), (11, "pm10", 31), (13, "pm10", 32)]
    assert [hour for hour, name, _ in told if name == "temperature"] == [10, 11, 11, 13]
    assert [device.name for device in Series(rows, describe(about)).identities] == ["room", "kerb"]


LOTS = """
title: Two car parks
interval: 15m
device_column: lot
devices:
  - {name: north, row: "1", model: senml, environment: outdoor, columns: {free_spaces: free}}
  - {name: south, row: "02", model: senml, environment: outdoor, columns: {free_spaces: free}}
"""
FREE = """ts_utc,lot,free
2026-02-02T10:00Z,1,241
2026-02-02T10:00Z,02,-1
2026-02-02T10:11Z,3,7
,1,240
2026-02-02T10:11Z,02,12.5
"""


def test_a_row_is_one_device(tmp_path: Path) -> None:
    """A column can say whose row it is; a row of nobody is left out, and numbers stay exact."""
    rows, about = file(tmp_path, FREE, LOTS)
    sent = messages(Series(rows, describe(about)))
    assert [refusal(message) for message in sent] == [""] * 3
    names = {who.dev_eui: who.name for who in Series(rows, describe(about)).identities}
    told = [(names[m.meaning.dev_eui], m.meaning.observations[0].result) for m in sent]
    assert told == [("north", 241), ("south", -1), ("south", 12.5)]
    assert {who.application for who in Series(rows, describe(about)).identities} == {"parking"}


def test_times_move_by_weeks(tmp_path: Path) -> None:
    """Weekdays and hours stay; `now` ends within the last week."""
    rows, about = file(tmp_path)
    first = messages(Series(rows, describe(about)))[0].meaning.time
    moved = messages(Series(rows, describe(about), weeks=-3))[0].meaning.time
    assert first is not None
    assert moved == first - 3 * WEEK
    last = messages(Series(rows, describe(about), weeks=None))[-1].meaning.time
    assert last is not None
    assert timedelta(0) <= datetime.now(UTC) - last < WEEK
    assert (last.weekday(), last.hour) == (0, 13)


def test_faults_can_be_laid_on_top(tmp_path: Path) -> None:
    """Loss and duplicates strike as in a scenario."""
    rows, about = file(tmp_path)
    assert messages(Series(rows, describe(about)), lost=1.0) == []
    assert len(messages(Series(rows, describe(about)), duplicate=1.0)) == 14


@pytest.mark.parametrize("name", names())
def test_shipped_descriptions_are_right(name: str) -> None:
    """Each that ships can be read."""
    assert describe(name).devices


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("title: [", "cannot be read"),
        ("title: x\ninterval: 1h\ndevices: []", "devices: Tuple should have at least 1 item"),
        (DESCRIPTION.replace("1h", "0h"), "interval: "),
        (DESCRIPTION.replace("title: Two places", "name: x"), "title: Field required"),
        (DESCRIPTION.replace("am308", "am300"), "kerb: 'milesight-am300/am300' is not a model"),
        (DESCRIPTION.replace("pm10: dust", "no2: dust"), "kerb: .* does not measure no2"),
        (DESCRIPTION.replace("decentlab-dl-sht35", "bosch-tps110"), "room: .* does not measure"),
        (DESCRIPTION.replace("dust", "soot"), "there is no column soot"),
        (DESCRIPTION.replace("when", "then"), "there is no column then"),
        (LOTS, "there is no column free, lot, ts_utc"),
        (LOTS.replace('row: "1", ', ""), "north: a row goes with a device_column"),
        (DESCRIPTION.replace("name: room,", "name: room, row: a,"), "room: a row goes with"),
    ],
)
def test_a_wrong_description_is_named(tmp_path: Path, wrong: str, said: str) -> None:
    """What is wrong with it is said in a sentence."""
    rows, about = file(tmp_path, description=wrong)
    with pytest.raises(SeriesWrong, match=said):
        messages(Series(rows, describe(about)))


@pytest.mark.parametrize(
    ("row", "said"),
    [("soon,1,2,3", r"rows\.csv:2: 'soon' is not a time"), ("2026-02-02,x,,", "t: 'x' is not")],
)
def test_a_wrong_cell_is_named(tmp_path: Path, row: str, said: str) -> None:
    """Neither a time nor a number is guessed."""
    rows, about = file(tmp_path, f"when,t,rh,dust\n{row}\n")
    with pytest.raises(SeriesWrong, match=said):
        messages(Series(rows, describe(about)))


def test_a_missing_description_is_named() -> None:
    """A name that ships not is taken for a file."""
    with pytest.raises(SeriesWrong, match="nowhere: cannot be read"):
        describe("nowhere")
