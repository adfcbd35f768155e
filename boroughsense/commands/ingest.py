"""`run`: the service, from the broker to the people."""

from collections.abc import Callable, Sequence
from typing import Annotated

import typer

from boroughsense import options
from boroughsense.commands.storage import DatabaseOption
from boroughsense.settings import Settings, broker_address
from ingest.gaps import Gaps
from ingest.loop import MakeStep
from ingest.service import Beside, Service, nothing
from ingest.session import Session
from ingest.status import Status
from storage.connection import Connection
from storage.instance import Mode


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(run)


def run(
    *,
    mqtt_url: Annotated[str | None, typer.Option("--mqtt-url", help="The broker.")] = None,
    database_url: DatabaseOption = None,
    exit_with_parent: Annotated[bool, typer.Option(hidden=True)] = False,
) -> None:
    """Take events from the broker, store them, evaluate the rules and tell people; until stopped.

    Exit 3 to 6: something died that only a new start mends; a supervisor should start it again.
    """
    from alerts.notify.gov_notify import LacksNotify
    from alerts.rules import RulesWrong
    from alerts.telling_policy import PolicyWrong
    from boroughsense.codec_files.problems import CodecFilesWrong
    from boroughsense.database import database
    from boroughsense.logs import configure
    from boroughsense.stopping import on_signals, with_parent
    from boroughsense.supervisor import Supervisor
    from storage.errors import StorageError

    supervisor = Supervisor.of_this_process()
    settings = options.settings(mqtt_url=mqtt_url, database_url=database_url)
    configure(settings.log_format)
    _look_for_broker(settings)
    wrong = (StorageError, RulesWrong, CodecFilesWrong, PolicyWrong, LacksNotify)
    with options.said(*wrong), database(settings) as dsn:
        service = make_service(settings, dsn, _look_at_database(settings, dsn), supervisor.pulse)
        on_signals(service.stop.set)
        if exit_with_parent:
            with_parent(service.stop.set)
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
    settings: Settings, dsn: str, mode: Mode, pulse: Callable[[], None] = nothing
) -> Service:
    """Put the service together from the settings.

    Args:
        settings: what the operator wants.
        dsn: the database.
        mode: of the database.
        pulse: called every few seconds while all is well.

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
        _loops(settings, mode),
        session=settings.mqtt_client_id,
        status=status,
        beside=_beside(settings, gaps, status),
        pulse=pulse,
    )
    limits = Limits(batch=settings.batch_size, linger=settings.batch_linger)
    return Service(receiver, dsn, gaps, duties, limits)


def _beside(settings: Settings, gaps: Gaps, status: Status) -> list[Beside]:
    """Give what watches the broker's drops, and what answers a supervisor if it is wanted."""
    from ingest.drop_watch import DropWatch
    from ingest.status_server import StatusServer

    def dropped(total: int) -> None:
        gaps.dropped(total)
        status.dropped(total)

    beside: list[Beside] = [DropWatch(broker_address(settings.mqtt_url), dropped)]
    if settings.status_port is not None:
        try:
            beside.append(StatusServer(settings.status_host, settings.status_port, status))
        except OSError as error:
            options.fail(f"{settings.named('status_port')}: cannot listen there: {error.strerror}")
    return beside


def _session(settings: Settings) -> Session:
    from ingest.session import EVENT_FILTERS, Bound

    return Session(
        client_id=settings.mqtt_client_id,
        filters=settings.mqtt_topics or EVENT_FILTERS,
        expiry_seconds=settings.mqtt_session_expiry,
        receive_maximum=max(1000, 4 * settings.batch_size),
        bound=Bound(settings.held_messages, settings.held_megabytes * 1024 * 1024),
    )


def _loops(settings: Settings, mode: Mode) -> Sequence[tuple[str, MakeStep]]:
    from alerts import rules, telling_policy
    from alerts.notify.channels import ChannelSettings, channels
    from alerts.recipients import Recipients
    from ingest.evaluator import Evaluator
    from ingest.letter_writer import Correspondence, LetterWriter
    from ingest.notifier import Notifier

    watched = rules.load(settings.rules_dir)
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
    reply = Correspondence(settings.recipients, policy, settings.letter_links or "")

    def evaluator(connection: Connection) -> Callable[[], bool]:
        return Evaluator(connection, watched, channels=names).step

    def letters(connection: Connection) -> Callable[[], bool]:
        return LetterWriter(connection, reply).step

    def notifier(connection: Connection) -> Callable[[], bool]:
        return Notifier(connection, (*told.notices, *told.letters)).step

    return (("evaluator", evaluator), ("letters", letters), ("notifier", notifier))
