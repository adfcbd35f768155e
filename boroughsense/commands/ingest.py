"""`run`: the service, from the broker to the people."""

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from enum import StrEnum
from typing import Annotated

import msgspec
import structlog
import typer

from boroughsense import options
from boroughsense.commands.storage import DatabaseOption
from boroughsense.settings import PREFIX, Settings, broker_address
from ingest.evaluation import Evaluation, Reports
from ingest.evaluation_process import EvaluationProcess
from ingest.gaps import Gaps
from ingest.loop import MakeStep
from ingest.rule_watch import RuleWatch
from ingest.service import Service, nothing
from ingest.session import Session
from ingest.status import Status
from ingest.worker import Beside
from storage.connection import Connection
from storage.instance import Mode


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(run)


class Role(StrEnum):
    """What a process of the service does."""

    ALL = "all"
    """Both, evaluation in a process of its own that ends with this one"""
    INGEST = "ingest"
    """From the broker to the database alone"""
    EVALUATE = "evaluate"
    """From what is stored to the people alone"""


def run(
    *,
    mqtt_url: Annotated[str | None, typer.Option("--mqtt-url", help="The broker.")] = None,
    database_url: DatabaseOption = None,
    role: Annotated[
        Role, typer.Option("--role", help="Whether to take events in, to evaluate them, or both.")
    ] = Role.ALL,
    exit_with_parent: Annotated[bool, typer.Option(hidden=True)] = False,
    report: Annotated[bool, typer.Option(hidden=True)] = False,
) -> None:
    """Take events from the broker, store them, evaluate the rules and tell people; until stopped.

    Exit 3 to 6: something died that only a new start mends; a supervisor should start it again.
    """
    from alerts.notify.gov_notify import LacksNotify
    from alerts.rules import RulesWrong
    from alerts.telling_policy import PolicyWrong
    from boroughsense.codec_files.problems import CodecFilesWrong
    from boroughsense.database import database
    from boroughsense.interpreter import settle
    from boroughsense.logs import configure
    from boroughsense.stopping import on_signals, with_parent
    from boroughsense.supervisor import Supervisor
    from storage.errors import StorageError

    supervisor = Supervisor.of_this_process()
    settings = options.settings(mqtt_url=mqtt_url, database_url=database_url)
    configure(settings.log_format)
    if role is not Role.EVALUATE:
        _look_for_broker(settings)
    wrong = (StorageError, RulesWrong, CodecFilesWrong, PolicyWrong, LacksNotify)
    with options.said(*wrong), database(settings) as dsn:
        mode = Mode(settings.mode) if report else _look_at_database(settings, dsn)
        service: Service | Evaluation
        if role is Role.EVALUATE:
            service = make_evaluation(settings, dsn, mode, supervisor.pulse, report=report)
        else:
            service = make_service(settings, dsn, mode, supervisor.pulse, role=role)
        on_signals(service.stop.set)
        if exit_with_parent:
            with_parent(service.stop.set)
        if not report and (alone := settings.nobody_is_told(mode.value)):
            structlog.get_logger(__name__).warning("nobody is told of alerts", reason=alone)
        settle()
        supervisor.ready()
        code = service.run()
        supervisor.stopping()
    raise typer.Exit(code)


def _look_for_broker(settings: Settings) -> None:
    """Leave with a sentence that names the setting, unless the broker takes us."""
    from ingest.probe import BrokerRefused, probe

    try:
        probe(broker_address(settings.mqtt_url))
    except BrokerRefused as error:
        options.fail(f"{settings.named('mqtt_url')}: {error}")


def _look_at_database(settings: Settings, dsn: str) -> Mode:
    """Give the database's mode, or leave with a sentence; the embedded database is migrated.

    Raises:
        StorageError: the embedded database cannot be laid out.
    """
    from storage import instance, migrate
    from storage.connection import connect
    from storage.errors import DatabaseUnavailable

    try:
        with connect(dsn, application_name="boroughsense-run") as connection:
            status = migrate.status(connection)
            if settings.database_url is None:
                migrate.migrate(connection, mode=status.mode or Mode(settings.mode))
            elif status.pending:
                options.fail(
                    f"{settings.named('database_url')}: the database lacks "
                    f"{', '.join(status.pending)}: run boroughsense db migrate"
                )
            return instance.mode(connection)
    except DatabaseUnavailable as error:
        options.fail(f"{settings.named('database_url')}: {error}")


def make_service(
    settings: Settings,
    dsn: str,
    mode: Mode,
    pulse: Callable[[], None] = nothing,
    *,
    role: Role = Role.ALL,
) -> Service:
    """Put the service together from the settings.

    Args:
        settings: what the operator wants.
        dsn: the database.
        mode: of the database.
        pulse: called every few seconds while all is well.
        role: whether it has a process that evaluates.

    Raises:
        RulesWrong: a rule file is wrong; the message names every mistake.
        CodecFilesWrong: the same of a codec's file.
        PolicyWrong: the same of the file that says how people are told.
        LacksNotify: somebody is told by GOV.UK Notify, and its library is not installed.
    """
    from boroughsense import codecs
    from ingest.service import Duties, Limits
    from ingest.subscriber import Subscriber

    gaps, status = Gaps(), Status()
    receiver = Subscriber(
        broker_address(settings.mqtt_url), _session(settings), on_connected=gaps.connected
    )
    duties = Duties(
        codecs.load(settings),
        settings.decoders,
        session=settings.mqtt_client_id,
        workers=_evaluation_process(settings, dsn, mode, status) if role is Role.ALL else (),
        status=status,
        beside=_beside(settings, gaps, status),
        pulse=pulse,
    )
    limits = Limits(batch=settings.batch_size, linger=settings.batch_linger)
    return Service(receiver, dsn, gaps, duties, limits)


