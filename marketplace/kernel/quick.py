"""Statements that are asked for every bid: compiled once for a database, then handed to its driver as they are.

What the toolkit does anew at every execution costs more than the driver and the journey together. The same values go
in and the same rows come out; a refusal by the database is the same error, so that nobody above sees a difference.
"""

from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, cast

from sqlalchemy import ClauseElement, Connection, Dialect, Insert, Select, Table
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

Process = Callable[[Any], Any]
_FOUND = "marketplace_connection"
_OFFERED, _RIDERS = "marketplace_offered", "marketplace_riders"


class _Made:
    """A statement for one kind of database: its text, its constants, and how values are turned both ways."""

    def __init__(self, statement: ClauseElement, dialect: Dialect, filled: Sequence[str] | None) -> None:
        compiled: Any = statement.compile(dialect=dialect, column_keys=filled)
        if getattr(compiled, "insert_prefetch", ()):
            raise TypeError("a column that Python fills in must be given here")
        self.text, self.filled = str(compiled), filled or ()
        self._order: list[str] | None = compiled.positiontup
        self._in: list[tuple[str, Process]] = [
            (name, process) for name, bind in compiled.binds.items() if (process := _entry(bind.type, dialect))
        ]
        given = {name for name, bind in compiled.binds.items() if bind.required}
        constants = {name: value for name, value in compiled.params.items() if name not in given}
        self._constants: dict[str, Any] = {}
        self._constants = self._turned(constants)
        plain = isinstance(statement, Insert) and statement.select is None and not constants
        self.copy = _copy_of(cast("Insert", statement), filled, dialect) if plain and filled else None
        columns = list(statement.selected_columns) if isinstance(statement, Select) else []
        self._out = [(at, process) for at, one in enumerate(columns) if (process := _exit(one.type, dialect))]
        self._row: Callable[[list[Any]], Any] = _row_of([str(one.key) for one in columns])

    def _turned(self, values: Mapping[str, Any]) -> dict[str, Any]:
        turned = {**self._constants, **values}
        for name, process in self._in:  # few of the columns of a row need it
            if name in values:
                turned[name] = process(values[name])
        return turned

    def given(self, values: Mapping[str, Any]) -> Any:
        """The values as the driver wants them."""
        turned = self._turned(values)
        return turned if self._order is None else [turned[name] for name in self._order]

    def taken(self, row: Any) -> Any:
        """A row of the driver as the types of its columns say."""
        values = list(row)
        for at, process in self._out:
            values[at] = process(values[at])
        return self._row(values)


def _copy_of(statement: Insert, filled: Sequence[str], dialect: Dialect) -> str | None:
    """How PostgreSQL takes many new rows at half the cost of one after the other."""
    if dialect.name != "postgresql":
        return None
    quote = dialect.identifier_preparer
    into = quote.format_table(cast("Table", statement.table))
    return f"COPY {into} ({', '.join(quote.quote(name) for name in filled)}) FROM STDIN"


def _copied(cursor: Any, made: _Made, rows: Sequence[Mapping[str, Any]]) -> None:
    with cursor.copy(made.copy) as copy:
        for row in rows:
            given = made.given(row)
            copy.write_row([given[name] for name in made.filled])


def _connection(session: Session) -> Connection:
    """The connection of the session's transaction, looked up once for each: that alone costs a tenth of a bid."""
    begun, connection = session.info.get(_FOUND, (None, None))
    if connection is None or begun is not session.get_transaction():
        connection = session.connection()
        session.info[_FOUND] = (session.get_transaction(), connection)
    return cast("Connection", connection)


def _row_of(names: list[str]) -> Callable[[list[Any]], Any]:
    made: Any = namedtuple("Row", names, rename=True)  # type: ignore[misc]  # noqa: PYI024 - they differ
    return cast("Callable[[list[Any]], Any]", made._make)


def _entry(kind: Any, dialect: Dialect) -> Process | None:
    process: Process | None = kind.dialect_impl(dialect).bind_processor(dialect)
    return process


