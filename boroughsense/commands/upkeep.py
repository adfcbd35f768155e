"""`doctor` and `maintain`: how the database is, and what keeps it well."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from boroughsense import options
from boroughsense.commands.decoders import JsonOption
from boroughsense.commands.storage import DatabaseOption, connected

if TYPE_CHECKING:
    from storage.health import Health
    from storage.upkeep import Done

_LARGEST = 8


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(doctor)
    app.command()(maintain)


def doctor(*, database_url: DatabaseOption = None, as_json: JsonOption = False) -> None:
    """Look at the database: tier, versions, licence, settings, jobs, weeks, sizes, upkeep.

    Changes nothing. Exit 0: all is well; 1: something needs a person, and it is said what.
    """
    from storage.health import examine

    settings = options.settings(database_url=database_url)
    with connected(settings) as connection:
        health = examine(connection, datetime.now(UTC))
    problems = [*health.problems()]
    alone = settings.nobody_is_told(health.schema.mode or "")
    remarks = [*health.remarks(), *([alone] if alone else [])]
    if as_json:
        options.answer(_document(health, problems, remarks))
    else:
        _show(health, remarks)
        for problem in problems:
            typer.echo(f"PROBLEM: {problem}")
        typer.echo("something needs a person" if problems else "all is well")
    raise typer.Exit(1 if problems else 0)


def maintain(
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say which weeks would be dropped and compressed.")
    ] = False,
    database_url: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Do by hand what policies do: weeks ahead, old keys, weeks to drop, compression, sizes.

    Safe beside a running service, and again. Exit 1: somebody else is at it.
    """
    from storage import upkeep

    settings = options.settings(database_url=database_url)
    with connected(settings) as connection:
        done = upkeep.maintain(
            connection,
            datetime.now(UTC),
            keep_raw_months=settings.keep_raw_months,
            dry_run=dry_run,
        )
    if done is None:
        options.fail("somebody else is doing the upkeep: nothing was done here")
    if as_json:
        options.answer({"dry_run": dry_run, **done.document()})
    else:
        _tell(done, "would be " if dry_run else "")


def _tell(done: "Done", would: str) -> None:
    told = (
        (done.made, "made"),
        (done.dropped, f"{would}dropped"),
        (done.kept_for_cases, "kept: an open case needs it"),
        (done.compressed, f"{would}compressed"),
        (done.busy, "busy: left for the next time"),
    )
    for names, what in told:
        for name in names:
            typer.echo(f"{name} {what}")
    if not would:
        typer.echo(f"{done.forgotten} keys of old messages forgotten")
    if not any(names for names, _ in told):
        typer.echo("no week needed anything")


def _document(health: "Health", problems: list[str], remarks: list[str]) -> dict[str, object]:
    server = health.server
    return {
        "tier": health.schema.tier,
        "mode": health.schema.mode,
        "postgresql": server.version,
        "timescaledb": server.timescale,
        "timescaledb_available": server.timescale_on_disk,
        "licence": server.licence if server.timescale else None,
        "settings": {
            "synchronous_commit": server.synchronous_commit,
            "fsync": server.fsync,
            "timezone": server.timezone,
            "encoding": server.encoding,
            "isolation": server.isolation,
        },
        "clock_ahead_seconds": round(health.clock_ahead.total_seconds(), 3),
        "migrations": {
            "applied": list(health.schema.applied),
            "pending": list(health.schema.pending),
        },
        "jobs": [
            {
                "id": job.id,
                "name": job.name,
                "runs": job.runs,
                "failures": job.failures,
                "status": job.status or None,
                "last_success": options.clock(job.last_success),
                "next_start": options.clock(job.next_start),
                "error": job.error or None,
            }
            for job in health.jobs
        ],
        "bytes": server.bytes,
        "tables": [asdict(table) for table in health.tables],
        "weeks_until": health.weeks_until.isoformat() if health.weeks_until else None,
        "weeks_uncompressed": health.uncompressed,
        "evaluation": {
            "marked": health.evaluation.marked,
            "due_at": options.clock(health.evaluation.due_at),
        }
        if health.evaluation
        else None,
        "upkeep_at": options.clock(health.upkeep_at),
        "upkeep": {
            "at": options.clock(health.upkeep.at),
            "by": health.upkeep.by,
            "did": dict(health.upkeep.did),
            "problem": health.upkeep.problem or None,
        }
        if health.upkeep
        else None,
        "remarks": remarks,
        "problems": problems,
    }


def _show(health: "Health", remarks: list[str]) -> None:
    server = health.server
    timescale = f", TimescaleDB {server.timescale} ({server.licence})" if server.timescale else ""
    typer.echo(
        f"tier {health.schema.tier or 'none yet'} on PostgreSQL {server.version}{timescale}; "
        f"mode {health.schema.mode or 'none yet'}"
    )
    typer.echo(
        f"synchronous_commit {server.synchronous_commit}, fsync {server.fsync}, times in "
        f"{server.timezone}, its clock {health.clock_ahead.total_seconds():+.1f} s from ours"
    )
    typer.echo(
        f"{len(health.schema.applied)} migrations applied, {len(health.schema.pending)} pending; "
        f"{server.bytes / 1e6:.1f} MB in all"
    )
    largest = [
        {
            "table": table.name,
            "MB": f"{table.bytes / 1e6:.1f}",
            "rows": table.rows,
            "MB a day": "?" if table.bytes_a_day is None else f"{table.bytes_a_day / 1e6:.2f}",
        }
        for table in health.tables[:_LARGEST]
    ]
    if largest:
        options.table(largest, ("table", "MB", "rows", "MB a day"))
    for job in health.jobs:
        last = options.clock(job.last_success) or "never"
        typer.echo(
            f"job {job.id}, {job.name}: {job.runs} runs, {job.failures} failed, succeeded {last}"
        )
    if health.weeks_until:
        typer.echo(f"room for readings up to {health.weeks_until}")
    if health.evaluation:
        typer.echo(f"{health.evaluation.marked} hours wait to be computed")
        by = f", by {health.upkeep.by}" if health.upkeep and not health.upkeep.problem else ""
        typer.echo(f"upkeep done: {options.clock(health.upkeep_at) or 'never'}{by}")
    for remark in remarks:
        typer.echo(remark)
