"""The figures: each with its source, and every mistake in them told at once."""

from pathlib import Path

import pytest

from alerts import figures
from alerts.figures import Figures
from alerts.problems import RulesWrong
from alerts.remarked import RestsOn

SHIPPED = figures.SHIPPED.read_text()


def load(folder: Path, *changes: tuple[str, str]) -> Figures:
    """Read the shipped figures after changes of their text."""
    text = SHIPPED
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    file = folder / "figures.yaml"
    file.write_text(text)
    return figures.load(file)


def problems(folder: Path, *changes: tuple[str, str]) -> dict[str, str]:
    """Give the mistakes by path."""
    with pytest.raises(RulesWrong) as caught:
        load(folder, *changes)
    return {problem.path: problem.message for problem in caught.value.problems}


def test_shipped() -> None:
    """Every shipped figure says what it rests on, and where it comes from."""
    shipped = figures.load()
    assert shipped.moisture.factor_default == 0.75
    assert shipped.part_f.surface_limits == {24: 95, 168: 85, 720: 75}
    assert shipped.remarks["moisture.surface_limit"].rests_on is RestsOn.SEEN
    assert all(remark.source for remark in shipped.remarks.values())
    assert len(shipped.remarks) == SHIPPED.count("rests_on:")


def test_another_value(tmp_path: Path) -> None:
    """A copy with another value is taken."""
    assert load(tmp_path, ("value: 0.75", "value: 0.7")).moisture.factor_default == 0.7


@pytest.mark.parametrize(
    ("old", "new", "path", "message"),
    [
        ("value: 0.75", "value: 1.5", "moisture.factor_default", "less than or equal to 1"),
        ("value: 14d", "value: 14", "mould.red_rise_within", "`14` is not a duration"),
        ("value: sensitive", "value: tough", "mould.material", "`tough` is none of very sensitive"),
        ("rests_on: seen", "rests_on: hope", "moisture.surface_limit.rests_on", "is none of"),
        ("  factor_default", "  factr_default", "moisture.factr_default", "`factor_default`?"),
        ("  factor_default", "  factr_default", "moisture.factor_default", "is missing"),
        ("mould:", "mold:", "mold", "is not known here; did you mean `mould`?"),
        ("mould:", "mold:", "mould", "is missing, or holds no figures"),
        ("    value: 0.75\n", "", "moisture.factor_default.value", "is missing"),
    ],
)
def test_mistakes(tmp_path: Path, old: str, new: str, path: str, message: str) -> None:
    """Each mistake is told with its path and what to write."""
    assert message in problems(tmp_path, (old, new))[path]


def test_all_at_once(tmp_path: Path) -> None:
    """Mistakes of several sections are told together."""
    changes = [("value: 0.75", "value: x"), ("value: 14d", "value: y"), ("value: 45", "value: -1")]
    assert list(problems(tmp_path, *changes)) == [
        *("moisture.factor_default", "mould.red_rise_within", "dust.wind_sector")
    ]


@pytest.mark.parametrize(
    ("text", "message"), [("- 1", "holds no sections"), ("a: [", "line 1, column 5")]
)
def test_no_figures(tmp_path: Path, text: str, message: str) -> None:
    """A file that is something else is told too."""
    file = tmp_path / "figures.yaml"
    file.write_text(text)
    with pytest.raises(RulesWrong, match=message):
        figures.load(file)
