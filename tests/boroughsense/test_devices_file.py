"""The list of devices is taken whole, or refused with every mistake."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from boroughsense.csv_lines import WrongFile
from boroughsense.devices_file import read

HEAD = (
    "dev_eui,place_kind,place,within,area,patch,uprn,latitude,longitude,"
    "installed_from,installed_to,interval,frsi,risk,limit_minutes,capacity\n"
)
GATE = "02C17A0000000103,position,North gate,Works,Quay,,,51.4,-0.1,2026-05-01,,10m,,high,,\n"
ROOM = (
    "02c17a0000000501,room,Bedroom,12 Acacia Road,Hill,north,100023336956,,,"
    "2026-05-01,2026-06-01T08:00+01:00,,0.6,,,\n"
)
BAY = "02c17a0000000217,bay,Bay 7,High Street,,,,51.4,-0.1,2026-05-01T08:00Z,,1d,,,120,\n"
LOT = "02c17a0000000218,zone,Market,,,,,51.4,-0.1,2026-05-01T08:00Z,,,,,,300\n"


def _file(folder: Path, *lines: str) -> Path:
    file = folder / "devices.csv"
    file.write_text("\ufeff" + HEAD + "".join(lines))
    return file


def test_overhead_sensor_of_the_page(tmp_path: Path) -> None:
    """The lines of docs/decoding.md say from where on a bay is taken."""
    page = (Path(__file__).parents[2] / "docs" / "decoding.md").read_text()
    file = tmp_path / "bays.csv"
    file.write_text(page.split("```csv\n")[1].split("```")[0])
    [bay] = read(file)
    assert bay.place.detail == {"occupied_below_mm": 1500, "occupied_hysteresis_mm": 100}


def test_installations_are_read(tmp_path: Path) -> None:
    """Each line becomes an installation, in the words of the registry."""
    gate, room, bay, lot = read(_file(tmp_path, GATE, ROOM, BAY, LOT))
    assert (gate.dev_eui, gate.within and gate.within.detail) == (
        "02c17a0000000103",
        {"risk": "high"},
    )
    assert gate.expected_interval == timedelta(minutes=10)
    assert room.within is not None
    assert (room.within.uprn, room.within.patch, room.place.detail) == (
        "100023336956",
        "north",
        {"frsi": 0.6},
    )
    assert room.to_at == datetime(2026, 6, 1, 7, tzinfo=UTC)
    assert bay.place.detail == {"limit_minutes": 120}
    assert (lot.within, lot.place.detail) == (None, {"capacity": 300})


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (GATE.replace("02C17A", "XX"), "dev_eui"),
        (GATE.replace("position", "gate"), "place_kind"),
        (GATE.replace("Works", ""), "a position lies in a site: write its name"),
        (LOT.replace("Market,", "Market,Town"), "a zone lies in nothing"),
        (ROOM.replace("100023336956", ""), "a room needs the UPRN"),
        (ROOM.replace("100023336956,,", "100023336956,51.4,0.1"), "never a point on a map"),
        (GATE.replace("-0.1", ""), "latitude and longitude go together"),
        (GATE.replace("51.4", "151.4"), "latitude"),
        (GATE.replace("2026-05-01", "1 May"), "write 2026-05-01"),
        (ROOM.replace("2026-06-01T08:00+01:00", "2026-04-01"), "it ends before it begins"),
        (GATE.replace("10m", "often"), "is not a duration"),
        (GATE.replace("high", "huge"), "risk"),
        (GATE.strip() + ",more\n", "too many columns"),
    ],
)
def test_every_mistake_has_its_line(tmp_path: Path, line: str, message: str) -> None:
    """A wrong line is told with its number and what to write."""
    with pytest.raises(WrongFile) as caught:
        read(_file(tmp_path, BAY, line))
    assert message in str(caught.value)
    assert str(caught.value).startswith("line 3")


def limited(folder: Path, minutes: str, hours: str, holidays: str) -> dict[str, object]:
    """Give what is registered of a bay with a stay limit."""
    file = folder / "bays.csv"
    file.write_text(
        "dev_eui,place_kind,place,within,installed_from,limit_minutes,limit_hours,"
        "limit_on_bank_holidays\n"
        f"02c17a0000000217,bay,Bay 7,High Street,2026-05-01,{minutes},{hours},{holidays}\n"
    )
    [bay] = read(file)
    return dict(bay.place.detail)


def test_limit_by_days_and_hours(tmp_path: Path) -> None:
    """When a limit holds is registered as it is written, once it can be read."""
    hours = "Mon-Fri 08:30-18:30; Sat 08:30-13:00"
    assert limited(tmp_path, "60", hours, "yes") == {
        "limit_minutes": 60,
        "limit_hours": hours,
        "limit_on_bank_holidays": "yes",
    }
    assert limited(tmp_path, "60", "", "") == {"limit_minutes": 60}
    for wrong, message in {
        ("60", "Mon-Fri 8-18", ""): "write Mon-Fri 08:30-18:30",
        ("", "Mon 08:30-18:30", ""): "write limit_minutes, too",
        ("60", "", "yes"): "a limit without limit_hours always holds",
    }.items():
        with pytest.raises(WrongFile, match=message):
            limited(tmp_path, *wrong)


def test_all_mistakes_at_once(tmp_path: Path) -> None:
    """Two wrong lines are two mistakes."""
    wrong = _file(tmp_path, GATE.replace("high", "huge"), BAY, LOT.replace("300", "-1"))
    with pytest.raises(WrongFile) as caught:
        read(wrong)
    assert [mistake.line for mistake in caught.value.mistakes] == [2, 4]


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"])
def test_file_that_cannot_be_read(tmp_path: Path, content: bytes | None) -> None:
    """A file that is not there, or is no text, is one sentence."""
    file = tmp_path / "devices.csv"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(WrongFile, match="cannot be read"):
        read(file)
