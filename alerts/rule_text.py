"""A rule as its file writes it: every field checked, also against what its property can be.

A mistake is a `ValueError` of one sentence at its own field, so that one pass over a rule finds
all of them.
"""

from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Annotated, Any, Literal, Self, cast

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
)

from alerts import durations
from alerts.device_logs import ALL_CODES
from alerts.model import Severity
from alerts.problems import suggest
from alerts.steps import steps_of
from decoders.properties import PROPERTIES, ObservedProperty

HOUR = timedelta(hours=1)

Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Count = Annotated[int, Field(strict=True, ge=0)]
Text = Annotated[str, Field(strict=True, min_length=1)]


def _duration(written: object) -> timedelta:
    """Read a duration; a default is one already."""
    return written if isinstance(written, timedelta) else durations.read(written)


Duration = Annotated[timedelta, BeforeValidator(_duration)]


def _whole_hours(duration: timedelta) -> timedelta:
    if duration < HOUR or duration % HOUR:
        raise ValueError(f"{durations.write(duration)} is not a whole number of hours")
    return duration


WholeHours = Annotated[Duration, AfterValidator(_whole_hours)]


@dataclass(frozen=True, slots=True)
class Around:
    """What the fields of a level must agree with."""

    observed_property: ObservedProperty | None
    """None when the rule names none that exists: then nothing is said about its values"""
    above: bool
    inclusive: bool = False
    """The threshold itself breaches, and the clear level itself does not clear"""

    @classmethod
    def of(cls, written: dict[str, Any]) -> Self:
        """Read it off the rule, before the rule is checked."""
        named, breach = written.get("observed_property"), written.get("breach")
        known = PROPERTIES.get(named) if isinstance(named, str) else None
        return cls(known, breach not in _LOW, breach in _INCLUSIVE)

    def beyond(self, value: float, limit: float) -> bool:
        """Say whether the value is past the limit in the direction of a breach."""
        return value > limit if self.above else value < limit

    def can_breach(self, threshold: float, worst: float) -> bool:
        """Say whether the worst possible value breaches."""
        return self.beyond(worst, threshold) or (self.inclusive and worst == threshold)

    def can_clear(self, clear: float, best: float) -> bool:
        """Say whether the best possible value clears."""
        return self.beyond(clear, best) or (not self.inclusive and best == clear)


_LOW = ("below", "at_or_below")
_INCLUSIVE = ("at_or_above", "at_or_below")


def _around(info: ValidationInfo) -> Around:
    return cast("Around", info.context)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LevelText(_Strict):
    """One threshold with its severity; the clear level directly, or as a deadband."""

    severity: Severity
    threshold: Number
    deadband: Annotated[Number, Field(ge=0)] | None = None
    clear: Number | None = None
    on_delay: Duration = timedelta(0)
    off_delay: Duration = timedelta(0)

    @field_validator("threshold")
    @classmethod
    def _can_fire(cls, threshold: float, info: ValidationInfo) -> float:
        around = _around(info)
        if around.observed_property is None:
            return threshold
        low, high = around.observed_property.plausible
        name, unit = around.observed_property.name, around.observed_property.unit_of_measurement
        if not around.can_breach(threshold, high if around.above else low):
            raise ValueError(
                f"{threshold:g} can never be passed: {name} goes from {low:g} to {high:g} {unit}"
            )
        return threshold

    @field_validator("deadband", "clear")
    @classmethod
    def _can_clear(cls, value: float | None, info: ValidationInfo) -> float | None:
        around = _around(info)
        threshold = info.data.get("threshold")
        if value is None or threshold is None:
            return value
        clear = value if info.field_name == "clear" else _clear(around, threshold, value)
        _check_clear(around, threshold, clear)
        return value

    @field_validator("clear")
    @classmethod
    def _only_one(cls, clear: float | None, info: ValidationInfo) -> float | None:
        if clear is not None and info.data.get("deadband") is not None:
            raise ValueError("give the clear level or the deadband, not both")
        return clear

    def clear_level(self, around: Around) -> float:
        """Give the level at which the breach is over."""
        if self.clear is not None:
            return self.clear
        return _clear(around, self.threshold, self.deadband or 0.0)


def _clear(around: Around, threshold: float, deadband: float) -> float:
    return threshold - deadband if around.above else threshold + deadband


def _check_clear(around: Around, threshold: float, clear: float) -> None:
    if around.beyond(clear, threshold):
        raise ValueError(f"the clear level {clear:g} lies beyond the threshold {threshold:g}")
    if around.observed_property is None:
        return
    low, high = around.observed_property.plausible
    if not around.can_clear(clear, low if around.above else high):
        raise ValueError(
            f"the clear level {clear:g} can never be reached: {around.observed_property.name} "
            f"goes from {low:g} to {high:g}, so the alert would never resolve"
        )


