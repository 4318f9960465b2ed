"""The direct way to the database: one question or one deed, each a journey of its own, without a session around it.

It is for what is asked and written ten thousand times in a minute, and it is never the only way: whatever it cannot do
or does not know it says (`Doubt`), nothing is written then, and the whole way is gone instead (docs/adr/0038).
"""

from collections import deque, namedtuple
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import cached_property
from itertools import count
from typing import Any, Protocol, cast

import orjson
from sqlalchemy import JSON, Boolean, Dialect, Engine, Integer, Select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from marketplace.kernel.base import Instant
from marketplace.kernel.quick import Quick
from marketplace.kernel.turns import Turns

Values = Mapping[str, Any]
MOST_IDLE = 8
_serial = count()


class Doubt(Exception):
    """The direct way could not do it; nothing was written by it, or the whole way will find what was."""


class Later:
    """Stands for a session in which hardly anybody asks anything; it is made when somebody does."""

    def __init__(self, make: Callable[[], Session]) -> None:
        self._make = make

    def __getattr__(self, name: str) -> Any:
        if "_made" not in self.__dict__:
            self._made = self._make()
        return getattr(self._made, name)

    def close(self) -> None:
        """Close it if it was made."""
        if "_made" in self.__dict__:
            self._made.close()


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
        self._readers = [(place, _reader(column.type)) for place, column in enumerate(columns)]
        made: Any = namedtuple("Row", [str(one.key) for one in columns], rename=True)  # type: ignore[misc]  # noqa: PYI024
        self._row: Callable[[Iterator[Any]], Any] = made._make

    def given(self, values: Values) -> list[bytes | None]:
        """The values in their places."""
        known = {**self._constants, **values}
        return all_written(known[name] for name in self._order)

    def taken(self, result: Any) -> list[Any]:
        """The rows of an answer, as the types of the columns say."""
        cell, readers = result.get_value, self._readers
        return [
            self._row(None if (one := cell(row, place)) is None else read(one) for place, read in readers)
            for row in range(result.ntuples)
        ]


def all_written(values: Iterable[Any]) -> list[bytes | None]:
    """Values as PostgreSQL reads them; most are texts, and a call for each of those would cost more than the work."""
    return [value.encode() if type(value) is str else _written(value) for value in values]


def _written(value: Any) -> bytes | None:
    if value is None:
        return None
    return (value.isoformat() if isinstance(value, date) else str(value)).encode()


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

    engine: each statement by itself (AUTOCOMMIT), not told to be read-only. Connections are kept here and not in its
    pool, whose care for each that is lent costs more than the statement.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._idle: deque[_Line] = deque()

    def ask(self, question: Question, values: Values) -> list[Any]:
        """The rows. Raises Doubt."""
        plain = question.plain
        return plain.taken(self._executed(question.name, plain.text, plain.given(values)))

    def do(self, deed: Deed, values: Values) -> bool:
        """Call the function, which is its own transaction. Raises Doubt."""
        given = all_written(values[name] for name in deed.arguments)
        return bool(self._executed(deed.name, deed.text, given).get_value(0, 0) == b"t")

    def close(self) -> None:
        """Let go of every connection that nobody uses now."""
        while self._idle:
            self._idle.pop().close()

    def _executed(self, name: bytes, text: bytes, given: list[bytes | None]) -> Any:
        try:
            line = self._idle.pop()
        except IndexError:
            line = _Line(self._engine)
        try:
            return line.execute(name, text, given)
        finally:
            if line.good and len(self._idle) < MOST_IDLE:
                self._idle.append(line)
            else:
                line.close()


class _Line:
    """One connection and what is prepared on it. good: whether it may be used again."""

    def __init__(self, engine: Engine) -> None:
        from psycopg import Error, pq

        try:
            held = engine.raw_connection()
        except DBAPIError as error:
            raise Doubt from error
        self._connection = cast("Any", held.driver_connection)
        held.detach()
        self._server: Any = self._connection.pgconn
        self._known: set[bytes] = set()
        self._error, self._field = Error, pq.DiagnosticField.SQLSTATE
        self._fine = {pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK}
        self.good = True

    def execute(self, name: bytes, text: bytes, given: list[bytes | None]) -> Any:
        """The driver's result. Raises Doubt."""
        try:
            if name not in self._known:
                self._require(self._server.prepare(name, text))
                self._known.add(name)
            result = self._server.exec_prepared(name, given)
        except self._error as error:
            self.good = False
            raise Doubt from error
        self._require(result)
        return result

    def _require(self, result: Any) -> None:
        if result.status in self._fine:
            return
        state = result.error_field(self._field) or b""
        # What a constraint, a race or a lock refused leaves the connection as good as it was.
        self.good = state.startswith((b"23", b"40", b"55"))
        raise Doubt(state.decode())

    def close(self) -> None:
        """Let go of it."""
        self._connection.close()


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
