"""Compression of everything at once, as the policy does it week by week."""

from storage.connection import Connection


def compress(connection: Connection) -> None:
    """Compress every chunk."""
    connection.execute(
        "select compress_chunk(format('%I.%I', chunk_schema, chunk_name)::regclass)"
        " from timescaledb_information.chunks where hypertable_schema = 'public'"
        " and not is_compressed"
    )
