"""What can be asked of a broker: topic filters, and a bound on what waits."""

import pytest

from ingest.session import EVENT_FILTERS, Bound, BrokerAddress, check_filters


@pytest.mark.parametrize(
    "filters",
    [
        EVENT_FILTERS,
        ("application/a/device/+/event/+", "application/b/device/+/event/+"),
        ("a/+", "a"),
        ("a/+", "a/b/c"),
        ("a/b", "a/b/c"),
        ("#",),
        ("a//b", "a/c/b"),
    ],
)
def test_filters_that_go_together(filters: tuple[str, ...]) -> None:
    """Filters of which no two match the same topic are taken."""
    check_filters(filters)


@pytest.mark.parametrize(
    "filters",
    [
        ("",),
        ("a/#/b",),
        ("a/b#",),
        ("a/b+/c",),
        ("a", "a"),
        ("a/+", "a/b"),
        ("a/+/c", "+/b/c"),
        ("a/#", "a"),
        ("a", "a/#"),
        ("a/#", "a/b/c"),
        ("#", "a/b"),
        ("a/b/c", "x", "a/+/c"),
    ],
)
def test_filters_that_do_not(filters: tuple[str, ...]) -> None:
    """A malformed filter is refused, and so are two that would bring each message twice."""
    with pytest.raises(ValueError, match=r"is not a topic filter|messages would come twice"):
        check_filters(filters)


def test_bound_is_on_messages_and_on_bytes() -> None:
    """Either enough messages or enough of them reaches the bound."""
    bound = Bound(100, 1000)
    assert not bound.is_reached(99, 999)
    assert bound.is_reached(100, 0)
    assert bound.is_reached(0, 1000)


def test_password_is_never_shown() -> None:
    """An address is shown without its user and password."""
    address = BrokerAddress("broker.example", 8883, tls=True, username="me", password="word")  # noqa: S106 - it is what must not be shown
    assert str(address) == "mqtts://broker.example:8883"
    assert "word" not in repr(address)
