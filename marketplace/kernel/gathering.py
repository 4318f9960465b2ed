"""Rows that are written together at the end of a block, where one by one each would be a journey to the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Executable
from sqlalchemy.orm import Session

_HELD = "marketplace_gathered"


@dataclass
class _Held:
    rows: dict[Executable, list[dict[str, Any]]] = field(default_factory=dict)
    objects: list[Any] = field(default_factory=list)


def is_on(session: Session) -> bool:
    """Whether a block of this session gathers what it writes."""
    return _HELD in session.info


def write(session: Session, statement: Executable, row: dict[str, Any]) -> None:
    """Execute a statement that writes, for one row: now, or for all its rows at the end of the block that gathers."""
    held: _Held | None = session.info.get(_HELD)
    if held is None:
        session.connection().execute(statement, row)
    else:
        held.rows.setdefault(statement, []).append(row)


def add_last(session: Session, row: Any) -> None:
    """Add an object that points to others, which must be written before it."""
    held: _Held | None = session.info.get(_HELD)
    if held is None:
        session.flush()
        session.add(row)
    else:
        held.objects.append(row)


@contextmanager
def together(session: Session) -> Iterator[None]:
    """Gather what the functions above are given within the block; nothing in the block may count on reading it."""
    session.info[_HELD] = held = _Held()
    try:
        yield
    finally:
        del session.info[_HELD]
    session.flush()
    session.add_all(held.objects)
    session.flush()
    for statement, rows in held.rows.items():
        session.connection().execute(statement, rows)
