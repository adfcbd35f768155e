"""One letter to a recipient, complete: what, where, since when, how high, what to do, and a link.

It says nothing of who lives somewhere: neither residents' names nor a device's own tags are in it.
"""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from alerts.concerns import LetterKind
from alerts.model import Severity

_LONDON = ZoneInfo("Europe/London")
_HEADS = {
    LetterKind.FIRED: "",
    LetterKind.RAISED: "Worse: ",
    LetterKind.REMINDER: "Still: ",
    LetterKind.ESCALATED: "Nobody has acknowledged: ",
    LetterKind.CHATTERING: "Comes and goes: ",
    LetterKind.RESOLVED: "Over: ",
    LetterKind.WITHDRAWN: "Was not so: ",
    LetterKind.ASSIGNED: "Yours: ",
    LetterKind.CASE_DEADLINE: "Deadline: ",
    LetterKind.UNDELIVERED: "Not delivered: ",
}
_NOTES = {
    LetterKind.CHATTERING: "It comes and goes too often: you get no more letters until it rests.",
    LetterKind.WITHDRAWN: "Later readings show that it was not so.",
}


@dataclass(frozen=True, slots=True)
class PostItem:
    """What a letter says of one episode, or of one deadline of a case."""

    kind: LetterKind
    severity: Severity
    title: str
    spot: str
    """The room, or the position at a site; may be empty"""
    since: datetime
    """When it fired; of a case, when we became aware"""
    value: float | None
    """The worst value"""
    unit: str
    advice: str
    path: str
    """Of the page that tells all, such as `/alerts/<id>`"""
    due: datetime | None = None
    """Of a case's deadline"""
    why: str = ""
    """Of a device that is not heard"""

    @property
    def headline(self) -> str:
        """What happened, in one line."""
        return f"{_HEADS[self.kind]}{self.title}"


@dataclass(frozen=True, slots=True)
class Post:
    """A letter."""

    recipient: str
    """The recipient's name; where they are reached is looked up when it is sent"""
    where: str
    area: str
    items: tuple[PostItem, ...]
    """The most urgent first"""
    link: str = ""
    """The pages' own address; empty: no links"""

    @property
    def severity(self) -> Severity:
        """The severity of the most urgent item."""
        return self.items[0].severity

    @property
    def title(self) -> str:
        """The headline of the most urgent item."""
        return self.items[0].headline

    @property
    def subject(self) -> str:
        """One line: how urgent, what, where, and how much more."""
        more = f" and {len(self.items) - 1} more" if len(self.items) > 1 else ""
        return f"[{self.severity}] {self.title}{more} - {self.where}"

    @property
    def text(self) -> str:
        """The whole letter as plain text."""
        place = f"{self.where}, {self.area}" if self.area else self.where
        parts = [place, *("\n".join(self.lines(item)) for item in self.items)]
        return "\n\n".join(parts) + "\n"

    def lines(self, item: PostItem) -> list[str]:
        """Give one item as lines of plain text."""
        lines = [f"{item.headline} ({item.severity})"]
        if item.spot:
            lines.append(f"Where: {item.spot}")
        lines.append(f"Since: {_clock(item.since)}")
        if item.due:
            lines.append(f"Due: {_clock(item.due)}")
        if item.value is not None:
            lines.append(f"Worst: {item.value:g} {item.unit}".rstrip())
        if item.why:
            lines.append(f"Why: {item.why}")
        if item.kind in _NOTES:
            lines.append(_NOTES[item.kind])
        elif item.advice and item.kind is not LetterKind.RESOLVED:
            lines.append(f"What to do: {item.advice}")
        if self.link:
            lines.append(f"More: {self.link.rstrip('/')}{item.path}")
        return lines


def _clock(moment: datetime) -> str:
    local = moment.astimezone(_LONDON)
    return f"{local:%A} {local.day} {local:%B %Y, %H:%M}"
