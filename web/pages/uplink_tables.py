"""The tables on the page of one uplink."""

from collections.abc import Sequence

from storage.pages_uplinks import StoredUplink, TracedAlert, TracedValue
from web import wording
from web.tables import Column, Table, Tag
from web.tracing import Looker, name

HIDDEN = "not shown"
"""Stands in the place of a home's values for who may change nothing"""


def receptions(uplink: StoredUplink) -> Table:
    """List the copies that gateways received."""
    return Table(
        "receptions",
        "Who received it",
        [
            Column("Gateway"),
            Column("RSSI", "dBm", digits=0, nothing="not known"),
            Column("SNR", "dB", digits=1, nothing="not known"),
            Column("By its clock", nothing="none"),
            Column("By the server's", nothing="none"),
        ],
        [
            (copy.gateway_id, copy.rssi, copy.snr, copy.gateway_time, copy.server_time)
            for copy in uplink.receptions
        ],
        nothing="The network server named no gateway.",
    )


def values(found: Sequence[TracedValue], *, hidden: bool) -> Table:
    """List the values that it carried."""
    return Table(
        "values",
        "Values",
        [Column("Property"), Column("Value"), Column("Time"), Column("Quality")],
        [
            (
                name(value),
                HIDDEN if hidden else f"{value.result:g} {wording.unit(value.unit)}",
                value.time,
                wording.quality_why(value.quality, value.left_out),
            )
            for value in found
        ],
        nothing="It carried no value, or they were there already.",
    )


def hours(found: Sequence[TracedValue], *, hidden: bool) -> Table:
    """List the hours that its values count in."""
    return Table(
        "hours",
        "Hours that they are in",
        [
            Column("Property"),
            Column("Hour"),
            Column("Mean", nothing="waits to be computed"),
            Column("Readings", digits=0),
            Column("Expected", digits=0),
            Column("Counts"),
            Column("Computed"),
        ],
        [
            (
                name(value),
                value.time.replace(minute=0, second=0, microsecond=0),
                HIDDEN if hidden else _mean(value),
                value.hour_count,
                value.hour_expected,
                value.hour_valid,
                value.computed_at,
            )
            for value in found
        ],
        nothing="None.",
    )


def _mean(value: TracedValue) -> str | None:
    if value.hour_mean is None:
        return None
    return f"{value.hour_mean:.2f} {wording.unit(value.unit)}"


def lookers(found: Sequence[Looker]) -> Table:
    """List the rules that look at it."""
    return Table(
        "rules",
        "Rules that look at it",
        [
            Column("Rule"),
            Column("What it watches"),
            Column("Looks at"),
            Column("Stands at"),
            Column("Judged up to", nothing="as it falls due"),
        ],
        [
            (looker.rule.id, looker.rule.title, looker.subject, looker.status, looker.until)
            for looker in found
        ],
        nothing="No rule looks at what it measures.",
    )


def alerts(found: Sequence[TracedAlert]) -> Table:
    """List the episodes around it with the messages that people got."""
    return Table(
        "alerts",
        "Alerts around it, and who was told",
        [
            Column("Alert"),
            Column("State"),
            Column("From"),
            Column("Until", nothing="now"),
            Column("Message", nothing="nobody was told"),
            Column("By"),
            Column("Delivery"),
            Column("At", nothing="not yet"),
        ],
        [
            (
                f"{alert.rule_id}: {alert.title}",
                Tag(alert.status, "red" if alert.status == "firing" else "grey"),
                alert.fired_at,
                alert.resolved_at,
                alert.notice,
                alert.channel,
                alert.delivery,
                alert.settled_at,
            )
            for alert in found
        ],
        nothing="There was no alert around it.",
    )
