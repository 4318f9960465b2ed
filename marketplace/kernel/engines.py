"""How we talk to a database: what every connection is told, and the two ways to read and write."""

from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.orm import Session, sessionmaker

from marketplace.kernel.direct import Direct, OnPostgresql, OnSqlite
from marketplace.kernel.turns import Turns

_QUERY_ONLY = "marketplace_query_only"
# A reader never opens a transaction: every statement sees the newest state anyway, and BEGIN and ROLLBACK are journeys.
_READ_ONLY = "-c default_transaction_read_only=on"

# A batch of a thousand postings touches 4 MB of pages, a closing of many tenders more: above SQLite's own 2 MB of
# memory and log before it copies back each page would be read again, and copied back for every batch.
_ROOM = ("cache_size=-32768", "wal_autocheckpoint=4000")


def prepare(engine: Engine) -> None:
    """Tell an engine what we rely on; doing so twice changes nothing."""
    engine.hide_parameters = True  # an error at the opening would write prices and bidders into the log
    if engine.dialect.name == "sqlite" and not event.contains(engine, "begin", _begin):
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin)
        engine.pool.dispose()


def turns(engine: Engine) -> Turns | None:
    """The line of writers of a SQLite file; None for other databases and for one that lives in memory."""
    path = engine.url.database
    if engine.dialect.name != "sqlite" or not path or path == ":memory:" or path.startswith("file:"):
        return None
    return Turns(engine, path)


def readers(engine: Engine, options: dict[str, Any]) -> sessionmaker[Session] | None:
    """Sessions that read and cannot write, each statement by itself; None where a transaction costs no journey.

    options: with which `engine` was created.
    """
    if engine.dialect.name != "postgresql":
        return None
    given = dict(options.get("connect_args", {}))
    given["options"] = " ".join([given.get("options", ""), _READ_ONLY]).strip()
    made = create_engine(
        engine.url,
        **{**options, "connect_args": given, "isolation_level": "AUTOCOMMIT", "pool_reset_on_return": None},
    )
    made.hide_parameters = True
    event.listen(engine, "engine_disposed", lambda _: made.dispose())
    return sessionmaker(made, expire_on_commit=False)


def direct(engine: Engine, options: dict[str, Any], line: Turns | None) -> Direct | None:
    """The direct way to our own database; None where it has none. line: of SQLite's writers."""
    if engine.dialect.name != "postgresql":
        return OnSqlite(engine, line) if line is not None else None
    if engine.dialect.driver != "psycopg":
        return None
    made = create_engine(engine.url, **{**options, "isolation_level": "AUTOCOMMIT", "pool_reset_on_return": None})
    way = OnPostgresql(made)
    event.listen(engine, "engine_disposed", lambda _: way.close())
    return way


def _prepare_sqlite(connection: Any, record: Any) -> None:
    """Durable, enforcing foreign keys, and with the transaction in our hands: the driver opens it too late."""
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000", *_ROOM):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Any) -> None:
    """Writers queue at BEGIN IMMEDIATE: otherwise a closed tender takes a bid (lost update). Readers cannot write."""
    write = connection.get_execution_options().get("marketplace_write")
    told, wanted = connection.info.get(_QUERY_ONLY), write is False
    driver = connection.connection.dbapi_connection
    if told is not wanted:  # it stays so until it is told otherwise
        driver.execute(f"PRAGMA query_only={'ON' if wanted else 'OFF'}")
        connection.info[_QUERY_ONLY] = wanted
    if write:
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # may find the file locked, which the toolkit puts into words
    else:
        driver.execute("BEGIN")
