"""Line charts as SVG, drawn on the server: no script, two sizes, gaps shown as gaps.

A chart is one sentence, a key in HTML, the drawing (a wide one, and a narrow one for phones, of
which the style sheet shows one), and a table of the same numbers. The line is broken where values
are missing, never joined.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil, floor, log10
from zoneinfo import ZoneInfo

from markupsafe import Markup

LONDON = ZoneInfo("Europe/London")
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 8, 8, 34
_HEIGHT = 260
_HALF_A_LABEL = 24


@dataclass(frozen=True, slots=True)
class Point:
    """One value at the start of its interval; None where there is none."""

    time: datetime
    value: float | None


@dataclass(frozen=True, slots=True)
class Line:
    """One series."""

    name: str
    points: Sequence[Point]
    style: str = "app-line"


@dataclass(frozen=True, slots=True)
class Limit:
    """A threshold, drawn dashed and named in the key."""

    name: str
    value: float
    style: str = "app-limit"


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment that matters: a repair, the start of works."""

    name: str
    time: datetime


@dataclass(frozen=True, slots=True)
class Chart:
    """What to draw."""

    title: str
    unit: str
    lines: Sequence[Line]
    start: datetime
    end: datetime
    limits: Sequence[Limit] = ()
    marks: Sequence[Mark] = ()

    @property
    def key(self) -> Markup:
        """The key, as an HTML list."""
        rows = [_key(line.name, line.style) for line in self.lines]
        rows += [
            _key(f"{limit.name}: {limit.value:g} {self.unit}", limit.style) for limit in self.limits
        ]
        rows += [_key(f"{mark.name}: {_day(mark.time)}", "app-mark") for mark in self.marks]
        return Markup('<ul class="app-key govuk-body">{}</ul>').format(Markup("").join(rows))

    def svg(self, width: int = 960) -> Markup:
        """The drawing, so many units wide."""
        return _Drawing(self, width).svg()

    @property
    def html(self) -> Markup:
        """The key and both drawings."""
        wide, narrow = self.svg(960), self.svg(360)
        return Markup(
            '{}<div class="app-chart"><div class="app-chart__wide">{}</div>'
            '<div class="app-chart__narrow" aria-hidden="true">{}</div></div>'
        ).format(self.key, wide, narrow)


def _key(name: str, style: str) -> Markup:
    return Markup(
        '<li><svg width="30" height="8" aria-hidden="true" focusable="false">'
        '<path class="{}" d="M0 4H30"/></svg>{}</li>'
    ).format(style, name)


def _day(time: datetime) -> str:
    local = time.astimezone(LONDON)
    return f"{local.day} {local:%b %H:%M}"


@dataclass(frozen=True, slots=True)
class _Scale:
    """From values to places: linear."""

    low: float
    high: float
    first: float
    last: float

    def at(self, value: float) -> float:
        """Give the place of a value."""
        share = (value - self.low) / (self.high - self.low)
        return round(self.first + share * (self.last - self.first), 1)


