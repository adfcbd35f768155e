"""How people are told: waits, reminders, escalation, as `telling.yaml` says it, not code."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError

from alerts import durations, yaml_text
from alerts.clocks import Holidays
from alerts.hazards import Category
from alerts.model import Severity
from alerts.recipients import Team
from alerts.rule_text import Count, Duration
from alerts.working_hours import after_working_days

SHIPPED = Path(__file__).with_name("telling.yaml")
"""The policy that comes with the product"""
_WORKING_DAYS = "wd"


class PolicyWrong(ValueError):
    """The file cannot be used; the message names it and every mistake."""


@dataclass(frozen=True, slots=True)
class Delay:
    """A time to wait: elapsed, or in working days."""

    elapsed: timedelta = timedelta(0)
    working_days: int = 0

    def after(self, moment: datetime, holidays: Holidays) -> datetime:
        """Give when it is over, counted from a moment."""
        return after_working_days(moment, self.working_days, holidays) + self.elapsed


def _delay(written: object) -> Delay:
    text = str(written)
    number = text.removesuffix(_WORKING_DAYS)
    if text.endswith(_WORKING_DAYS) and number.isdecimal():
        return Delay(working_days=int(number))
    return Delay(durations.read(written))


@dataclass(frozen=True, slots=True)
class Cadence:
    """How one team's alerts of one severity are told again, and to whom else."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    team: Team
    severity: Severity
    remind: Duration | None = None
    """None: nobody is reminded"""
    in_hours: bool = False
    """Reminders come in working hours alone"""
    escalate: tuple[Annotated[Delay, BeforeValidator(_delay)], ...] = ()
    """For the levels 1, 2, ... of escalation, how long nobody has acknowledged"""


NEVER = Cadence(Team.SERVICE, Severity.INFO)
"""Of what is told once"""


@dataclass(frozen=True, slots=True)
class Policy:
    """How people are told."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    look_every: Duration
    """So often it is looked whether somebody is to be told"""
    group_wait: Duration
    silence_wait: Duration
    """The same for a device that is not heard"""
    group_interval: Duration
    chatter_pairs: Annotated[Count, Field(ge=1)]
    chatter_window: Duration
    chatter_hold: Duration
    """So long it must have been over before its end is told"""
    case_near_emergency: Duration
    case_near_significant: Duration
    report_letters_a_day: Annotated[Count, Field(ge=1)]
    """The goal of the alarm report, for each recipient"""
    report_flood: Annotated[Count, Field(ge=1)]
    """More than so much told in the span below is a flood"""
    report_flood_span: Duration
    report_standing: Duration
    """What fires for longer stands in the report"""
    report_standing_homes: Duration
    regional_history: Duration
    """Over so long a time a monitor's usual level is worked out"""
    regional_least_hours: Annotated[Count, Field(ge=1)]
    """With fewer valid hours in it, nobody knows what is usual"""
    cadences: tuple[Cadence, ...]

    def case_near(self, category: Category) -> timedelta:
        """Give how long before it is due a case's deadline is near."""
        if category is Category.EMERGENCY:
            return self.case_near_emergency
        return self.case_near_significant

    def cadence(self, team: Team, severity: Severity) -> Cadence:
        """Give how a team's alerts of a severity are told again."""
        fits = (each for each in self.cadences if (each.team, each.severity) == (team, severity))
        return next(fits, NEVER)


@cache
def load(file: Path = SHIPPED) -> Policy:
    """Read the policy.

    Raises:
        PolicyWrong: it cannot be read, or is malformed.
    """
    try:
        return TypeAdapter(Policy).validate_python(yaml_text.parse(file.read_bytes()))
    except OSError as error:
        raise PolicyWrong(f"{file.name}: cannot be read: {error.strerror}") from error
    except yaml_text.BadYaml as error:
        raise PolicyWrong(f"{file.name}: {error}") from error
    except ValidationError as error:
        raise PolicyWrong("\n".join(_sentences(file.name, error))) from error


def _sentences(name: str, error: ValidationError) -> Iterator[str]:
    for problem in error.errors():
        where = ".".join(str(part) for part in problem["loc"])
        yield f"{name}: {where}: {problem['msg'].removeprefix('Value error, ')}"
