"""What happens in a scenario: the entries of `events`, and the words that scenario files share."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    model_validator,
)

from simulators.durations import duration
from simulators.phenomena import home

Span = Annotated[timedelta, BeforeValidator(duration), Field(ge=timedelta(0))]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]


def one_of(kinds: Iterable[str]) -> AfterValidator:
    """Give a check that a text is one of some words."""
    known = tuple(kinds)

    def check(name: str) -> str:
        if name not in known:
            raise ValueError(f"{name!r} is not one of {', '.join(known)}")
        return name

    return AfterValidator(check)


HomeName = Annotated[str, one_of(home.KINDS)]


class Strict(BaseModel):
    """A part of a file: nothing else may stand in it, and nobody changes it."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class _Stretch(Strict):
    """Something that lasts from a time after the start of the scenario."""

    start: Span = Field(alias="from")
    length: Span | None = Field(default=None, alias="for")
    """Absent: until the end"""


class Becomes(_Stretch):
    """A room becomes another kind of room: its heating fails, a pipe leaks."""

    what: Literal["becomes"]
    device: Name
    home: HomeName


class Dust(_Stretch):
    """A site is dusty."""

    what: Literal["dust"]
    group: Name
    strength: Annotated[float, Field(gt=0, le=5000)]
    wind_from: Annotated[float, Field(ge=0, lt=360)] | None = None


class Silent(_Stretch):
    """A device does not speak."""

    what: Literal["silent"]
    device: Name
    rejoin: bool = False
    refused_joins: Annotated[int, Field(ge=0, le=20)] = 0
    """So many times it tries with a nonce that was used, a minute apart, before it is let in"""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.refused_joins and not self.rejoin:
            raise ValueError("refused_joins are of a device that joins again (rejoin: true)")
        if self.length is not None and self.length <= self.refused_joins * timedelta(minutes=2):
            raise ValueError(f"{self.refused_joins} refused joins take more than {self.length}")
        return self


class Stuck(_Stretch):
    """A device's sensor gives the same values again and again; one in a bay sees no change."""

    what: Literal["stuck"]
    device: Name


class Drains(Strict):
    """A device's battery goes from what it had to empty in so long."""

    what: Literal["drains"]
    device: Name
    start: Span = Field(alias="from")
    length: Annotated[Span, Field(gt=timedelta(0), alias="for")]


class Restarts(Strict):
    """A device that never joins restarts: it counts from 0 on the same address."""

    what: Literal["restarts"]
    device: Name
    start: Span = Field(alias="at")
    checked: bool = False
    """The network server checks the counter: it passes nothing on until that is where it was"""


class GatewayDown(_Stretch):
    """A gateway hears nothing."""

    what: Literal["gateway_down"]
    gateway: Name


Event = Annotated[
    Becomes | Dust | Silent | Stuck | Drains | Restarts | GatewayDown,
    Field(discriminator="what"),
]
