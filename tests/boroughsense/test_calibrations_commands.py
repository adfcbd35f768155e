"""`calibrations`, as an operator and a program see it, and the file that they are read from."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from boroughsense.calibrations_file import read
from boroughsense.csv_lines import WrongFile
from storage.calibrations import Calibration
from storage.connection import Connection
from tests.fixtures.commands import ask, run

HEADER = "dev_eui,property,name,valid_from,valid_to,slope,offset,kappa,source,r2,pairs\n"
WHOLE = (
    "02C17A0000000103,pm10,co-location,2026-05-01,2026-08-01T00:00+01:00,0.82,-1.4,0.4,"
    '"beside Kerb, May",0.91,336\n'
)
SPARE = "02c17a0000000103,pm2_5,TEOM factor,2026-05-01,,1.3,,,practice,,\n"


def file(folder: Path, text: str) -> Path:
    """Write a file of calibrations."""
    path = folder / "calibrations.csv"
    path.write_text(text)
    return path


def test_lines_become_calibrations(tmp_path: Path) -> None:
    """What is empty changes nothing; with kappa the span of humidity is that of the figures."""
    whole, spare = read(file(tmp_path, HEADER + WHOLE + SPARE))
    assert whole == Calibration(
        "02c17a0000000103",
        "pm10",
        "co-location",
        datetime(2026, 5, 1, tzinfo=UTC),
        datetime.fromisoformat("2026-08-01T00:00+01:00"),
        slope=0.82,
        offset=-1.4,
        source="beside Kerb, May",
        r2=0.91,
        pairs=336,
        kappa=0.4,
        humidity_from=40,
        humidity_to=95,
    )
    assert spare == Calibration(
        "02c17a0000000103",
        "pm2_5",
        "TEOM factor",
        datetime(2026, 5, 1, tzinfo=UTC),
        slope=1.3,
        source="practice",
    )


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("pm10", "pm11", "line 2, property: pm11 is not an observed property"),
        ("pm10", "no2_mass", "line 2, property: no2_mass is computed from others"),
        ("pm10", "no2", "line 2: kappa is of particles"),
        ("0.82", "0", "line 2, slope: "),
        ("0.82", "nan", "line 2, slope: "),
        ("0.91", "1.1", "line 2, r2: "),
        ("2026-05-01", "2027-05-01", "line 2: it ends before it begins"),
        ("2026-05-01", "May", "line 2, valid_from: write 2026-05-01"),
        ('"beside Kerb, May"', "", "line 2, source: "),
        ("02C17A", "02C1", "line 2, dev_eui: "),
    ],
)
def test_every_mistake_is_told_by_its_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    """A line that cannot be is named with its column, and nothing of the file is taken."""
    with pytest.raises(WrongFile) as caught:
        read(file(tmp_path, HEADER + WHOLE.replace(old, new, 1) + SPARE))
    assert [str(mistake)[: len(said)] for mistake in caught.value.mistakes] == [said]


def test_calibrations_come_and_go(dsn: str, database: Connection, tmp_path: Path) -> None:
    """A list is taken once however often it is imported; one of them is withdrawn by its number."""
    assert ask(dsn, "calibrations", "list") == {"calibrations": []}
    path = str(file(tmp_path, HEADER + WHOLE + SPARE))
    assert ask(dsn, "calibrations", "import", path) == {"calibrations": 2, "new": 2}
    assert run(dsn, "calibrations", "import", path).stdout == "2 calibrations, 0 new\n"
    assert ask(dsn, "calibrations", "withdraw", "1", "--by", "mhari") == {"withdrawn": 1}
    again = run(dsn, "calibrations", "withdraw", "1")
    assert (again.exit_code, again.stderr) == (1, "no calibration 1 is in force\n")
    second, first = ask(dsn, "calibrations", "list")["calibrations"]
    assert (first["slope"], first["withdrawn_by"]) == (0.82, "mhari")
    assert (second["name"], second["withdrawn_at"]) == ("TEOM factor", None)
    assert "TEOM" in run(dsn, "calibrations", "list", "--device", "02C17A0000000103").stdout
    assert database.execute("select count(*) from calibration").fetchone() == (2,)


def test_wrong_file_takes_nothing(dsn: str, tmp_path: Path) -> None:
    """A mistake in one line leaves the whole file out."""
    result = run(
        dsn, "calibrations", "import", str(file(tmp_path, HEADER + WHOLE + SPARE * 2 + "x,,\n"))
    )
    assert result.exit_code == 1
    assert "line 5, dev_eui" in result.stderr
    assert ask(dsn, "calibrations", "list") == {"calibrations": []}
