"""A real PostgreSQL of our own, out of a wheel: the default when no database is named.

    with EmbeddedPostgres(default_data()) as server:
        connection = connect(server.dsn)

The server listens on a Unix socket in a folder that only its own user (and root) may enter, so it
asks for no password; any process of that user reaches it by `dsn`. Processes share it: the first
starts it, the others find it running, and it stops when the last one is gone, even by `kill -9`
(`storage.watchdog`). A server left over from a crash is found and used again.
"""

import fcntl
import shlex
import shutil
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from types import TracebackType
from typing import BinaryIO, Self
from urllib.parse import quote

import structlog
from psycopg import sql

from storage import watchdog
from storage.connection import connect, translated
from storage.errors import EmbeddedFailed
from storage.queries import SQL
from storage.server_files import RunAs, prepare, run

log = structlog.get_logger(__name__)

NAME = "boroughsense"
"""The role and the database."""

SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "max_wal_size": "4GB",
    "min_wal_size": "256MB",
    "checkpoint_timeout": "15min",
    "wal_compression": "on",
    "work_mem": "16MB",
    "random_page_cost": "1.1",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
}
"""The server's settings; the largest log of changes is what a crash makes us read again."""

_INITDB = (
    *("-U", NAME, "--encoding=UTF8", "--no-locale", "--no-instructions"),
    *("--auth-local=trust", "--auth-host=reject"),
)
_PG_CTL = ("-w", "-s", "-t", "300")
"""Wait until it answers; recovery of a large instance after a crash may take minutes."""
_LEFTOVERS_SECONDS = 10
_LOG_BYTES = 10_000_000


class EmbeddedPostgres:
    """One server and its data in one folder.

    Args:
        data: a folder of its own, made when it is absent. As root it must be one that other users
            may enter; else a folder under /var/lib/boroughsense is used, as `notice` says.
        settings: server settings over those of `SETTINGS`; they hold for the process that starts
            the server.
        throwaway: the data goes when the block of `with` ends, also where root's lies.
    """

    def __init__(
        self, data: Path, *, settings: Mapping[str, str] | None = None, throwaway: bool = False
    ) -> None:
        self._settings = {**SETTINGS, **(settings or {})}
        self._throwaway = throwaway
        self._files = prepare(data)
        self._lease: BinaryIO | None = None

    @property
    def notice(self) -> str:
        """One line on what was done because we are root; empty otherwise."""
        return self._files.notice

    @property
    def dsn(self) -> str:
        """The address for `storage.connection.connect`, of the database `boroughsense`."""
        return self.dsn_of(NAME)

    def dsn_of(self, database: str) -> str:
        """Give the address of another database of the server."""
        return f"postgresql://{NAME}@/{database}?host={quote(str(self._files.socket), safe='')}"

    @property
    def is_running(self) -> bool:
        """Whether there is a server on the data, whoever started it."""
        return watchdog.running(self._files.cluster) is not None

    def start(self) -> Self:
        """Start the server, or join the running one; again after a crash, as often as needed.

        Raises:
            EmbeddedFailed: it does not start; the message ends with the last line of its log.
        """
        with self._alone():
            if self._lease is None:
                self._lease = (self._files.home / "lease").open("rb")
                # Waits while a watchdog is still stopping the server that we would join.
                fcntl.flock(self._lease, fcntl.LOCK_SH)
            try:
                if not self.is_running:
                    self._bring_up()
            except BaseException:
                self._lease.close()
                self._lease = None
                raise
        return self

    def stop(self) -> None:
        """Leave the server; stop it, and wait for that, when nobody else uses it."""
        if self._lease is None:
            return
        with self._alone(), self._lease as lease:
            self._lease = None
            try:
                fcntl.flock(lease, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                # Either others use it, then this is granted at once; or a watchdog is stopping it.
                fcntl.flock(lease, fcntl.LOCK_SH)
            else:
                watchdog.stop_server(self._files.cluster)

    def kill(self) -> None:
        """Kill the server as a loss of power would, for tests of recovery."""
        watchdog.stop_server(self._files.cluster, signal.SIGKILL)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        if self._throwaway:
            shutil.rmtree(self._files.home, ignore_errors=True)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with (self._files.home / "lock").open("ab") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            yield

    def _bring_up(self) -> None:
        if not self._files.cluster.exists():
            self._initialise()
        self._launch()
        self._make_database()
        self._watch()

    def _initialise(self) -> None:
        """Make the data directory beside its place, so that a half-made one is never taken."""
        made = self._files.home / "cluster.new"
        shutil.rmtree(made, ignore_errors=True)
        made.mkdir(mode=0o700)
        self._files.give(made)
        self._run("initdb", "-D", made, *_INITDB)
        made.rename(self._files.cluster)
        if self.notice:
            log.info(self.notice)

    def _launch(self) -> None:
        settings = {**self._settings, "unix_socket_directories": str(self._files.socket)}
        options = " ".join(shlex.quote(f"--{name}={value}") for name, value in settings.items())
        where: list[str | Path] = ["-D", self._files.cluster, "-l", self._log_file()]
        # The processes of a killed server take a moment to notice that it is gone.
        deadline = monotonic() + _LEFTOVERS_SECONDS
        while True:
            # No server runs, so these are left over, and their process id may be somebody's by now.
            (self._files.cluster / "postmaster.pid").unlink(missing_ok=True)
            (self._files.socket / ".s.PGSQL.5432.lock").unlink(missing_ok=True)
            try:
                return self._run("pg_ctl", "start", *where, *_PG_CTL, "-o", options)
            except EmbeddedFailed as error:
                if "shared memory block" not in str(error) or monotonic() > deadline:
                    raise
            sleep(0.1)

    def _make_database(self) -> None:
        with translated(), connect(self.dsn_of("postgres")) as connection:
            present = connection.execute(SQL["database_exists"], {"name": NAME}).fetchone()
            if present is None:
                connection.execute(sql.SQL("create database {}").format(sql.Identifier(NAME)))

    def _watch(self) -> None:
        lease, cluster = self._files.home / "lease", self._files.cluster
        run([sys.executable, "-I", "-S", watchdog.__file__, lease, cluster], RunAs())

    def _run(self, program: str, *arguments: str | Path) -> None:
        path = self._log_file()
        before = path.stat().st_size
        command = [self._files.program / "bin" / program, *arguments]
        if run(command, self._files.run_as, output=path) != 0:
            lines = path.read_bytes()[before:].decode("utf-8", "replace").splitlines()
            fatal = [line for line in lines if "FATAL" in line or "error:" in line] or lines
            raise EmbeddedFailed(f"{program} failed: {(fatal or ['it said nothing'])[0].strip()}")

    def _log_file(self) -> Path:
        path = self._files.home / "server.log"
        if path.exists() and path.stat().st_size > _LOG_BYTES:
            path.unlink()
        path.touch(mode=0o600)
        self._files.give(path)
        return path
