"""`tenancies` and `privacy`: how long what of homes is kept, and what a tenant is given."""

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from boroughsense import options
from boroughsense.commands.calibrations import ActorOption, actor
from boroughsense.commands.decoders import JsonOption
from boroughsense.commands.storage import DatabaseOption, connected
from boroughsense.settings import Settings

if TYPE_CHECKING:
    from storage.retention import Erasure
    from storage.retention_plan import Policy
    from storage.subject_access import Subject
    from storage.tenancies import Period

_COUNTS = ("readings", "uplinks", "refused", "hours")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    tenancies = typer.Typer(help="When whose home a dwelling was.", no_args_is_help=True)
    tenancies.command("import")(import_tenancies)
    tenancies.command("list")(list_tenancies)
    app.add_typer(tenancies, name="tenancies")
    group = typer.Typer(help="What of homes is kept, and given out.", no_args_is_help=True)
    group.command("erase")(erase)
    group.command("subject-access")(subject_access)
    app.add_typer(group, name="privacy")


def import_tenancies(
    file: Annotated[Path, typer.Argument(help="A CSV file: uprn, starts, ends.")],
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check it, and store nothing.")
    ] = False,
    database_url: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take a list of tenancies; a mistake is told by its line, and then nothing is taken."""
    from boroughsense.csv_lines import WrongFile, enter
    from boroughsense.tenancies_file import read
    from storage.tenancies import Recorded, record

    with options.said(WrongFile):
        lines = read(file)
    with (
        options.said(WrongFile),
        connected(options.settings(database_url=database_url)) as connection,
        connection.transaction(force_rollback=dry_run),
    ):
        found = enter(connection, lines, lambda tenancy: record(connection, tenancy))
    counts = {"tenancies": len(found), **{each.value: found.count(each) for each in Recorded}}
    if as_json:
        options.answer({**counts, "dry_run": dry_run})
    else:
        said = "{tenancies} tenancies: {new} new, {changed} changed, {known} as they were"
        typer.echo(said.format(**counts) + ("; nothing was stored" if dry_run else ""))


def list_tenancies(
    *,
    home: Annotated[str, typer.Option(help="Only of this dwelling's identifier.")] = "",
    database_url: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """List tenancies by home, the latest first."""
    from storage.tenancies import listed

    with connected(options.settings(database_url=database_url)) as connection:
        found = listed(connection, home=home)
    rows = [
        {
            **asdict(each),
            "starts": each.starts.isoformat(),
            "ends": each.ends.isoformat() if each.ends else None,
        }
        for each in found
    ]
    if as_json:
        options.answer({"tenancies": rows})
    else:
        options.table(rows, ("id", "home_id", "home", "area", "starts", "ends"))


def erase(
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be erased.")
    ] = False,
    by: ActorOption = None,
    database_url: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Erase what of homes may be kept no longer; let a timer run it each night.

    Readings and their payloads after 24 months, means after 6 years, and both after the end of a
    tenancy; not what a case needs. Alerts, cases and the audit are history and stay. See
    docs/privacy.md.
    """
    from storage import retention

    settings = options.settings(database_url=database_url)
    now = datetime.now(UTC)
    with connected(settings) as connection:
        if dry_run:
            found = retention.planned(connection, now, policy(settings))
        else:
            found = retention.erase(connection, now, policy(settings), actor=actor(by))
    _tell(found, dry_run=dry_run, as_json=as_json)


def policy(settings: Settings) -> "Policy":
    """Give for how long the settings say what is kept."""
    from storage.retention_plan import Policy

    return Policy(
        settings.retention_readings_months,
        settings.retention_means_years,
        settings.retention_days_after_tenancy,
    )


def _tell(found: "list[Erasure]", *, dry_run: bool, as_json: bool) -> None:
    rows = [
        {**asdict(each), "since": options.clock(each.since), "until": options.clock(each.until)}
        for each in found
    ]
    done = [each for each in found if not each.waits]
    counts = {name: sum(getattr(each, name) for each in done) for name in _COUNTS}
    waiting = len(found) - len(done)
    if as_json:
        options.answer({"dry_run": dry_run, **counts, "waiting": waiting, "erasures": rows})
        return
    if rows:
        options.table(rows, ("home", "dev_eui", "what", "since", "until", *_COUNTS, "waits"))
    said = "{readings} readings, {uplinks} uplinks, {refused} refused messages and {hours} hours"
    typer.echo(said.format(**counts) + (" would be erased" if dry_run else " erased"))
    if waiting:
        typer.echo(f"{waiting} wait until the service has computed their means: run it again")


def subject_access(  # noqa: PLR0913 - each is an option of the command
    tenancy: Annotated[int, typer.Argument(help="As `tenancies list` numbers it.")],
    *,
    out: Annotated[Path | None, typer.Option(help="The ZIP file to write.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only count what it would hold.")
    ] = False,
    by: ActorOption = None,
    database_url: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write all that is stored about a tenancy to a ZIP file, for the tenant who asks for it.

    It holds nothing from before or after the tenancy. That it was given out is in the audit.
    """
    from storage import audit, instance, tenancies
    from storage import subject_access as access

    if (out is None) != dry_run:
        options.fail("say with --out which file to write, or --dry-run", code=2)
    now = datetime.now(UTC)
    with connected(options.settings(database_url=database_url)) as connection:
        period = tenancies.period(connection, tenancy)
        if period is None:
            options.fail(f"there is no tenancy {tenancy}: see `boroughsense tenancies list`")
        mode = instance.mode(connection).value
        with access.subject(connection, period) as subject:
            if out is None:
                counts = {s.name: sum(1 for _ in subject.rows(s)) for s in access.SHEETS}
            else:
                counts = _write(out, subject, period, mode, now)
        if out is not None:
            told: audit.Detail = {"tenancy": tenancy, "readings": counts["readings"]}
            done = "subject access given"
            audit.write(connection, actor(by), done, period.home_id, at=now, detail=told)
    if as_json:
        options.answer({"tenancy": tenancy, "home": period.home_id, "rows": counts})
    else:
        typer.echo(", ".join(f"{number} {name}" for name, number in counts.items()))


def _write(
    out: Path, subject: "Subject", period: "Period", mode: str, now: datetime
) -> dict[str, int]:
    from boroughsense import subject_access_file

    try:
        return subject_access_file.write(out, subject, period, mode, now)
    except OSError as error:
        options.fail(f"{out} cannot be written: {error.strerror}")
