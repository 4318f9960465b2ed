"""Searching notices by words: an index of pairs of characters, newest first, with the same results on both databases.

SQLite walks a full-text index from its newest end. PostgreSQL looks through the newest notices first, which is enough
for frequent words, and asks its inverted index for rare ones; each way is slow where the other one is quick.
"""

from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, Select, bindparam, column, select, table
from sqlalchemy import cast as as_type
from sqlalchemy.dialects.postgresql import TSQUERY

from marketplace.kernel.context import Ctx
from marketplace.tenders import rules
from marketplace.tenders.models import Tender
from marketplace.web.paging import PAGE_ROWS, Page, page_from, position

NEWEST = 1000
KEY = (Tender.seq,)
BEFORE_ALL = 2**62

# A column with the name of the table stands for the whole entry: SQLite's way to ask its index.
_LITE = table("marketplace_tender_text", column("rowid", BigInteger), column("marketplace_tender_text"))
_GIN = table("marketplace_tender_text", column("seq", BigInteger), column("grams"))


@lru_cache(1 << 16)
def lite_token(gram: str) -> str:
    """A gram as the tokenizer of SQLite sees it: ASCII, whatever the script."""
    return gram.encode().hex()


def search(ctx: Ctx, text: str, found: Select[Tender], *, cursor: str | None = None) -> Page[Tender]:
    """One page of those notices of `found` that have all the words, newest first. Raises BadCursor."""
    grams = sorted(rules.wanted_grams(text))
    if not grams:
        return Page([], None)
    before = position(cursor, KEY)[0] if cursor else BEFORE_ALL
    ways = _gin if ctx.session.get_bind().dialect.name == "postgresql" else _lite
    return page_from(ways(ctx, grams, found, before), KEY, PAGE_ROWS)


def _lite(ctx: Ctx, grams: list[str], found: Select[Tender], before: int) -> list[Tender]:
    words = " AND ".join(f'"{lite_token(gram)}"' for gram in grams)
    hits = found.join(_LITE, Tender.seq == _LITE.c.rowid)
    hits = hits.where(
        _LITE.c.marketplace_tender_text.op("MATCH")(bindparam("words")), _LITE.c.rowid < bindparam("before")
    )
    hits = hits.order_by(_LITE.c.rowid.desc()).limit(PAGE_ROWS + 1)
    return list(ctx.session.scalars(hits, {"words": words, "before": before}))


def _gin(ctx: Ctx, grams: list[str], found: Select[Tender], before: int) -> list[Tender]:
    known = {"words": " & ".join(f"'{gram}'" for gram in grams), "before": before}
    holds = _GIN.c.grams.op("@@")(as_type(bindparam("words"), TSQUERY))
    newest = select(_GIN).where(_GIN.c.seq < bindparam("before", type_=BigInteger))
    newest = newest.order_by(_GIN.c.seq.desc()).limit(NEWEST)
    quick = newest.cte("newest").prefix_with("MATERIALIZED", dialect="postgresql")
    near = select(quick.c.seq).where(quick.c.grams.op("@@")(as_type(bindparam("words"), TSQUERY)))
    first = _those(ctx, found, near.cte("near"), known)
    if len(first) > PAGE_ROWS:
        return first
    all_of_them = select(_GIN.c.seq).where(holds, _GIN.c.seq < bindparam("before", type_=BigInteger)).cte("hits")
    return _those(ctx, found, all_of_them.prefix_with("MATERIALIZED", dialect="postgresql"), known)


def _those(ctx: Ctx, found: Select[Tender], hits: Any, known: dict[str, Any]) -> list[Tender]:
    wanted = found.join(hits, Tender.seq == hits.c.seq).order_by(hits.c.seq.desc()).limit(PAGE_ROWS + 1)
    return list(ctx.session.scalars(wanted, known))
