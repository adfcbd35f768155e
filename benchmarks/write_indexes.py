"""What the indexes cost the write path: the server's processor for an uplink, with and without.

    python benchmarks/write_indexes.py        on an embedded database in a temporary folder

Each index that is no key, of a table that every uplink writes to, is taken away in turn. With and
without it the same uplinks of five values are stored, in turns, and the processor's time of the
server's session is compared: on a busy machine that is steadier than the clock.
"""

import sys
import tempfile
from contextlib import ExitStack
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from statistics import median

from charts import SERVER, processor, say

from ingest.pipeline import Policy, read
from simulators.load_messages import messages
from storage.connection import Connection, connect
from storage.embedded import EmbeddedPostgres
from storage.instance import Mode
from storage.migrate import migrate
from storage.model import Arrival, Batch, Record
from storage.partitions import Partitions
from storage.uplinks import Writer

UPLINKS, BATCH, ROUNDS = 5000, 500, 5
INDEXES = """
select indexrelid::regclass::text, pg_get_indexdef(indexrelid)
from pg_index
join pg_class on pg_class.oid = indrelid
where not indisunique and not relispartition and relnamespace = 'public'::regnamespace
  and relname = any (array['uplink', 'observation', 'latest', 'ledger', 'account_entry',
                           'activity_1h', 'dirty_interval', 'dirty_activity', 'device'])
order by 1
"""


def cost(connection: Connection, writer: Writer, first: int) -> float:
    """Store new uplinks; give the microseconds of the server's processor for each."""
    now = datetime.now(UTC)
    policy = Policy(Mode.LIVE)
    records: list[Record] = [
        read(Arrival(made.topic, made.payload, now), policy)
        for made in messages(first, UPLINKS, now)
    ]
    before = processor(connection)
    for at in range(0, UPLINKS, BATCH):
        writer.store(Batch(tuple(records[at : at + BATCH])))
    return 1000 * (processor(connection) - before) / UPLINKS


def main() -> None:
    """Print the costs."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="boroughsense-")))
        server = stack.enter_context(EmbeddedPostgres(folder, settings=SERVER, throwaway=True))
        connection = stack.enter_context(connect(server.dsn))
        migrate(connection, mode=Mode.LIVE)
        Partitions(connection).ahead(datetime.now(UTC))
        writer, portions = Writer(connection), count(0, UPLINKS)
        cost(connection, writer, next(portions))
        for name, definition in connection.execute(INDEXES).fetchall():
            kept, gone = [], []
            for _ in range(ROUNDS):
                kept.append(cost(connection, writer, next(portions)))
                connection.execute(f"drop index {name}".encode())
                gone.append(cost(connection, writer, next(portions)))
                connection.execute(definition)
            having, lacking = median(kept), median(gone)
            say(
                f"{name}: {having:.0f} us an uplink with it, {lacking:.0f} without: "
                f"{having - lacking:+.0f} us, {(having / lacking - 1):+.0%}"
            )


if __name__ == "__main__":
    sys.exit(main())
