"""A device is replaced as docs/data.md says: the place keeps its identifier and its series."""

import csv
import io
from datetime import timedelta
from pathlib import Path

from storage import rollups
from storage.connection import Connection
from tests.fixtures.commands import ask, run
from tests.fixtures.readings import HOUR, MONDAY, hourly, reading, store

OLD, NEW = "02c17a0000000103", "02c17a0000000188"
LINES = f"""dev_eui,place_kind,place,within,latitude,longitude,installed_from,installed_to
{OLD},position,North gate,Quayside works,51.5,0.01,2026-05-11,2026-05-11T10:20Z
{NEW},position,North gate,Quayside works,51.5,0.01,2026-05-11T10:20Z,
"""


def test_place_keeps_its_series(database: Connection, dsn: str, tmp_path: Path) -> None:
    """One identifier and one series before and after; the hour of the change is nobody's."""
    file = tmp_path / "devices.csv"
    file.write_text(
        LINES.splitlines()[0] + "\n" + LINES.splitlines()[1].replace("2026-05-11T10:20Z", "") + "\n"
    )
    first = ask(dsn, "devices", "import", str(file))
    assert first == {"installations": 1, "new_places": 1, "moved": 0}
    [before] = [row["place_id"] for row in ask(dsn, "devices", "list")["devices"]]
    file.write_text(LINES)
    second = ask(dsn, "devices", "import", str(file))
    assert second == {"installations": 2, "new_places": 0, "moved": 0}

    store(database, hourly([20.0] * 12, dev_eui=OLD))
    later = [
        reading(MONDAY + hour * HOUR + timedelta(minutes=30), {"pm10": 40.0}, dev_eui=NEW)
        for hour in range(8, 20)
    ]
    store(database, later)
    while rollups.recompute(database, 1000, MONDAY + 30 * HOUR).marks:
        pass

    period = ("export", "--from", "2026-05-11", "--to", "2026-05-12", "--place", before)
    hours = list(csv.DictReader(io.StringIO(run(dsn, *period, "--interval", "1h").stdout)))
    assert {row["place_id"] for row in hours} == {before}
    assert [(int(row["start"][11:13]), float(row["value"])) for row in hours] == [
        *((hour, 20.0) for hour in range(10)),
        *((hour, 40.0) for hour in range(11, 20)),
    ]
    readings = list(csv.DictReader(io.StringIO(run(dsn, *period).stdout)))
    assert [float(row["value"]) for row in readings] == [20.0] * 11 + [40.0] * 10
