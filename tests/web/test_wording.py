"""Numbers and times read as people say them."""

from datetime import UTC, datetime, timedelta

from web import wording

SUMMER = datetime(2026, 7, 1, 8, 5, tzinfo=UTC)


def test_times_are_londons() -> None:
    """A page shows the clock on the wall; a machine gets UTC."""
    assert wording.when(SUMMER) == "Wed 1 Jul 2026, 09:05"
    assert wording.day(SUMMER) == "Wed 1 Jul 2026"
    assert wording.machine(SUMMER) == "2026-07-01T08:05:00+00:00"
    assert (wording.when(None), wording.day(None), wording.machine(None)) == ("never", "never", "")


def test_missing_number_is_said() -> None:
    """No reading is never shown as zero."""
    assert wording.number(None) == "no reading"
    assert wording.number(1234.56) == "1,234.6"
    assert wording.unit("ug/m3") == "µg/m³"
    assert wording.unit("hPa") == "hPa"


def test_durations_have_two_units() -> None:
    """A duration is said in its two largest units."""
    assert wording.span(timedelta(days=3, hours=4, minutes=9)) == "3 days 4 hours"
    assert wording.span(timedelta(minutes=1)) == "1 minute"
    assert wording.span(timedelta(seconds=20)) == "less than a minute"
    assert wording.span(None) == ""


def test_properties_are_words() -> None:
    """An observed property reads as people call it."""
    assert wording.quantity("pm2_5") == "PM2.5"
    assert wording.quantity("relative_humidity") == "relative humidity"
