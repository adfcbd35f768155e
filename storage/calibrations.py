"""Calibrations: what makes a corrected value of a reading, for one device, property and time.

A calibration stays as it was recorded. Of several that hold at a time the newest counts; one that
was wrong is withdrawn. Hours in its time are computed again, those of its gas in ug/m3 too.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from storage.connection import Connection, translated
from storage.queries import SQL


@dataclass(frozen=True, slots=True)
class Calibration:
    """`slope * reading + offset` in [valid_from, valid_to), after the water is taken away."""

    dev_eui: str
    observed_property: str
    name: str
    valid_from: datetime
    valid_to: datetime | None = None
    """None: until another one counts"""
    slope: float = 1.0
    offset: float = 0.0
    source: str = ""
    """Where it comes from: a comparison with its date and site, a certificate"""
    r2: float | None = None
    pairs: int | None = None
    """Of the comparison: how many hours were compared"""
    kappa: float | None = None
    """Of particles: how much water they take up; None: humidity is not corrected"""
    humidity_from: float | None = None
    humidity_to: float | None = None
    """In which span of relative humidity, in %, that is done; over it a value is suspect"""


@dataclass(frozen=True, slots=True)
class RecordedCalibration:
    """A calibration as it stands in the registry."""

    id: int
    calibration: Calibration
    recorded_at: datetime
    recorded_by: str
    withdrawn_at: datetime | None
    withdrawn_by: str | None


def record(connection: Connection, calibrations: Sequence[Calibration], actor: str) -> int:
    """Record calibrations and mark the hours that they change; give how many are new.

    One that stands already, in every word, is left as it is. Call it in a transaction.

    Raises:
        DatabaseRefused: a slope that is not above 0, or a time that ends before it begins.
    """
    new = 0
    with translated():
        for calibration in calibrations:
            told = {**asdict(calibration), "actor": actor}
            found = connection.execute(SQL["calibration_add"], told).fetchone()
            if found is not None:
                new += 1
                connection.execute(SQL["calibration_mark"], {"id": found[0]})
    return new


def withdraw(connection: Connection, number: int, actor: str) -> bool:
    """Say that a calibration was wrong, and mark its hours; False when there is none to withdraw.

    Call it in a transaction.
    """
    with translated():
        told = {"id": number, "actor": actor}
        if not connection.execute(SQL["calibration_withdraw"], told).rowcount:
            return False
        connection.execute(SQL["calibration_mark"], told)
    return True


def recorded(connection: Connection, *, dev_eui: str = "") -> list[RecordedCalibration]:
    """List calibrations, the withdrawn ones too, of one device or all, the newest first."""
    with translated():
        rows = connection.execute(SQL["calibrations_list"], {"dev_eui": dev_eui}).fetchall()
    return [RecordedCalibration(row[0], Calibration(*row[5:]), *row[1:5]) for row in rows]