def _evaluation_process(
    settings: Settings, dsn: str, mode: Mode, status: Status
) -> Sequence[EvaluationProcess]:
    """Give the process that evaluates: this command with the settings of this process."""
    loops, _ = _loops(settings, mode)  # a wrong rule is told before anything starts
    command = [sys.executable, "-m", "boroughsense", "run", "--role", Role.EVALUATE.value]
    given = {"DATABASE_URL": dsn, "MODE": mode.value}
    environment = os.environ | {f"{PREFIX}{name}": value for name, value in given.items()}
    for name in ("NOTIFY_SOCKET", "WATCHDOG_USEC", f"{PREFIX}STATUS_PORT"):
        environment.pop(name, None)
    process = EvaluationProcess(
        [*command, "--exit-with-parent", "--report"], environment, [name for name, _ in loops]
    )
    status.gauge(
        "boroughsense_evaluation_restarts",
        "How often the process that evaluates had to be started again.",
        lambda: float(process.restarts),
    )
    return [process]


def make_evaluation(
    settings: Settings, dsn: str, mode: Mode, pulse: Callable[[], None], *, report: bool
) -> Evaluation:
    """Put together what works on stored data alone.

    Args:
        settings: what the operator wants.
        dsn: the database.
        mode: of the database.
        pulse: called twice a second while all is well.
        report: whether the process that started this one reads how the loops are.

    Raises:
        RulesWrong: a rule file is wrong; the message names every mistake.
    """
    status = Status()
    loops, watch = _loops(settings, mode, keeps_last=report)
    return Evaluation(
        dsn,
        loops,
        status=status,
        tell=_report if report else lambda _reports: pulse(),
        beside=[] if report else _status_server(settings, status),
        remarks={"evaluator": watch.remark},
    )


def _report(reports: Reports) -> None:
    """Say on standard output how the loops are; who read that may be gone."""
    with suppress(BrokenPipeError):
        sys.stdout.buffer.write(msgspec.json.encode(reports) + b"\n")
        sys.stdout.buffer.flush()


def _beside(settings: Settings, gaps: Gaps, status: Status) -> list[Beside]:
    """Give what watches the broker's drops, and what answers a supervisor if it is wanted."""
    from ingest.drop_watch import DropWatch

    def dropped(total: int) -> None:
        gaps.dropped(total)
        status.dropped(total)

    watch = DropWatch(broker_address(settings.mqtt_url), dropped)
    return [watch, *_status_server(settings, status)]


def _status_server(settings: Settings, status: Status) -> list[Beside]:
    """Give what answers a supervisor, if it is wanted."""
    from ingest.status_server import StatusServer

    if settings.status_port is None:
        return []
    try:
        return [StatusServer(settings.status_host, settings.status_port, status)]
    except OSError as error:
        options.fail(f"{settings.named('status_port')}: cannot listen there: {error.strerror}")


def _session(settings: Settings) -> Session:
    from ingest.session import EVENT_FILTERS, Bound

    return Session(
        client_id=settings.mqtt_client_id,
        filters=settings.mqtt_topics or EVENT_FILTERS,
        expiry_seconds=settings.mqtt_session_expiry,
        receive_maximum=max(1000, 4 * settings.batch_size),
        bound=Bound(settings.held_messages, settings.held_megabytes * 1024 * 1024),
    )


def _watch(settings: Settings, *, keeps_last: bool) -> RuleWatch:
    """Read the rules; wrong ones stop a start, but not that of a process that died meanwhile."""
    from alerts import rules

    try:
        return RuleWatch(settings.rules_dir, rules.load(settings.rules_dir))
    except rules.RulesWrong as error:
        if not keeps_last:
            raise
        return RuleWatch(settings.rules_dir, None, refused=str(error))


def _loops(
    settings: Settings, mode: Mode, *, keeps_last: bool = False
) -> tuple[Sequence[tuple[str, MakeStep]], RuleWatch]:
    from alerts import telling_policy
    from alerts.notify.channels import ChannelSettings, channels
    from alerts.recipients import Recipients
    from ingest.evaluator import Evaluator
    from ingest.letter_writer import Correspondence, LetterWriter
    from ingest.notifier import Notifier
    from ingest.upkeep_watch import UpkeepPlan, UpkeepWatch

    watch = _watch(settings, keeps_last=keeps_last)
    secret = settings.webhook_secret.get_secret_value() if settings.webhook_secret else ""
    wanted = ChannelSettings(
        settings.webhook_url or "",
        secret,
        Recipients(settings.recipients),
        settings.mail_server(),
        settings.notify_service(),
    )
    told = channels(mode.value, wanted)
    names = [channel.name for channel in told.notices]
    policy = telling_policy.load(settings.telling or telling_policy.SHIPPED)
    quality = settings.quality_settings()
    reply = Correspondence(settings.recipients, policy, settings.letter_links or "")

    def evaluator(connection: Connection) -> Callable[[], bool]:
        return Evaluator(
            connection,
            watch.rules,
            channels=names,
            quality=quality,
            reload=watch.changed,
            refused=watch.refused,
        ).step

    def letters(connection: Connection) -> Callable[[], bool]:
        return LetterWriter(connection, reply).step

    def notifier(connection: Connection) -> Callable[[], bool]:
        return Notifier(connection, (*told.notices, *told.letters)).step

    def upkeep(connection: Connection) -> Callable[[], bool]:
        plan = UpkeepPlan(settings.upkeep_hour, settings.keep_raw_months)
        return UpkeepWatch(connection, plan).step

    loops = [("evaluator", evaluator), ("letters", letters), ("notifier", notifier)]
    return [*loops, ("upkeep", upkeep)] if settings.upkeep_by_run else loops, watch