def _exit(kind: Any, dialect: Dialect) -> Process | None:
    process: Process | None = kind.dialect_impl(dialect).result_processor(dialect, None)
    return process


class Quick:
    """One statement of fixed shape; lists that expand are not for it. columns: what an INSERT fills, if not all."""

    def __init__(self, statement: ClauseElement, riders: int = 0, columns: Sequence[str] | None = None) -> None:
        self.statement, self._riders, self._columns = statement, riders, columns
        self._made: dict[str, _Made] = {}
        self._with: dict[Quick, Quick] = {}

    def made_for(self, dialect: Dialect) -> _Made:
        """The statement as the database's driver takes it."""
        made = self._made.get(dialect.name)
        if made is None:
            made = self._made[dialect.name] = _Made(self.statement, dialect, self._columns)
        return made

    @contextmanager
    def _executed(
        self, connection: Connection, values: Mapping[str, Any] | Sequence[Mapping[str, Any]]
    ) -> Iterator[tuple[Any, _Made]]:
        dialect = connection.dialect
        made, raw = self.made_for(dialect), connection.connection
        cursor = raw.cursor()
        driver: Any = dialect.dbapi
        try:
            if isinstance(values, Mapping):
                cursor.execute(made.text, made.given(values))
            elif made.copy is not None:
                _copied(cursor, made, values)
            else:
                cursor.executemany(made.text, [made.given(row) for row in values])
            yield cursor, made
        except driver.Error as error:
            if dialect.is_disconnect(error, raw, cursor):  # the toolkit meets the same, and throws its connections away
                connection.execute(self.statement, values)  # type: ignore[call-overload]
            raise DBAPIError.instance(
                made.text, None, error, driver.Error, hide_parameters=True, dialect=dialect
            ) from error
        finally:
            cursor.close()

    def rows(self, session: Session, values: Mapping[str, Any]) -> list[Any]:
        """Execute and read all rows, which have the names of the selected columns."""
        with self._executed(_connection(session), values) as (cursor, made):
            return [made.taken(row) for row in cursor.fetchall()]

    def count(self, session: Session, values: Mapping[str, Any]) -> int:
        """Execute a change and say how many rows it touched."""
        with self._executed(_connection(session), values) as (cursor, _):
            return int(cursor.rowcount)

    def write_all(self, session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
        """Execute a change once for each of the rows, which all have the same names."""
        if rows:
            with self._executed(_connection(session), rows):
                pass

    def write(self, session: Session, values: Mapping[str, Any]) -> None:
        """Execute a change that may ride along with another one's statement; its values have names of their own."""
        riders = session.info.get(_RIDERS)
        if riders is None:
            self.count(session, values)
        else:
            riders.append((self, values))

    def count_all(self, session: Session, values: Mapping[str, Any]) -> int:
        """The same as `count`, in one statement with what was offered to ride along; for databases that can (CTE)."""
        whole, given = self, dict(values)
        for rider, more in _riders(session):
            whole, given = whole._beside(rider), {**given, **more}
        return whole.count(session, given)

    def _beside(self, rider: "Quick") -> "Quick":
        if rider not in self._with:
            whole, change = cast("Any", self.statement), cast("Any", rider.statement)
            self._with[rider] = Quick(whole.add_cte(change.cte(f"rider_{self._riders}")), self._riders + 1)
        return self._with[rider]


def offer(session: Session, act: Callable[[], None]) -> None:
    """Let small changes that `act` writes ride along with the next statement that takes them; nobody may have to."""
    session.info[_OFFERED] = act


def _riders(session: Session) -> list[tuple[Quick, Mapping[str, Any]]]:
    act = session.info.pop(_OFFERED, None)
    if act is None:
        return []
    session.info[_RIDERS] = found = list[tuple[Quick, Mapping[str, Any]]]()
    try:
        act()
    finally:
        del session.info[_RIDERS]
    return found
