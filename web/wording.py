"""How numbers, times and durations read on a page: in words of the borough, in London's time."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
NONE = "no reading"
_QUALITY = {1: "good", 2: "not judged", 3: "suspect", 4: "failed", 9: "missing"}
_QUANTITIES = {
    "pm1": "PM1",
    "pm2_5": "PM2.5",
    "pm4": "PM4",
    "pm10": "PM10",
    "co2": "CO2",
    "no2": "NO2",
    "o3": "ozone",
    "so2": "SO2",
    "busy_co2": "CO2 of the busiest hours",
    "no2_mass": "NO2",
}
_UNITS = {"Cel": "°C", "ug/m3": "µg/m³", "[ppm]": "ppm", "[ppb]": "ppb", "1": "", "lx": "lux"}


def number(value: float | None, digits: int = 1) -> str:
    """Write a number with its digits, and a missing one in words."""
    return NONE if value is None else f"{value:,.{digits}f}"


def unit(code: str) -> str:
    """Write a UCUM code as people know the unit."""
    return _UNITS.get(code, code)


def quantity(name: str) -> str:
    """Write an observed property as people call it: `relative humidity`, `PM2.5`."""
    return _QUANTITIES.get(name, name.replace("_", " "))


def quality(flag: int | None) -> str | None:
    """Write a quality flag (QARTOD) as a word; None for no flag."""
    return None if flag is None else _QUALITY[flag]


def quality_why(flag: int, why: str) -> str:
    """Write a quality flag as a word, with why the value does not count."""
    return f"{_QUALITY[flag]}: {why}" if why else _QUALITY[flag]


def when(time: datetime | None) -> str:
    """Write `Tue 24 Nov 2026, 08:05`."""
    if time is None:
        return "never"
    local = time.astimezone(LONDON)
    return f"{local:%a} {local.day} {local:%b %Y, %H:%M}"


def day(time: datetime | None) -> str:
    """Write `Tue 24 Nov 2026`."""
    if time is None:
        return "never"
    local = time.astimezone(LONDON)
    return f"{local:%a} {local.day} {local:%b %Y}"


def machine(time: datetime | None) -> str:
    """Write a time for a machine: ISO 8601 in UTC."""
    return "" if time is None else time.astimezone(UTC).isoformat()


def address_time(time: datetime) -> str:
    """Write a time for an address: ISO 8601 in UTC, to the microsecond."""
    return f"{time.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"


def span(length: timedelta | None) -> str:
    """Write a duration in its two largest units: `3 days 4 hours`, `25 minutes`."""
    if length is None:
        return ""
    minutes = int(abs(length).total_seconds() // 60)
    parts = (("day", minutes // 1440), ("hour", minutes // 60 % 24), ("minute", minutes % 60))
    said = [plural(count, name) for name, count in parts if count]
    return " ".join(said[:2]) or "less than a minute"


def plural(count: int, name: str) -> str:
    """Write `1 home`, `2 homes`, `2 batches`."""
    ending = "es" if name.endswith(("ch", "sh", "s", "x")) else "s"
    return f"{count:,} {name}{'' if count == 1 else ending}"


def name(signature: str) -> str:
    """Write who somebody is, without the address that tells two of one name apart."""
    return signature.partition(" <")[0]


FILTERS: Mapping[str, Callable[..., str]] = {
    "number": number,
    "unit": unit,
    "when": when,
    "day": day,
    "machine": machine,
    "span": span,
    "plural": plural,
    "name": name,
}
"""What templates call."""
