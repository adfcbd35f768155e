"""Numbers in a YAML file that say what they rest on and where they come from.

    section:
      name:
        value: 0.75
        rests_on: seen | practice | decision
        source: where it was read, or why it was chosen

A section becomes a dataclass, which says what each number may be.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from enum import StrEnum
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from alerts import yaml_text
from alerts.problems import Problem, RulesWrong, explain, suggest
from alerts.rule_text import Text

Document = dict[str, Any]
"""What a file holds, by section and name"""


class RestsOn(StrEnum):
    """How far a number may be trusted."""

    SEEN = "seen"
    PRACTICE = "practice"
    DECISION = "decision"


@dataclass(frozen=True, slots=True)
class Remark:
    """What a number rests on."""

    rests_on: RestsOn
    source: str


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    value: Any
    rests_on: RestsOn
    source: Text


def document(path: Path, problems: list[Problem]) -> Document:
    """Read a file's sections; what holds none is a problem.

    Raises:
        RulesWrong: the file is not YAML.
    """
    try:
        found = yaml_text.parse(path.read_bytes())
    except yaml_text.BadYaml as error:
        raise RulesWrong([Problem(path.name, error.where, error.message)]) from error
    if isinstance(found, dict):
        return found
    problems.append(Problem(path.name, "", "holds no sections"))
    return {}


def section(
    file: str, name: str, written: object, kind: type, problems: list[Problem]
) -> tuple[Any, dict[str, Remark]]:
    """Read a section as its dataclass, with the remarks by `section.name`; None when it is wrong.

    Args:
        file: its name, for the problems.
        name: the section's.
        written: what stands in the file.
        kind: the dataclass.
        problems: to which all mistakes are added.
    """
    remarks: dict[str, Remark] = {}
    if not isinstance(written, dict):
        problems.append(Problem(file, name, "is missing, or holds no figures"))
        return None, remarks
    problems += unknown(file, f"{name}.", written, [field.name for field in fields(kind)])
    values: dict[str, Any] = {}
    for figure, entry in written.items():
        try:
            text = _Entry.model_validate(entry)
            values[figure] = text.value
            remarks[f"{name}.{figure}"] = Remark(text.rests_on, text.source)
        except ValidationError as error:
            problems += explain(file, f"{name}.{figure}", error, {"": _Entry})
    if values.keys() != written.keys():
        return None, remarks
    try:
        return TypeAdapter(kind).validate_python(values), remarks
    except ValidationError as error:
        problems += explain(file, name, error, {"": _Entry})
        return None, remarks


def unknown(
    file: str, prefix: str, written: Iterable[object], known: Iterable[str]
) -> list[Problem]:
    """Give a problem for each name that is not among the known ones."""
    names = list(known)
    return [
        Problem(file, f"{prefix}{key}", f"is not known here{suggest(str(key), names)}")
        for key in written
        if key not in names
    ]
