"""The direct way to the database: one question or one deed, each a journey of its own, without a session around it.

It is for what is asked and written ten thousand times in a minute, and it is never the only way: whatever it cannot do
or does not know it says (`Doubt`), nothing is written then, and the whole way is gone instead (docs/adr/0038).
"""

from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from functools import cached_property
from itertools import count
from typing import Any, Protocol, cast

import orjson
from sqlalchemy import JSON, Boolean, Dialect, Engine, Integer, Select
from sqlalchemy.pool import PoolProxiedConnection
from sqlalchemy.types import TypeEngine

from marketplace.kernel.base import Instant
from marketplace.kernel.quick import Quick
from marketplace.kernel.turns import Turns

Values = Mapping[str, Any]
_serial = count()


class Doubt(Exception):
    """The direct way could not do it; nothing was written by it, or the whole way will find what was."""


class Question:
    """A SELECT of fixed shape, built once."""

    def __init__(self, statement: Select[Any]) -> None:
        self.statement, self.name = statement, f"marketplace_{next(_serial)}".encode()

    @cached_property
    def quick(self) -> Quick:
        """The same for a driver that takes values as they are."""
        return Quick(self.statement)

    @cached_property
    def plain(self) -> "Plain":
        """The same for PostgreSQL's own protocol."""
        return Plain(self.statement)


class Deed:
    """What is written together. function: of PostgreSQL, with its arguments in order; true when it was done.

    steps: for SQLite, one after the other; the first is guarded and may touch no row, then nothing is done. A step is
    left out while the value it is named after is None.
    """

    def __init__(self, function: str, arguments: Sequence[str], steps: Mapping[str, Quick]) -> None:
        self.arguments, self.steps = tuple(arguments), tuple(steps.items())
        places = ", ".join(f"${place}" for place in range(1, len(self.arguments) + 1))
        self.text = f"SELECT {function}({places})".encode()
        self.name = function.encode()


class Direct(Protocol):
    """One database, asked directly."""

    def ask(self, question: Question, values: Values) -> list[Any]:
        """The rows. Raises Doubt."""
        ...

    def do(self, deed: Deed, values: Values) -> bool:
        """Write and commit; False where the guard found otherwise. Raises Doubt, and Busy or NotStored on SQLite."""
        ...


class Plain:
    """A statement as PostgreSQL prepares it: numbered places, texts in and out."""

    def __init__(self, statement: Select[Any]) -> None:
        from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

        dialect: Dialect = PGDialect_psycopg(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]
        compiled: Any = statement.compile(dialect=dialect)
        self.text = str(compiled).encode()
        self._order: list[str] = compiled.positiontup
        self._constants = {name: value for name, value in compiled.params.items() if value is not None}
        columns = list(statement.selected_columns)
        self._readers = [_reader(column.type) for column in columns]
        made: Any = namedtuple("Row", [str(one.key) for one in columns], rename=True)  # type: ignore[misc]  # noqa: PYI024
        self._row: Callable[[Iterator[Any]], Any] = made._make

    def given(self, values: Values) -> list[bytes | None]:
        """The values in their places."""
        known = {**self._constants, **values}
        return [written(known[name]) for name in self._order]

    def taken(self, result: Any) -> list[Any]:
        """The rows of an answer, as the types of the columns say."""
        return [self._row(self._cells(result, place)) for place in range(result.ntuples)]

    def _cells(self, result: Any, row: int) -> Iterator[Any]:
        for place, read in enumerate(self._readers):
            cell = result.get_value(row, place)
            yield None if cell is None else read(cell)


def written(value: Any) -> bytes | None:
    """A value as PostgreSQL reads it."""
    if value is None:
        return None
    if isinstance(value, datetime | date):
        return value.isoformat().encode()
    return str(value).encode()


def _reader(kind: TypeEngine[Any]) -> Callable[[bytes], Any]:
    if isinstance(kind, Instant):
        return lambda cell: kind.process_result_value(datetime.fromisoformat(cell.decode()), _NONE)
    if isinstance(kind, Boolean):
        return lambda cell: cell == b"t"
    if isinstance(kind, JSON):
        return orjson.loads
    return int if isinstance(kind, Integer) else bytes.decode


_NONE = cast("Dialect", None)


class OnPostgresql:
    """By prepared statements of the driver's library, which skip what it does for every value and every wait.

    engine: each statement by itself (AUTOCOMMIT), not told to be read-only.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def ask(self, question: Question, values: Values) -> list[Any]:
        """The rows. Raises Doubt."""
        plain = question.plain
        with self._executed(question.name, plain.text, plain.given(values)) as result:
            return plain.taken(result)

    def do(self, deed: Deed, values: Values) -> bool:
        """Call the function, which is its own transaction. Raises Doubt."""
        given = [written(values[name]) for name in deed.arguments]
        with self._executed(deed.name, deed.text, given) as result:
            return bool(result.get_value(0, 0) == b"t")

    @contextmanager
    def _executed(self, name: bytes, text: bytes, given: list[bytes | None]) -> Iterator[Any]:
        from psycopg import Error, pq

        held = self._engine.raw_connection()
        try:
            server = cast("Any", held.driver_connection).pgconn
            if name not in held.info:
                _require(held, server.prepare(name, text), pq)
                held.info[name] = True
            result = server.exec_prepared(name, given)
            _require(held, result, pq)
            yield result
        except Error as error:
            held.invalidate()
            raise Doubt from error
        finally:
            held.close()


def _require(held: PoolProxiedConnection, result: Any, pq: Any) -> None:
    """Raise Doubt for a refusal; what a constraint refused leaves the connection as good as it was."""
    if result.status in {pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK}:
        return
    state = result.error_field(pq.DiagnosticField.SQLSTATE) or b""
    if not state.startswith((b"23", b"40", b"55")):
        held.invalidate()
    raise Doubt(state.decode())


class OnSqlite:
    """By the driver's own connection; what is written takes its turn and shares the commit."""

    def __init__(self, engine: Engine, turns: Turns) -> None:
        self._engine, self._turns = engine, turns
        self._error: type[Exception] = cast("Any", engine.dialect.dbapi).Error

    def ask(self, question: Question, values: Values) -> list[Any]:
        """The rows, without a transaction. Raises Doubt."""
        held = self._engine.raw_connection()
        try:
            made = question.quick.made_for(self._engine.dialect)
            rows = cast("Any", held.driver_connection).execute(made.text, made.given(values))
            return [made.taken(row) for row in rows.fetchall()]
        except self._error as error:
            raise Doubt from error
        finally:
            held.close()

    def do(self, deed: Deed, values: Values) -> bool:
        """Write in a turn; all of it is there or none. Raises Doubt, Busy, NotStored."""
        steps = [
            (quick.made_for(self._engine.dialect), wanted) for wanted, quick in deed.steps if values[wanted] is not None
        ]
        given = [(made.text, made.given(values)) for made, _ in steps]
        with self._turns.turn() as connection:
            raw: Any = connection.connection.driver_connection
            raw.execute("SAVEPOINT deed")
            try:
                done = all(raw.execute(*step).rowcount or place for place, step in enumerate(given))
            except self._error as error:
                raw.execute("ROLLBACK TO deed")
                raise Doubt from error
            finally:
                if raw.in_transaction:
                    raw.execute("RELEASE deed")
        return done
