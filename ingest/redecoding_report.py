"""What decoding a device's uplinks again changes, counted for a person to look at."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from ingest.redecoding_sheet import Difference, Sheet
from storage.redecoding import Key, Value

_EXAMPLES = 5


@dataclass(slots=True)
class Report:
    """What decoding a device's uplinks again changes."""

    dev_eui: str
    uplinks: int = 0
    unreadable: Counter[str] = field(default_factory=Counter)
    """Uplinks that the codec of now refuses, by reason: what they gave goes away"""
    kept: Counter[str] = field(default_factory=Counter)
    """Uplinks that could not be read for want of a codec or an object: they stay as they were"""
    changes: dict[tuple[str, str], Counter[str]] = field(default_factory=dict)
    """By property and channel: how many are added, removed, changed"""
    examples: list[str] = field(default_factory=list)

    def total(self, kind: str) -> int:
        """Give how many observations are `added`, `removed` or `changed`."""
        return sum(counts[kind] for counts in self.changes.values())

    def document(self) -> dict[str, object]:
        """Give it as JSON has it."""
        return {
            "dev_eui": self.dev_eui,
            "uplinks": self.uplinks,
            "unreadable": dict(self.unreadable),
            "kept": dict(self.kept),
            "properties": self.properties(),
            "examples": self.examples,
        }

    def properties(self) -> list[dict[str, object]]:
        """Give what changes of each property."""
        return [
            {
                "property": name,
                "channel": channel,
                **{kind: counts[kind] for kind in ("added", "removed", "changed")},
            }
            for (name, channel), counts in sorted(self.changes.items())
        ]

    def count(self, sheet: Sheet, difference: Difference, there: Mapping[Key, Value]) -> None:
        """Add what a stretch of time changes; `there` is what is stored in it."""
        self.uplinks += sheet.uplinks
        self.unreadable += sheet.unreadable
        self.kept += sheet.kept
        for key in difference.put:
            self._counts(key)["changed" if key in difference.changed else "added"] += 1
        for key in difference.removed:
            self._counts(key)["removed"] += 1
        room = _EXAMPLES - len(self.examples)
        touched = sorted([*difference.put, *difference.removed], key=lambda key: key.time)
        self.examples += [_example(key, difference, there) for key in touched[:room]]

    def _counts(self, key: Key) -> Counter[str]:
        return self.changes.setdefault((key.observed_property, key.channel), Counter())


def _example(key: Key, difference: Difference, there: Mapping[Key, Value]) -> str:
    name = f"{key.observed_property} ({key.channel})" if key.channel else key.observed_property
    was = f"{there[key][0]:g}" if key in there else "nothing"
    becomes = f"{difference.put[key][0]:g}" if key in difference.put else "nothing"
    return f"{name} at {key.time.isoformat()}: {was} becomes {becomes}"
