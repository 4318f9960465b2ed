"""One cursor format for JSON and HTML: keyset pages, never OFFSET, never count(*)."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import Select, literal, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from marketplace.kernel.base import Instant
from marketplace.kernel.errors import DomainError, Kind

T = TypeVar("T")
PAGE_ROWS = 20
MAX_ROWS = 100


class BadCursor(DomainError):
    """A cursor that we did not give out."""

    kind = Kind.INVALID
    code = "web.bad_cursor"
    message = "翻页位置无效"
    remedy = "请从第一页重新开始"


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some rows and the cursor after them (None on the last page)."""

    items: Sequence[T]
    next: str | None


def cursor_after(values: Sequence[Any]) -> str:
    """The cursor that stands after a row with these values of the key."""
    plain = [_plain(value) for value in values]
    return base64.urlsafe_b64encode(json.dumps(plain).encode()).decode().rstrip("=")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return {"at": value.isoformat()}
    return {"on": value.isoformat()} if isinstance(value, date) else value


def _value(plain: Any) -> Any:
    if not isinstance(plain, dict):
        return plain
    return date.fromisoformat(plain["on"]) if "on" in plain else datetime.fromisoformat(plain["at"])


def _decode(cursor: str, key: tuple[InstrumentedAttribute[Any], ...]) -> list[Any]:
    try:
        plain = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        values = [_value(value) for value in plain]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BadCursor from error
    if not isinstance(plain, list) or len(values) != len(key):
        raise BadCursor
    if not all(isinstance(v, _kind(column)) for v, column in zip(values, key, strict=True)):
        raise BadCursor
    if any(isinstance(v, datetime) and v.tzinfo is None for v in values):
        raise BadCursor
    return values


def _kind(column: InstrumentedAttribute[Any]) -> type:
    return datetime if isinstance(column.type, Instant) else column.type.python_type


def position(cursor: str, key: tuple[InstrumentedAttribute[Any], ...]) -> list[Any]:
    """The values of `key` at which a cursor stands. Raises BadCursor."""
    return _decode(cursor, key)


def page_from(found: Sequence[T], key: tuple[InstrumentedAttribute[Any], ...], rows: int) -> Page[T]:
    """A page of `rows` out of that many and one more, which only says that there are more."""
    more = len(found) > rows
    last = [getattr(found[rows - 1], column.key) for column in key] if more else None
    return Page(found[:rows], cursor_after(last) if last else None)


def page_of(
    session: Session,
    select: Select[Any],
    *,
    key: tuple[InstrumentedAttribute[Any], ...],
    cursor: str | None = None,
    descending: bool = False,
    rows: int = PAGE_ROWS,
) -> Page[Any]:
    """One page of entities of `select`, ordered by `key` (a unique tuple of columns), after `cursor`."""
    rows = max(1, min(rows, MAX_ROWS))
    if cursor:
        here = tuple_(*key)
        values = zip(key, _decode(cursor, key), strict=True)
        there = tuple_(*(literal(value, column.type) for column, value in values))
        select = select.where(here < there if descending else here > there)
    select = select.order_by(*(column.desc() if descending else column.asc() for column in key)).limit(rows + 1)
    return page_from(list(session.scalars(select)), key, rows)
