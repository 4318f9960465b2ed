"""Rows that are written together at the end of a block, where one by one each would be a journey to the database."""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeVar, cast

from sqlalchemy import ClauseElement, Executable, Insert
from sqlalchemy.orm import Session

from marketplace.kernel.quick import Quick

_HELD = "marketplace_gathered"
Value = TypeVar("Value")


@dataclass
class _Held:
    rows: dict[Executable, list[dict[str, Any]]] = field(default_factory=dict)
    objects: list[Any] = field(default_factory=list)
    known: dict[Hashable, Any] = field(default_factory=dict)


def is_on(session: Session) -> bool:
    """Whether a block of this session gathers what it writes."""
    return _HELD in session.info


def write(session: Session, statement: Executable, row: dict[str, Any]) -> None:
    """Execute a statement that writes, for one row: now, or for all its rows at the end of the block that gathers.

    What is changed in the row until then is written changed.
    """
    held: _Held | None = session.info.get(_HELD)
    if held is None:
        session.connection().execute(statement, row)
    else:
        held.rows.setdefault(statement, []).append(row)


def once(session: Session, key: Hashable, ask: Callable[[], Value]) -> Value:
    """What `ask` answers; within a block that gathers it is asked once for a key, because nothing changes there."""
    held: _Held | None = session.info.get(_HELD)
    if held is None:
        return ask()
    if key not in held.known:
        held.known[key] = ask()
    return cast("Value", held.known[key])


def add_last(session: Session, row: Any) -> None:
    """Add an object that points to what is written before it: to rows of the block, or to objects of the session."""
    held: _Held | None = session.info.get(_HELD)
    if held is None:
        session.flush()
        session.add(row)
    else:
        held.objects.append(row)


@cache
def _quick(statement: Executable, names: tuple[str, ...]) -> Quick:
    """Statements that are gathered are made once in a program, each by its module."""
    return Quick(cast("ClauseElement", statement), columns=names if isinstance(statement, Insert) else None)


@contextmanager
def together(session: Session) -> Iterator[None]:
    """Gather what the functions above are given within the block; nothing in the block may count on reading it."""
    session.info[_HELD] = held = _Held()
    try:
        yield
    finally:
        del session.info[_HELD]
    session.flush()
    for statement, rows in held.rows.items():
        _quick(statement, tuple(rows[0])).write_all(session, rows)
    session.add_all(held.objects)
    session.flush()
