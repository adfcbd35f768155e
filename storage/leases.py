"""Names that one session of the database holds at a time, for as long as it lasts.

A lease ends with its session, by `kill -9` of the process too: nothing has to be cleaned up. When
a machine or the network to it is gone, the server finds out within half a minute.
"""

from storage.connection import Connection, translated
from storage.queries import SQL


def take(connection: Connection, name: str) -> bool:
    """Take a name, unless another session of the same database holds it; at once.

    Raises:
        DatabaseUnavailable: nobody can tell.
    """
    with translated():
        connection.execute(SQL["lease_prepare"])
        row = connection.execute(SQL["lease_take"], {"name": name}).fetchone()
    return row is not None and bool(row[0])


def check(connection: Connection) -> None:
    """Look whether the session, and so what it holds, is still there.

    Raises:
        DatabaseUnavailable: it is gone.
    """
    with translated():
        connection.execute(SQL["lease_check"])
