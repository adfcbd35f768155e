"""Numbers that a service tells of itself, in the text format that Prometheus reads (0.0.4)."""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

Labels = Mapping[str, str]


class Metric(Protocol):
    """One name with its numbers."""

    def lines(self) -> Iterable[str]:
        """Give the lines of the format."""
        ...


def _head(name: str, kind: str, told: str) -> str:
    return f"# HELP {name} {told}\n# TYPE {name} {kind}"


def _labelled(name: str, labels: Labels) -> str:
    if not labels:
        return name
    inside = ",".join(f'{key}="{_escaped(value)}"' for key, value in sorted(labels.items()))
    return f"{name}{{{inside}}}"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


class Counter:
    """A number that only grows, one for each combination of labels."""

    def __init__(self, name: str, told: str) -> None:
        self._name = name
        self._told = told
        self._values: dict[tuple[tuple[str, str], ...], float] = {}
        self._guard = threading.Lock()

    def add(self, number: float, **labels: str) -> None:
        """Count some more."""
        key = tuple(sorted(labels.items()))
        with self._guard:
            self._values[key] = self._values.get(key, 0.0) + number

    def value(self, **labels: str) -> float:
        """Give the number so far."""
        return self._values.get(tuple(sorted(labels.items())), 0.0)

    def lines(self) -> Iterable[str]:
        """Give the lines of the format."""
        yield _head(self._name, "counter", self._told)
        with self._guard:
            values = sorted(self._values.items())
        for key, number in values or [((), 0.0)]:
            yield f"{_labelled(self._name, dict(key))} {number:g}"


class Gauge:
    """A number that is asked for when somebody reads it.

    Args:
        name: of the metric.
        told: one sentence for a person.
        read: gives the number, or None when there is none now.
    """

    def __init__(self, name: str, told: str, read: Callable[[], float | None]) -> None:
        self._name = name
        self._told = told
        self._read = read

    def lines(self) -> Iterable[str]:
        """Give the lines of the format."""
        number = self._read()
        if number is not None:
            yield _head(self._name, "gauge", self._told)
            yield f"{self._name} {number:.10g}"


class Histogram:
    """How often a number lay where; the bounds are upper ones, rising."""

    def __init__(self, name: str, told: str, bounds: Sequence[float]) -> None:
        self._name = name
        self._told = told
        self._bounds = tuple(bounds)
        self._counts = [0] * (len(self._bounds) + 1)
        self._sum = 0.0
        self._guard = threading.Lock()

    def observe(self, number: float, times: int = 1) -> None:
        """Note a number, so many times."""
        place = next(
            (index for index, bound in enumerate(self._bounds) if number <= bound),
            len(self._bounds),
        )
        with self._guard:
            self._counts[place] += times
            self._sum += number * times

    def lines(self) -> Iterable[str]:
        """Give the lines of the format: each bucket counts those below it too."""
        with self._guard:
            counts, total = list(self._counts), self._sum
        yield _head(self._name, "histogram", self._told)
        below = 0
        for bound, count in zip((*map("{:g}".format, self._bounds), "+Inf"), counts, strict=True):
            below += count
            yield f"{_labelled(f'{self._name}_bucket', {'le': bound})} {below}"
        yield f"{self._name}_sum {total:g}"
        yield f"{self._name}_count {below}"


def render(metrics: Iterable[Metric]) -> str:
    """Give the page that Prometheus reads."""
    return "\n".join(line for metric in metrics for line in metric.lines()) + "\n"
