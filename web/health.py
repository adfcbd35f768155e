"""Whether the pages can be served as they should be."""

from storage import migrate
from storage.connection import Connection
from storage.errors import StorageError
from web.build_assets import STYLE_SHEET
from web.rendering import find_asset


def faults(database: Connection) -> list[str]:
    """Name everything that is wrong, one sentence each; empty: all is well."""
    found = []
    try:
        pending = migrate.status(database).pending
        if pending:
            found.append(f"the schema lacks {', '.join(pending)}: run boroughsense db migrate")
    except StorageError as error:
        found.append(f"the database: {error}")
    if find_asset(STYLE_SHEET) is None:
        found.append("the style sheet was not made: run boroughsense assets")
    return found