class _Drawing:
    """One chart at one width."""

    def __init__(self, chart: Chart, width: int) -> None:
        self._chart = chart
        self._width = width
        self._ticks = list(ticks(_values(chart)))
        self._x = _Scale(chart.start.timestamp(), chart.end.timestamp(), _LEFT, width - _RIGHT)
        self._y = _Scale(self._ticks[0], self._ticks[-1], _HEIGHT - _BOTTOM, _TOP)

    def svg(self) -> Markup:
        """Put the parts together."""
        parts = [*self._grid(), *self._days(), *self._limits(), *self._lines(), *self._marks()]
        return Markup(
            '<svg viewBox="0 0 {w} {h}" width="{w}" height="{h}" role="img" '
            'aria-label="{title}, in {unit}">{parts}</svg>'
        ).format(
            w=self._width,
            h=_HEIGHT,
            title=self._chart.title,
            unit=self._chart.unit,
            parts=Markup("").join(parts),
        )

    def _grid(self) -> Iterator[Markup]:
        for tick in self._ticks:
            y = self._y.at(tick)
            yield Markup('<path class="app-grid" d="M{} {}H{}"/>').format(
                _LEFT, y, self._width - _RIGHT
            )
            yield Markup('<text x="{}" y="{}" text-anchor="end">{}</text>').format(
                _LEFT - 6, y + 5, f"{tick:g}"
            )

    def _days(self) -> Iterator[Markup]:
        most = max(2, (self._width - _LEFT) // 110)
        for time, text in time_ticks(self._chart.start, self._chart.end, most):
            if self._x.at(time.timestamp()) > self._width - _HALF_A_LABEL:
                continue
            yield Markup('<text x="{}" y="{}" text-anchor="middle">{}</text>').format(
                self._x.at(time.timestamp()), _HEIGHT - 10, text
            )

    def _limits(self) -> Iterator[Markup]:
        for limit in self._chart.limits:
            yield Markup('<path class="{}" d="M{} {}H{}"/>').format(
                limit.style, _LEFT, self._y.at(limit.value), self._width - _RIGHT
            )

    def _marks(self) -> Iterator[Markup]:
        for mark in self._chart.marks:
            yield Markup('<path class="app-mark" d="M{} {}V{}"/>').format(
                self._x.at(mark.time.timestamp()), _TOP, _HEIGHT - _BOTTOM
            )

    def _lines(self) -> Iterator[Markup]:
        for line in self._chart.lines:
            yield Markup('<path class="{}" d="{}"/>').format(line.style, self._path(line.points))

    def _path(self, points: Sequence[Point]) -> str:
        """Draw run after run; a value alone between gaps is a short dash."""
        drawn = []
        for run in runs(points):
            places = [
                f"{self._x.at(p.time.timestamp()):g} {self._y.at(p.value):g}"
                for p in run
                if p.value is not None
            ]
            drawn.append("M" + "L".join(places) + ("h2" if len(places) == 1 else ""))
        return "".join(drawn)


def runs(points: Sequence[Point]) -> Iterator[list[Point]]:
    """Give the stretches that have values."""
    run: list[Point] = []
    for point in points:
        if point.value is not None:
            run.append(point)
        elif run:
            yield run
            run = []
    if run:
        yield run


def _values(chart: Chart) -> list[float]:
    found = [p.value for line in chart.lines for p in line.points if p.value is not None]
    return found + [limit.value for limit in chart.limits]


def ticks(values: Sequence[float]) -> Iterator[float]:
    """Give four to eight round values that span the values."""
    low, high = min(values, default=0.0), max(values, default=1.0)
    if high - low < 1e-9:
        low, high = low - 1, high + 1
    step = 10.0 ** floor(log10((high - low) / 4))
    step *= next(factor for factor in (1, 2, 5, 10) if (high - low) / (step * factor) <= 6)
    first = floor(low / step)
    for number in range(first, max(ceil(high / step), first + 1) + 1):
        yield round(number * step, 10)


def time_ticks(start: datetime, end: datetime, most: int) -> Iterator[tuple[datetime, str]]:
    """Give some local midnights, or some local hours of a short stretch, with their names."""
    length = end - start
    if length <= timedelta(days=2):
        step = next(h for h in (1, 2, 3, 6, 12, 24) if length / timedelta(hours=h) <= most)
        local = start.astimezone(LONDON).replace(minute=0, second=0, microsecond=0, tzinfo=None)
        while (time := local.replace(tzinfo=LONDON)) <= end:
            if time >= start and local.hour % step == 0:
                yield time, f"{local:%H:%M}"
            local += timedelta(hours=1)
        return
    every = max(1, ceil(length / timedelta(days=1) / most))
    day = start.astimezone(LONDON).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    number = 0
    while (time := day.replace(tzinfo=LONDON)) <= end:
        if time >= start:
            if number % every == 0:
                yield time, f"{day.day} {day:%b}"
            number += 1
        day += timedelta(days=1)
