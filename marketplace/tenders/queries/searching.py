"""Searching notices by words: an index of pairs of characters, newest first, with the same results on both databases.

SQLite walks a full-text index from its newest end. PostgreSQL looks through the newest notices first, which is enough
for frequent words, and asks its inverted index for rare ones; each way is slow where the other one is quick.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, bindparam, column, select, table
from sqlalchemy import cast as as_type
from sqlalchemy.dialects.postgresql import TSQUERY

from marketplace.kernel.context import Ctx
from marketplace.kernel.quick import Quick
from marketplace.tenders import rules
from marketplace.tenders.models import Tender
from marketplace.tenders.queries import listing
from marketplace.tenders.queries.listing import Names, published
from marketplace.web.paging import PAGE_ROWS, Page, page_from, position

NEWEST = 1000
KEY = (Tender.seq,)
BEFORE_ALL = 2**62
MOST_TOKENS = 1 << 16

# A column with the name of the table stands for the whole entry: SQLite's way to ask its index.
_LITE = table("marketplace_tender_text", column("rowid", BigInteger), column("marketplace_tender_text"))
_GIN = table("marketplace_tender_text", column("seq", BigInteger), column("grams"))
_WORDS = as_type(bindparam("words"), TSQUERY)
_BEFORE = _GIN.c.seq < bindparam("before", type_=BigInteger)


class _Tokens(dict[str, str]):
    """Grams as the tokenizer of SQLite sees them, ASCII whatever the script; emptied when they become too many."""

    def __missing__(self, gram: str) -> str:
        if len(self) >= MOST_TOKENS:
            self.clear()
        self[gram] = token = gram.encode().hex()
        return token


lite_token = _Tokens().__getitem__


def search(
    ctx: Ctx, text: str, filters: Mapping[str, str], *, cursor: str | None = None, lines: bool = False
) -> Page[Tender]:
    """One page of published notices that have all the words, newest first. Raises BadCursor.

    filters, lines: as of listing.page.
    """
    grams = sorted(rules.wanted_grams(text))
    if not grams:
        return Page([], None)
    before = position(cursor, KEY)[0] if cursor else BEFORE_ALL
    given: dict[str, Any] = listing.set_filters(filters)
    names = tuple(given)
    given |= {"before": before, "most": PAGE_ROWS + 1}
    if ctx.session.get_bind().dialect.name == "postgresql":
        given |= {"words": " & ".join(f"'{gram}'" for gram in grams), "newest": NEWEST}
        found = listing.rows(ctx, _near(names, lines=lines), given)
        if len(found) <= PAGE_ROWS:
            found = listing.rows(ctx, _anywhere(names, lines=lines), given)
    else:
        given["words"] = " AND ".join(f'"{lite_token(gram)}"' for gram in grams)
        found = listing.rows(ctx, _lite(names, lines=lines), given)
    return page_from(found, KEY, PAGE_ROWS)


@cache
def _lite(names: Names, *, lines: bool) -> Quick:
    hits = published(names, lines=lines, hits=_LITE, place=_LITE.c.rowid)
    hits = hits.where(
        _LITE.c.marketplace_tender_text.op("MATCH")(bindparam("words")), _LITE.c.rowid < bindparam("before")
    )
    return Quick(hits.order_by(_LITE.c.rowid.desc()).limit(bindparam("most")))


@cache
def _near(names: Names, *, lines: bool) -> Quick:
    """Those among the newest notices."""
    newest = select(_GIN).where(_BEFORE).order_by(_GIN.c.seq.desc()).limit(bindparam("newest"))
    quick = newest.cte("newest").prefix_with("MATERIALIZED", dialect="postgresql")
    return _those(names, select(quick.c.seq).where(quick.c.grams.op("@@")(_WORDS)).cte("near"), lines=lines)


@cache
def _anywhere(names: Names, *, lines: bool) -> Quick:
    """Those that the inverted index knows."""
    hits = select(_GIN.c.seq).where(_GIN.c.grams.op("@@")(_WORDS), _BEFORE).cte("hits")
    return _those(names, hits.prefix_with("MATERIALIZED", dialect="postgresql"), lines=lines)


def _those(names: Names, hits: Any, *, lines: bool) -> Quick:
    wanted = published(names, lines=lines, hits=hits, place=hits.c.seq)
    return Quick(wanted.order_by(hits.c.seq.desc()).limit(bindparam("most")))
