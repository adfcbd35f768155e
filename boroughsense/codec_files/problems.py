"""Mistakes in a codec's files, and the words that both kinds of file share."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from alerts import durations, yaml_text
from alerts.problems import Problem, explain, suggest
from decoders.properties import PROPERTIES
from decoders.units import NAMES

_Text = TypeVar("_Text", bound="Strict")


class CodecFilesWrong(Exception):
    """A codec's files are wrong; the problems are all there are, in order."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


class Strict(BaseModel):
    """A part of a file: a key that is not a field is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


def _property(name: str) -> str:
    known = [entry.name for entry in PROPERTIES.values() if not entry.derived]
    if name in known:
        return name
    if name in PROPERTIES:
        raise ValueError(f"`{name}` is computed from others: no device sends it")
    raise ValueError(f"`{name}` is not an observed property{suggest(name, known)}")


def _unit(name: str) -> str:
    if name not in NAMES:
        raise ValueError(f"`{name}` is not a unit we know{suggest(name, NAMES)}")
    return name


def _interval(written: object) -> timedelta:
    interval = durations.read(written)
    if not interval:
        raise ValueError("a device reports at some interval")
    return interval


Property = Annotated[str, Field(strict=True), AfterValidator(_property)]
Unit = Annotated[str, Field(strict=True), AfterValidator(_unit)]
Interval = Annotated[timedelta, BeforeValidator(_interval)]
Channel = Annotated[str, Field(strict=True, pattern=r"^[a-z0-9_-]{0,32}$")]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]


def read(file: Path) -> bytes:
    """Give the file's bytes; CodecFilesWrong when it cannot be read."""
    try:
        return file.read_bytes()
    except OSError as error:
        raise CodecFilesWrong(
            [Problem(str(file), "", f"cannot be read: {error.strerror}")]
        ) from error


def check(
    content: bytes, file: str, kind: type[_Text], nested: Mapping[str, type[BaseModel]]
) -> _Text:
    """Read a YAML document as a kind of file.

    Args:
        content: The document.
        file: How the file is called in the problems.
        kind: The model of the document.
        nested: The models of its parts by their path, such as `frames.fields`.

    Raises:
        CodecFilesWrong: it is not YAML, or not such a document; with every mistake.
    """
    try:
        document = yaml_text.parse(content)
    except yaml_text.BadYaml as error:
        raise CodecFilesWrong([Problem(file, error.where, error.message)]) from error
    if not isinstance(document, dict):
        raise CodecFilesWrong([Problem(file, "", "is not a mapping of fields")])
    try:
        return kind.model_validate(document)
    except ValidationError as error:
        raise CodecFilesWrong(explain(file, "", error, {"": kind, **nested})) from error
