"""What can go wrong with the database, by what the caller must do about it.

    StorageError                any failure of storage
    ├── DatabaseUnavailable     not now: keep the messages, wait, try again
    ├── DatabaseRefused         never: this value costs its own message, and no other
    ├── WrongSchema             a person must act: the database is not one this program can use
    │   ├── NewerSchema         a newer program has migrated it
    │   ├── ChangedMigration    an applied migration was edited afterwards
    │   └── WrongMode           live and simulation never share a database
    ├── EmbeddedFailed          the embedded server does not start
    └── UnknownMessage          no quarantined message has this number

A foreign error becomes one of ours at one border, `storage.connection.translated`.
"""


class StorageError(Exception):
    """Storage failed."""


class DatabaseUnavailable(StorageError):
    """The database cannot be reached or cannot work now; the same call may succeed later."""


class DatabaseRefused(StorageError):
    """The database refuses a value; the same call will never succeed."""


class WrongSchema(StorageError):
    """The database is not laid out as this program needs it."""


class NewerSchema(WrongSchema):
    """The database was migrated by a newer program."""


class ChangedMigration(WrongSchema):
    """A migration was edited after it had been applied."""


class WrongMode(WrongSchema):
    """The database belongs to another mode."""


class EmbeddedFailed(StorageError):
    """The embedded server cannot be started."""


class UnknownMessage(StorageError):
    """The quarantine has no message of this number."""
