"""Which database: the one that is set, else the embedded one under the data folder."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from boroughsense.settings import Settings
from storage.embedded import EmbeddedPostgres


def data_folder(settings: Settings) -> Path:
    """Give the folder of the embedded database: the setting, else the platform's data folder."""
    if settings.data_dir:
        return settings.data_dir
    base = os.environ.get("XDG_DATA_HOME")
    return (Path(base) if base else Path.home() / ".local" / "share") / "boroughsense"


@contextmanager
def database(settings: Settings) -> Iterator[str]:
    """Give the address of the database, running the embedded one meanwhile if none is set."""
    if settings.database_url:
        yield settings.database_url
        return
    with EmbeddedPostgres(data_folder(settings) / "postgres") as server:
        yield server.dsn
