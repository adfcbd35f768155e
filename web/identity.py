"""Who is signed in, and what each role may see and do.

    area          housing   environment   parking   engineering   admin    public
    housing       own patch                                       all
    environment             all                     all           all      outdoor, through the API
    parking                               all       all           all      through the API
    engineering                                     all           all
    audit                                                         all

`read_only` reads environment, parking and engineering and changes nothing. Nobody but housing
officers and admins ever sees a dwelling; every such read is logged.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a person is trusted with."""

    HOUSING = "housing"
    ENVIRONMENT = "environment"
    PARKING = "parking"
    ENGINEER = "engineer"
    READ_ONLY = "read_only"
    ADMIN = "admin"


class Area(StrEnum):
    """A part of the pages."""

    HOUSING = "housing"
    ENVIRONMENT = "environment"
    PARKING = "parking"
    ENGINEERING = "engineering"
    AUDIT = "audit"


READERS: Mapping[Area, frozenset[Role]] = {
    Area.HOUSING: frozenset({Role.HOUSING, Role.ADMIN}),
    Area.ENVIRONMENT: frozenset({Role.ENVIRONMENT, Role.ENGINEER, Role.READ_ONLY, Role.ADMIN}),
    Area.PARKING: frozenset({Role.PARKING, Role.ENGINEER, Role.READ_ONLY, Role.ADMIN}),
    Area.ENGINEERING: frozenset({Role.ENGINEER, Role.READ_ONLY, Role.ADMIN}),
    Area.AUDIT: frozenset({Role.ADMIN}),
}
"""Who may look at an area."""

WRITERS: Mapping[Area, frozenset[Role]] = {
    area: roles - {Role.READ_ONLY} for area, roles in READERS.items()
}
"""Who may change something in an area."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is signed in."""

    name: str
    email: str
    roles: frozenset[Role]
    patches: frozenset[str] | None = frozenset()
    """The housing patches that the person sees; None: all"""
    is_program: bool = False
    """Comes with a token instead of a session: reads what its roles do, and changes nothing"""

    @property
    def signature(self) -> str:
        """How the person is written down: two of one name are told apart by the address."""
        return f"{self.name} <{self.email}>" if self.email else self.name

    def may_read(self, area: Area) -> bool:
        """Say whether the person may look at an area."""
        return bool(self.roles & READERS[area])

    def may_change(self, area: Area) -> bool:
        """Say whether the person may change something in an area."""
        return not self.is_program and bool(self.roles & WRITERS[area])

    def may_see_patch(self, patch: str) -> bool:
        """Say whether the person may see the dwellings of a patch."""
        return self.may_read(Area.HOUSING) and (self.patches is None or patch in self.patches)
