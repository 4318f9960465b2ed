"""Pages of the public list: a few statements, compiled once for the filters that are set, read as plain rows.

A row has the attributes of a Tender that a list shows; it is there to be read and cannot be changed.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, cast

from sqlalchemy import ColumnElement, FromClause, Select, String, bindparam, select, tuple_

from marketplace.identity.models import Organisation
from marketplace.kernel.base import Instant
from marketplace.kernel.context import Ctx
from marketplace.kernel.quick import Quick
from marketplace.tenders import rules
from marketplace.tenders.models import Tender
from marketplace.web.paging import PAGE_ROWS, Page, page_from, position

KEY = (Tender.published_at, Tender.id)
Names = tuple[str, ...]
_TABLE, _BUYER = Tender.__table__, Organisation.__table__
# What nobody outside sees of a notice.
_HIDDEN = {
    *("budget_line_id", "further_line_ids", "encumbrance_id", "assessors", "invited", "invite_draw"),
    *("created_at", "counts_from", "threshold", "ended_kind", "reposts_id"),
}
_PUBLIC = [column for column in _TABLE.c if column.name not in _HIDDEN]
_LINE = [
    *(_TABLE.c[name] for name in ("id", "seq", "number", "title", "buyer_id", "item_code", "method", "ceiling_fen")),
    *(_TABLE.c[name] for name in ("stage", "closes_at", "published_at")),
    _BUYER.c.name.label("buyer"),
]
_FILTERS: dict[str, ColumnElement[bool]] = {
    **{name: _TABLE.c[name] == bindparam(name) for name in ("stage", "item_code", "method", "buyer_id")},
    "region": _TABLE.c.region.startswith(bindparam("region", type_=String)),
}


def set_filters(filters: Mapping[str, str]) -> dict[str, str]:
    """The filters that narrow a list, in one order. region: a division code, and all below it."""
    known = {**filters, "region": rules.region_prefix(filters.get("region", ""))}
    return {name: known[name] for name in _FILTERS if known.get(name)}


def published(
    names: Names, *, lines: bool, hits: FromClause | None = None, place: ColumnElement[Any] | None = None
) -> Select[Any]:
    """Published notices with these filters set. lines: only what a line of the list says, the buyer's name included.

    hits: what found them by words, under their `place` in the order.
    """
    source: FromClause = _TABLE if hits is None else _TABLE.join(hits, _TABLE.c.seq == place)
    columns = _PUBLIC
    if lines:  # the notice comes first: the order of the list is that of its index
        source, columns = source.outerjoin(_BUYER, _TABLE.c.buyer_id == _BUYER.c.id), _LINE
    found = select(*columns).select_from(source).where(_TABLE.c.published_at.is_not(None))
    return found.where(*(_FILTERS[name] for name in names))


@cache
def _newest(names: Names, *, lines: bool, after: bool) -> Quick:
    found = published(names, lines=lines)
    at, id = _TABLE.c.published_at, _TABLE.c.id
    if after:
        here = tuple_(bindparam("after_at", type_=Instant), bindparam("after_id", type_=String))
        found = found.where(tuple_(at, id) < here)
    return Quick(found.order_by(at.desc(), id.desc()).limit(bindparam("most")))


def page(ctx: Ctx, filters: Mapping[str, str], *, cursor: str | None, lines: bool) -> Page[Tender]:
    """One page of published notices, newest first. Raises BadCursor."""
    given: dict[str, Any] = set_filters(filters)
    statement = _newest(tuple(given), lines=lines, after=bool(cursor))
    if cursor:
        given |= zip(("after_at", "after_id"), position(cursor, KEY), strict=True)
    return page_from(rows(ctx, statement, {**given, "most": PAGE_ROWS + 1}), KEY, PAGE_ROWS)


def rows(ctx: Ctx, statement: Quick, given: Mapping[str, Any]) -> Sequence[Tender]:
    """Rows with the attributes of a Tender that were asked for."""
    ctx.session.flush()
    return cast("Sequence[Tender]", statement.rows(ctx.session, given))
