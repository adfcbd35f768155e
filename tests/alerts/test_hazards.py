"""Which hazards have clocks, from when on."""

from datetime import date
from pathlib import Path

import pytest

from alerts import hazards
from alerts.hazards import Category, UnknownHazard


def test_clocks_run_from_the_day_that_the_law_is_in_force() -> None:
    """Damp and mould have clocks from 27 October 2025 on, not the day before."""
    damp = hazards.hazard("damp_mould")
    assert damp.has_clocks(Category.SIGNIFICANT, date(2025, 10, 27))
    assert not damp.has_clocks(Category.SIGNIFICANT, date(2025, 10, 26))


def test_a_phase_without_a_date_has_no_clock() -> None:
    """Excess cold has the emergency's clocks, and none as a significant hazard."""
    cold = hazards.hazard("excess_cold")
    assert cold.has_clocks(Category.EMERGENCY, date(2026, 11, 24))
    assert not cold.has_clocks(Category.SIGNIFICANT, date(2026, 11, 24))


def test_unknown_hazard_is_told_with_those_there_are() -> None:
    """A name that is not in the table is refused."""
    with pytest.raises(UnknownHazard, match="`noise` is none of damp_mould, excess_cold"):
        hazards.hazard("noise")


@pytest.mark.parametrize(
    "content",
    [b"hazards: 5", b"[]", b"hazards: [{id: a}]", b"hazards: [{id: a, name: b, emergency: soon}]"],
)
def test_malformed_table_is_told(tmp_path: Path, content: bytes) -> None:
    """A table that cannot be read is refused with the file's name."""
    file = tmp_path / "hazards.yaml"
    file.write_bytes(content)
    with pytest.raises(ValueError, match=r"hazards\.yaml is no table of hazards"):
        hazards.load(file)