class SilenceText(_Strict):
    """How long a device may not be heard."""

    intervals: Annotated[int, Field(strict=True, ge=1)] = 3
    at_least: WholeHours = HOUR


class LogText(_Strict):
    """Which of the network server's logs are watched, and when it is over."""

    code: Text
    until: Literal["heard", "quiet"]
    quiet: WholeHours

    @field_validator("code")
    @classmethod
    def _is_a_code(cls, code: str) -> str:
        if code not in ALL_CODES:
            raise ValueError(f"`{code}` is no code of a log{suggest(code, ALL_CODES)}")
        return code


class FlappingText(_Strict):
    """When what comes and goes is held; what a rule does not say is a decision of this product."""

    pairs: Count = 5
    """0: never"""
    window: Annotated[Duration, Field(gt=timedelta(0))] = timedelta(hours=24)
    hold: Duration = timedelta(hours=6)


class _Common(_Strict):
    id: Annotated[str, Field(strict=True, pattern=r"^[A-Za-z][A-Za-z0-9_-]*$")]
    title: Text
    environment: Literal["indoor", "outdoor", "any"] = "any"
    reopen_within: Duration = timedelta(0)
    group_by: Literal["device", "device_profile", "gateway", "dwelling", "site", "zone"] = "device"
    message: Text
    source: Annotated[str, Field(strict=True)] = ""


class SilenceRuleText(_Common):
    """A rule on whether devices are heard."""

    silence: SilenceText
    severity: Severity


class LogRuleText(_Common):
    """A rule on what the network server logs of devices."""

    log: LogText
    severity: Severity


class ValueRuleText(_Common):
    """A rule on the mean of an observed property."""

    observed_property: Text
    breach: Literal["above", "below", "at_or_above", "at_or_below"] = "above"
    unit: Text
    step: Annotated[Duration, Field(validate_default=True)] = HOUR
    window: Duration | None = None
    capture: Annotated[Number, Field(gt=0, le=1)] = 0.75
    max_gap: Count = 3
    flapping: FlappingText = FlappingText()
    months: frozenset[Annotated[int, Field(strict=True, ge=1, le=12)]] = frozenset(range(1, 13))
    levels: tuple[LevelText, ...]

    @field_validator("observed_property")
    @classmethod
    def _is_in_the_catalogue(cls, named: str) -> str:
        if named not in PROPERTIES:
            raise ValueError(f"`{named}` is not an observed property{suggest(named, PROPERTIES)}")
        return named

    @field_validator("unit")
    @classmethod
    def _is_the_propertys(cls, unit: str, info: ValidationInfo) -> str:
        around = _around(info)
        known = around.observed_property
        if known is not None and unit != known.unit_of_measurement:
            raise ValueError(
                f"`{unit}` is not the unit of {known.name}: write `{known.unit_of_measurement}`"
            )
        return unit

    @field_validator("step")
    @classmethod
    def _is_known(cls, step: timedelta, info: ValidationInfo) -> timedelta:
        known = _around(info).observed_property
        if known is None:
            return step
        steps = steps_of(known.name, derived=known.derived)
        if step not in steps:
            several = " or ".join(map(durations.write, sorted(steps)))
            raise ValueError(
                f"{known.name} is judged by {several}, not by {durations.write(step)}: "
                f"write `step: {durations.write(steps[0])}`"
            )
        return step

    @field_validator("window")
    @classmethod
    def _is_whole(cls, window: timedelta | None, info: ValidationInfo) -> timedelta | None:
        step = info.data.get("step")
        if step and window is not None and (window < step or window % step):
            unit = "hours" if step == HOUR else f"steps of {durations.write(step)}"
            raise ValueError(f"{durations.write(window)} is not a whole number of {unit}")
        return window

    @field_validator("months")
    @classmethod
    def _speaks_at_all(cls, months: frozenset[int]) -> frozenset[int]:
        if not months:
            raise ValueError("without a month the rule can never fire")
        return months

    @field_validator("levels")
    @classmethod
    def _rise(cls, levels: tuple[LevelText, ...], info: ValidationInfo) -> tuple[LevelText, ...]:
        if not levels:
            raise ValueError("without a level the rule can never fire")
        for milder, worse in pairwise(levels):
            _check_order(_around(info), milder, worse)
        return levels


def _check_order(around: Around, milder: LevelText, worse: LevelText) -> None:
    sooner = worse.severity == milder.severity and worse.on_delay < milder.on_delay
    if worse.severity.rank <= milder.severity.rank and not sooner:
        raise ValueError(
            f"levels go from mild to severe, and {worse.severity} comes after {milder.severity}"
        )
    same = worse.threshold == milder.threshold and worse.on_delay <= milder.on_delay
    if around.beyond(milder.threshold, worse.threshold) or same:
        raise ValueError(
            f"{milder.severity} could never show: {worse.severity} breaches at "
            f"{worse.threshold:g} already"
        )
