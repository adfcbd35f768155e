"""The answer to a subject access request: CSV tables in a ZIP file, and a page that explains."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import IO
from zipfile import ZIP_DEFLATED, ZipFile

from storage.subject_access import SHEETS, Cell, Subject
from storage.tenancies import Period
from web.tables import neutral

_ABOUT = """\
What is stored about {home} in the tenancy from {starts} to {ends}.
Made {made}. This instance is {mode}.

It comes from sensors of temperature, humidity and air in the rooms, and from what was done about
what they showed. Why it is kept, for how long, and your rights: see the privacy notice that came
with the sensors. Times are in UTC with their offset; days are those of London. Names of members of
staff are left out. A cell that begins with an apostrophe would otherwise be taken for a formula.

{tables}
"""


def write(file: Path, subject: Subject, period: Period, mode: str, now: datetime) -> dict[str, int]:
    """Write the file, and give how many rows each table has.

    Raises:
        OSError: the file cannot be written.
    """
    counts: dict[str, int] = {}
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        for sheet in SHEETS:
            with archive.open(f"{sheet.name}.csv", "w") as member:
                counts[sheet.name] = _table(member, sheet.columns, subject.rows(sheet))
        archive.writestr("about.txt", _about(period, mode, now, counts))
    return counts


def _table(member: IO[bytes], columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> int:
    text = io.TextIOWrapper(member, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    number = 0
    for row in rows:
        writer.writerow([_cell(cell) for cell in row])
        number += 1
    text.detach()
    return number


def _cell(cell: Cell) -> str | float | None:
    if isinstance(cell, datetime):
        return cell.astimezone(UTC).isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return neutral(cell) if isinstance(cell, str) else cell


def _about(period: Period, mode: str, now: datetime, counts: dict[str, int]) -> str:
    tables = "\n".join(
        f"{sheet.name}.csv ({counts[sheet.name]} rows): {sheet.holds}." for sheet in SHEETS
    )
    return _ABOUT.format(
        home=period.home,
        starts=period.starts.isoformat(),
        ends=period.ends.isoformat() if period.ends else "today",
        made=now.astimezone(UTC).isoformat(timespec="minutes"),
        mode=mode,
        tables=tables,
    )
