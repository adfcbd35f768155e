"""How a case begins: which hazard, how grave, when we became aware, and how."""

from dataclasses import dataclass
from datetime import datetime

from pydantic import BaseModel, Field

from alerts import hazards
from alerts.hazards import Category
from storage.cases import Awareness
from web.forms import Errors, field_time, past_time

CATEGORIES = (
    (
        Category.SIGNIFICANT.value,
        "Significant",
        "Investigate within 10 working days",
    ),
    (
        Category.EMERGENCY.value,
        "Emergency",
        "An imminent and significant risk of harm: investigate and make safe within 24 hours",
    ),
)
"""How grave a hazard may be held to be: value, words, hint"""


class NewCase(BaseModel):
    """What the form of a new case sends."""

    hazard: str = Field(default="damp_mould", max_length=40)
    category: str = Field(default=Category.SIGNIFICANT.value, max_length=20)
    aware: str = Field(default="", max_length=40)
    reported: str = Field(default="", max_length=500)


@dataclass(frozen=True, slots=True)
class ReadyCase:
    """A case that can be opened."""

    awareness: Awareness
    hazard: str
    category: Category


def hazard_choices() -> list[tuple[str, str]]:
    """List the hazards for a form."""
    return [(each.id, each.name) for each in hazards.load().values()]


def begin(written: NewCase, offered: Awareness, now: datetime) -> tuple[ReadyCase | None, Errors]:
    """Read a new case; None with what is wrong, each with its field.

    Args:
        written: what the form holds.
        offered: what the case would begin with; what is left as it was offered stays exact.
        now: the time.
    """
    errors: Errors = []
    if written.hazard not in hazards.load():
        errors.append(("hazard", "Choose a hazard"))
    if written.category not in set(Category):
        errors.append(("category", "Choose how grave it is held to be"))
    aware_at = offered.aware_at
    if written.aware.strip() not in {"", field_time(offered.aware_at)}:
        aware_at = past_time(written.aware, "aware", now, errors)
    reported = written.reported.strip() or offered.reported
    if not reported:
        errors.append(("reported", "Write how we became aware"))
    if errors:
        return None, errors
    told = Awareness(offered.place_id, aware_at, reported)
    return ReadyCase(told, written.hazard, Category(written.category)), []
