"""The sandbox's own book: what it was asked, what moved, and the faults that are switched on."""

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

OPENING_FEN = 100_000_000_000  # one thousand million yuan of play money

_TABLES = """
CREATE TABLE IF NOT EXISTS transfer (
    number TEXT PRIMARY KEY, order_id TEXT NOT NULL, amount_fen INTEGER NOT NULL, content TEXT NOT NULL,
    status TEXT NOT NULL, error_code TEXT NOT NULL DEFAULT '', at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS moved (
    id INTEGER PRIMARY KEY AUTOINCREMENT, number TEXT NOT NULL, amount_fen INTEGER NOT NULL,
    payee TEXT NOT NULL, at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS fault (
    id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, method TEXT NOT NULL, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS trade (
    number TEXT PRIMARY KEY, trade_no TEXT NOT NULL, amount_fen INTEGER NOT NULL, content TEXT NOT NULL,
    notify_url TEXT NOT NULL, seller TEXT NOT NULL, status TEXT NOT NULL, way TEXT NOT NULL, expires TEXT NOT NULL,
    at TEXT NOT NULL, paid_at TEXT NOT NULL DEFAULT '');
CREATE TABLE IF NOT EXISTS refund (
    request_no TEXT PRIMARY KEY, number TEXT NOT NULL, amount_fen INTEGER NOT NULL, at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS settlement (
    request_no TEXT PRIMARY KEY, number TEXT NOT NULL, amount_fen INTEGER NOT NULL, at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS ereceipt (
    file_id TEXT PRIMARY KEY, number TEXT NOT NULL, token TEXT NOT NULL DEFAULT '');
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS spent (id INTEGER PRIMARY KEY, amount_fen INTEGER NOT NULL);
INSERT OR IGNORE INTO spent SELECT 1, coalesce(sum(amount_fen), 0) FROM moved;
CREATE TRIGGER IF NOT EXISTS moved_spends AFTER INSERT ON moved
    BEGIN UPDATE spent SET amount_fen = amount_fen + NEW.amount_fen; END;
"""


class Book:
    """One SQLite file, or memory. Every request is one transaction, so a killed sandbox forgets nothing it did."""

    def __init__(self, file: Path | None) -> None:
        self._lock = threading.RLock()
        self._db = sqlite3.connect(file or ":memory:", check_same_thread=False, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.executescript(_TABLES)

    @contextmanager
    def entry(self) -> Iterator[sqlite3.Connection]:
        """One transaction; requests take turns."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def close(self) -> None:
        """Put the book away."""
        with self._lock:
            self._db.close()

    def moved(self) -> list[dict[str, Any]]:
        """Every movement of money, in order."""
        with self.entry() as db:
            return [dict(row) for row in db.execute("SELECT number, amount_fen, payee, at FROM moved ORDER BY id")]

    def transfers(self) -> list[dict[str, Any]]:
        """Every transfer asked for, newest first."""
        with self.entry() as db:
            return [dict(row) for row in db.execute("SELECT * FROM transfer ORDER BY rowid DESC LIMIT 200")]

    def trades(self) -> list[dict[str, Any]]:
        """Every collection asked for, newest first, with what was given back."""
        given = "(SELECT coalesce(sum(amount_fen), 0) FROM refund r WHERE r.number = t.number) AS refunded_fen"
        given += ", (SELECT coalesce(sum(amount_fen), 0) FROM settlement s WHERE s.number = t.number) AS settled_fen"
        with self.entry() as db:
            return [dict(row) for row in db.execute(f"SELECT t.*, {given} FROM trade t ORDER BY rowid DESC LIMIT 200")]  # noqa: S608

    def balance_fen(self) -> int:
        """What the play account still holds."""
        with self.entry() as db:
            return balance(db)

    def set(self, name: str, value: str) -> None:
        """Switch a lasting setting."""
        with self.entry() as db:
            db.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", (name, value))

    def get(self, name: str, default: str = "") -> str:
        """Read a lasting setting."""
        with self._lock:
            return setting(self._db, name, default)

    def add_fault(self, kind: str, method: str, value: str, times: int) -> None:
        """Queue a fault for the next requests of a method (empty: any)."""
        with self.entry() as db:
            db.executemany("INSERT INTO fault (kind, method, value) VALUES (?, ?, ?)", [(kind, method, value)] * times)

    def forget_faults(self) -> int:
        """Drop the faults that wait; returns how many did."""
        with self.entry() as db:
            return db.execute("DELETE FROM fault").rowcount

    def take_fault(self, method: str) -> tuple[str, str] | None:
        """The next fault for this request as (kind, value), used up by it."""
        with self._lock:
            if self._db.execute("SELECT 1 FROM fault LIMIT 1").fetchone() is None:
                return None
        with self.entry() as db:
            row = db.execute("SELECT * FROM fault WHERE method IN ('', ?) ORDER BY id LIMIT 1", (method,)).fetchone()
            if row is None:
                return None
            db.execute("DELETE FROM fault WHERE id = ?", (row["id"],))
            return str(row["kind"]), str(row["value"])


def setting(db: sqlite3.Connection, name: str, default: str = "") -> str:
    """A lasting setting, inside a transaction."""
    row = db.execute("SELECT value FROM setting WHERE name = ?", (name,)).fetchone()
    return str(row["value"]) if row else default


def balance(db: sqlite3.Connection) -> int:
    """Opening balance less what moved, inside a transaction."""
    spent: int = db.execute("SELECT amount_fen FROM spent").fetchone()[0]
    return int(setting(db, "opening_fen", str(OPENING_FEN))) - spent


def move(db: sqlite3.Connection, number: str, amount_fen: int, content: str, at: str) -> None:
    """Write one movement of money; negative when it comes back."""
    payee = str(json.loads(content).get("payee_info", {}).get("name", ""))
    db.execute("INSERT INTO moved (number, amount_fen, payee, at) VALUES (?, ?, ?, ?)", (number, amount_fen, payee, at))
