"""Many rows of one table at once, by each database's quickest way: one statement on SQLite, a stream on PostgreSQL."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC
from operator import itemgetter
from typing import Any

import orjson
from sqlalchemy import JSON, Connection, Dialect, Table
from sqlalchemy.exc import DBAPIError

from marketplace.kernel.base import Instant

Turn = Callable[[Any], Any]


class Bulk:
    """Rows of one shape. columns: what differs from row to row, in this order. same: what all of them have.

    twins: columns that repeat another one of the row, by whose name they are filled.
    """

    def __init__(
        self, table: Table, columns: Sequence[str], *, same: Mapping[str, Any], twins: Mapping[str, str]
    ) -> None:
        self._table, self._columns, self._same = table, columns, same
        order = [*columns, *same]
        # Each column, and where its value stands in a row that its constants follow.
        repeated = ((name, order.index(other)) for name, other in twins.items())
        self._places = [*((name, at) for at, name in enumerate(order)), *repeated]
        self._into = f"{table.name} ({', '.join(name for name, _ in self._places)})"

    def write(self, connection: Connection, rows: Iterable[Sequence[Any]]) -> None:
        """Write the rows, each with its values in the order of the columns."""
        dialect = connection.dialect
        turns = [(at, turn) for at, name in enumerate(self._columns) if (turn := self._turn(name, dialect))]
        constants = [self._stored(name, value, dialect) for name, value in self._same.items()]
        turned = (_turned([*row, *constants], turns) for row in rows)
        if dialect.name == "postgresql":
            placed = itemgetter(*(at for _, at in self._places))
            stream(connection, f"COPY {self._into} FROM STDIN", map(placed, turned))
        else:
            marks = ", ".join(f"?{at + 1}" for _, at in self._places)
            insert = f"INSERT INTO {self._into} VALUES ({marks})"  # noqa: S608 - our own names
            connection.exec_driver_sql(insert, [tuple(row) for row in turned])

    def _turn(self, name: str, dialect: Dialect) -> Turn | None:
        kind = self._table.c[name].type
        if isinstance(kind, JSON):
            return lambda value: orjson.dumps(value).decode()
        found: Turn | None = kind.dialect_impl(dialect).bind_processor(dialect)
        if isinstance(kind, Instant) and dialect.name == "postgresql":
            return lambda at: None if at is None else at.astimezone(UTC).isoformat()
        return found

    def _stored(self, name: str, value: Any, dialect: Dialect) -> Any:
        turn = self._turn(name, dialect)
        return value if turn is None else turn(value)


def _turned(values: list[Any], turns: Sequence[tuple[int, Turn]]) -> list[Any]:
    for at, turn in turns:
        values[at] = turn(values[at])
    return values


def stream(connection: Connection, copy: str, rows: Iterable[Sequence[Any]]) -> None:
    """Hand rows over to PostgreSQL as a stream (COPY): lists of values cost the driver seven times as much."""
    driver: Any = connection.dialect.dbapi
    try:
        with connection.connection.cursor() as cursor, cursor.copy(copy) as into:  # type: ignore[attr-defined]
            for row in rows:
                into.write_row(row)
    except driver.Error as error:  # in the toolkit's words, by which a refusal is known
        raise DBAPIError.instance(
            copy, None, error, driver.Error, hide_parameters=True, dialect=connection.dialect
        ) from error
