"""A database is live or simulated, for ever."""

import pytest

from storage.connection import connect
from storage.errors import WrongSchema
from storage.instance import Mode, mode


@pytest.mark.whole_server
def test_mode_is_read(dsn: str, simulation_dsn: str) -> None:
    """Each database knows what it is."""
    for address, expected in ((dsn, Mode.LIVE), (simulation_dsn, Mode.SIMULATION)):
        with connect(address) as connection:
            assert mode(connection) is expected


def test_database_without_a_mode_is_told(empty_dsn: str) -> None:
    """A database that is not laid out, or not wholly, is none that a service may use."""
    with connect(empty_dsn) as connection:
        with pytest.raises(WrongSchema):
            mode(connection)
        connection.execute("create table instance (mode text)")
        with pytest.raises(WrongSchema, match="run boroughsense db migrate"):
            mode(connection)
