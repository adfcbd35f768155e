"""Mistakes in rule files and their tests: collected, never raised one by one."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from alerts import yaml_text


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake, and where it stands."""

    file: str
    path: str
    """Such as `rules[2].levels[0].deadband`; for what is not YAML, `line 3, column 5`"""
    message: str

    def __str__(self) -> str:
        """Write it as one line."""
        return ": ".join(part for part in (self.file, self.path, self.message) if part)


class RulesWrong(Exception):
    """Rules or their tests are wrong; the problems are all there are, in order."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


def suggest(word: str, known: Iterable[str]) -> str:
    """Give `; did you mean ...?` when a known word is near."""
    near = difflib.get_close_matches(word, list(known), n=1)
    return f"; did you mean `{near[0]}`?" if near else ""


def entries(file: Path, name: str, problems: list[Problem]) -> list[tuple[str, dict[str, Any]]]:
    """Give the mappings of a file's one list, with their paths; what is none is a problem."""
    return entries_of(file.read_bytes(), file.name, name, problems)


def entries_of(
    content: bytes, file: str, name: str, problems: list[Problem]
) -> list[tuple[str, dict[str, Any]]]:
    """Give the mappings of a text's one list, as `entries` does; `file` is what it is called."""
    try:
        document = yaml_text.parse(content)
    except yaml_text.BadYaml as error:
        problems.append(Problem(file, error.where, error.message))
        return []
    if not isinstance(document, dict):
        problems.append(Problem(file, "", f"holds no `{name}:` with a list"))
        return []
    problems += [
        Problem(file, key, f"is not a field here{suggest(key, [name])}")
        for key in map(str, document)
        if key != name
    ]
    several = document.get(name)
    if not isinstance(several, list):
        problems.append(Problem(file, name, "is missing, or is not a list"))
        return []
    numbered = [(f"{name}[{index}]", entry) for index, entry in enumerate(several)]
    problems += [
        Problem(file, path, f"`{entry}` is not a mapping of fields")
        for path, entry in numbered
        if not isinstance(entry, dict)
    ]
    return [(path, entry) for path, entry in numbered if isinstance(entry, dict)]


def explain(
    file: str, path: str, error: ValidationError, models: Mapping[str, type[BaseModel]]
) -> list[Problem]:
    """Turn what pydantic found in one entry into problems; `models` gives a nested field's model.

    The entry's own model stands under the empty name, one two levels down under `outer.inner`.
    """
    found = []
    for wrong in error.errors(include_url=False):
        steps = wrong["loc"]
        place = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
        names = [step for step in steps if isinstance(step, str)]
        model = models.get(".".join(names[:-1]), models[""])
        fields = [field.alias or name for name, field in model.model_fields.items()]
        found.append(Problem(file, (path + place).lstrip("."), _message(wrong, fields)))
    return found


def _message(wrong: Mapping[str, Any], fields: Iterable[str]) -> str:
    given = wrong["input"]
    match wrong["type"]:
        case "extra_forbidden":
            return f"is not a field here{suggest(str(wrong['loc'][-1]), fields)}"
        case "missing":
            return "is missing"
        case "enum" | "literal_error":
            choices = wrong["ctx"]["expected"].replace("'", "").replace(" or ", ", ").split(", ")
            return f"`{given}` is none of {', '.join(choices)}{suggest(str(given), choices)}"
        case "value_error":
            return str(wrong["ctx"]["error"])
        case _:
            said = wrong["msg"]
            return f"`{given}` is wrong: {said[0].lower()}{said[1:]}"
