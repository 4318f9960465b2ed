"""A mark of what is in the database now: two equal marks mean that nothing was committed between them.

Asked before something is read, it tells later whether that is still so, whoever has written and by whatever verb.
"""

import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

Version = Callable[[], str]
# Which transactions are visible: as long as it reads the same, the same rows are.
_SNAPSHOT = "SELECT pg_current_snapshot()::text"


class FileVersion:
    """SQLite: a connection of its own, which never writes, is told by the file whether another one has.

    Source: sqlite.org/pragma.html#pragma_data_version; its numbers mean nothing to any other connection.
    """

    def __init__(self, path: str) -> None:
        self._path, self._guard, self._serial = path, threading.Lock(), 0
        self._open: sqlite3.Connection | None = None

    def __call__(self) -> str:
        with self._guard:
            if self._open is None:
                self._serial += 1
                # Never made here: an empty file would hide that nobody has migrated it.
                self._open = sqlite3.connect(f"{Path(self._path).as_uri()}?mode=rw", uri=True, check_same_thread=False)
            return f"{self._serial}/{self._open.execute('PRAGMA data_version').fetchone()[0]}"

    def close(self) -> None:
        """Let go of the file; the next question opens it anew, under another serial number."""
        with self._guard:
            if self._open is not None:
                self._open.close()
            self._open = None


def version(engine: Engine, readers: Callable[[], Session] | None) -> Version | None:
    """How to ask for the mark; None for a database that lives in memory or is of another kind."""
    path = engine.url.database
    if readers is not None:
        return lambda: _snapshot(readers)
    if engine.dialect.name != "sqlite" or not path or path == ":memory:" or path.startswith("file:"):
        return None
    found = FileVersion(str(Path(path).resolve()))
    event.listen(engine, "engine_disposed", lambda _: found.close())
    return found


def _snapshot(readers: Callable[[], Session]) -> str:
    with readers() as session:
        return str(session.connection().exec_driver_sql(_SNAPSHOT).scalar_one())
