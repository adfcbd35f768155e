"""`demo`: a simulated borough on this machine."""

import sys
from typing import Annotated

import typer

from boroughsense import options
from boroughsense.commands.decoders import JsonOption
from boroughsense.demo import Closing, DemoOptions, Progress


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(demo)


def demo(  # noqa: PLR0913 - each is an option of the command
    *,
    wall: Annotated[
        str | None, typer.Option("--for", metavar="60s", help="End by itself after so long.")
    ] = None,
    speed: Annotated[
        float, typer.Option(min=0.1, max=100_000, help="How fast simulated time runs.")
    ] = 60.0,
    seed: Annotated[int, typer.Option(min=0, help="The same seed plays the same borough.")] = 1,
    port: Annotated[
        int | None, typer.Option(min=1, max=65_535, help="The pages' port; else a free one.")
    ] = None,
    scenario: Annotated[str, typer.Option(help="A scenario that ships.")] = "borough",
    as_json: JsonOption = False,
) -> None:
    """Play a simulated borough: database, broker, fleet, ingest and rules on this machine."""
    from boroughsense import demo as player
    from boroughsense.processes import ChildFailed
    from boroughsense.stopping import interrupt_on_term
    from simulators.scenario import ScenarioWrong
    from storage.errors import StorageError

    interrupt_on_term()
    duration = options.duration(wall) if wall else None
    wanted = DemoOptions(duration, speed, seed, scenario, port)
    with options.said(ChildFailed, ScenarioWrong, StorageError, OSError):
        closing = player.run(wanted, _Screen())
    if as_json:
        options.answer(closing.document())
    else:
        _tell(closing)
    if not closing.agrees:
        options.fail("the account does not agree with what was published")


class _Screen:
    """Shows the demo's progress on standard error: one line rewritten, or one a phase."""

    def __init__(self) -> None:
        self._phase = ""

    def __call__(self, progress: Progress) -> None:
        """Show where the demo is."""
        if sys.stderr.isatty():
            sys.stderr.write(f"\r\x1b[K{_line(progress)}")
            sys.stderr.flush()
        elif progress.phase != self._phase:
            sys.stderr.write(f"{_line(progress)}\n")
        self._phase = progress.phase


def _line(progress: Progress) -> str:
    if progress.counts is None:
        return progress.phase
    counts = progress.counts
    return (
        f"{progress.phase}: {counts.devices} devices, {progress.published} published, "
        f"{counts.uplinks} uplinks, {counts.observations} rows, "
        f"{counts.alerts} alerts ({counts.alerts_open} open), {counts.refused} refused; "
        f"pages: {progress.address}"
    )


def _tell(closing: Closing) -> None:
    if sys.stderr.isatty():
        sys.stderr.write("\n")
    books = closing.books
    typer.echo(
        f"published {closing.published} = stored {books.stored} + refused {books.refused} "
        f"+ duplicates {books.duplicates}"
    )
    for reason, messages in books.by_reason.items():
        typer.echo(f"  refused, {reason}: {messages}")
    typer.echo(f"{closing.devices} devices, {closing.rows} rows")
    typer.echo(
        f"{closing.alerts} alerts, {closing.alerts_as_predicted} of the "
        f"{closing.alerts_predicted} that the simulator predicted, "
        f"{closing.alerts_unpredicted} against its prediction"
    )
