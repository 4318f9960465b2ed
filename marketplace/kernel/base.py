"""Declarative base of all tables, aware instants, and tables that refuse to forget."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import DDL, Date, DateTime, Dialect, MetaData, String, Table, event
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction
from sqlalchemy.types import TypeDecorator

PREFIX = "marketplace_"


class Base(DeclarativeBase):
    """Our own base: Flask-SQLAlchemy lends only engine and session, so a host's session can be shared."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Instant(TypeDecorator[datetime]):
    """A moment in time: aware, stored as UTC on every database; naive values are refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive datetime {value!r}: time is stored as aware UTC")
        return value if value.tzinfo is UTC else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class ShanghaiDay(GenericFunction[date]):
    """In a statement, what `clock.shanghai_date` is outside: the calendar day in Shanghai at a stored instant."""

    type = Date()
    inherit_cache = True
    name = "shanghai_day"


@compiles(ShanghaiDay)
def _day(element: ShanghaiDay, compiler: SQLCompiler, **kwargs: Any) -> str:
    return f"CAST(timezone('Asia/Shanghai', {compiler.process(element.clauses, **kwargs)}) AS DATE)"


@compiles(ShanghaiDay, "sqlite")
def _day_on_sqlite(element: ShanghaiDay, compiler: SQLCompiler, **kwargs: Any) -> str:
    return f"date({compiler.process(element.clauses, **kwargs)}, '+8 hours')"  # no summer time there since 1991


class Words(GenericFunction[str]):
    """In a statement, all values of a column in one text, with a space between them."""

    type = String()
    inherit_cache = True
    name = "words"


@compiles(Words)
def _words(element: Words, compiler: SQLCompiler, **kwargs: Any) -> str:
    return f"string_agg({compiler.process(element.clauses, **kwargs)}, ' ')"


@compiles(Words, "sqlite")
def _words_on_sqlite(element: Words, compiler: SQLCompiler, **kwargs: Any) -> str:
    return f"group_concat({compiler.process(element.clauses, **kwargs)}, ' ')"


def append_only_statements(table: str, dialect: str) -> list[str]:
    """SQL that makes `table` refuse UPDATE and DELETE; used by create_all and by migrations alike."""
    if dialect == "sqlite":
        return [
            f"CREATE TRIGGER {table}_no_{verb} BEFORE {verb.upper()} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            for verb in ("update", "delete")
        ]
    return [
        "CREATE OR REPLACE FUNCTION marketplace_append_only() RETURNS trigger AS $$ BEGIN "
        "RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$ LANGUAGE plpgsql",
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION marketplace_append_only()",
    ]


def append_only(table: Any) -> None:
    """Mark a table as append-only: the database itself refuses UPDATE and DELETE."""
    assert isinstance(table, Table)
    table.info["append_only"] = True
    for dialect in ("sqlite", "postgresql"):
        for statement in append_only_statements(table.name, dialect):
            ddl = DDL(statement.replace("%", "%%")).execute_if(dialect=dialect)  # type: ignore[no-untyped-call]
            event.listen(table, "after_create", ddl)


def constraint_of(error: IntegrityError) -> str | None:
    """Name of the constraint that refused a row, by our naming convention, or None."""
    diagnosis = getattr(error.orig, "diag", None)
    if diagnosis is not None:
        return str(diagnosis.constraint_name) if diagnosis.constraint_name else None
    text = str(error.orig)
    kind, _, detail = text.partition(" constraint failed: ")
    if kind == "UNIQUE":
        columns = [part.strip().split(".") for part in detail.split(",")]
        table = columns[0][0]
        return "_".join(["uq", table, *(column[-1] for column in columns)])
    return detail.strip() or None if kind == "CHECK" else None


Entropy = Callable[[int], bytes]
