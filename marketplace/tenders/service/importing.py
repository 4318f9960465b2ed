"""Taking over the history of another system: whole files, checked line by line, written in bulk."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from operator import itemgetter
from typing import Any, cast

from sqlalchemy import Table, func, select

from marketplace.catalogue import queries as catalogue
from marketplace.kernel.bulk import Bulk
from marketplace.kernel.context import Ctx
from marketplace.selection import queries as selection
from marketplace.tenders import queries, rules
from marketplace.tenders.errors.changes import HistoryUnreadable
from marketplace.tenders.events.changes import HistoryImported
from marketplace.tenders.models import Tender
from marketplace.tenders.rules import history
from marketplace.tenders.rules.history import Known, Problem
from marketplace.tenders.service import indexing

CHUNK = 5000
SAME: dict[str, Any] = {
    "conditions": "",
    "fund_source": "social",
    "payer": "buyer",
    "government_commissioned": False,
    "service_workdays": 0,
    "avoidances": [],
    "further_line_ids": [],
    "direct_reason": "",
    "urgent": False,
    "urgent_reason": "",
    "screening": False,
    "ruleset_id": "",
    "extensions": 0,
    "notice_version": 1,
    "counts_from": 1,
    "threshold": 1,
    "quote": "amount",
    "method_params": {},
    "assessors": [],
    "invited": [],
    "invite_draw": {},
    "ended_reason": "历史数据导入",
}
FACTS = (
    *("number", "title", "buyer_id", "item_code", "region", "method", "ceiling_fen"),
    *("published_at", "closes_at", "stage", "content"),
)
_facts = itemgetter(*FACTS)
_STORED = Bulk(
    cast("Table", Tender.__table__),
    ("id", "seq", "status", *FACTS),
    same=SAME,
    twins={"created_at": "published_at", "opened_at": "closes_at", "completed_at": "closes_at"},
)


@dataclass(frozen=True, slots=True)
class HistoryReport:
    """What an import did, or would do; problems by line."""

    tenders: int
    problems: tuple[Problem, ...]
    written: bool


def import_history(ctx: Ctx, content: bytes, *, dry_run: bool = True) -> HistoryReport:
    """Take over tenders that ended in another system; they can be read and found, and nothing happens to them any more.

    All or nothing: one bad line and nothing is written. dry_run: only check. Raises HistoryUnreadable, NotPermitted.
    """
    ctx.require("system.configure")
    known, seen = _known(ctx), set[str]()
    sound: list[dict[str, Any]] = []
    problems: list[Problem] = []
    try:
        for line, cells in history.lines_of(content):
            found = history.checked(line, cells, known, seen)
            if isinstance(found, list):
                problems += found
            else:
                sound.append(found)
    except history.Unreadable as error:
        raise HistoryUnreadable(field="file", why=str(error)) from error
    write = not dry_run and not problems
    if write:
        _write(ctx, sound)
        ctx.record(HistoryImported("tenders/history", len(sound), hashlib.sha256(content).hexdigest()))
    return HistoryReport(len(sound), tuple(problems), write)


def _known(ctx: Ctx) -> Known:
    methods = {word: method.code for method in selection.methods(ctx) for word in (method.code, method.label)}
    return Known(
        buyers=queries.buyers_by_code(ctx),
        items={row.code for row in ctx.session.scalars(catalogue.items())},
        methods=methods,
        numbers=set(ctx.session.scalars(select(Tender.number))),
        now=ctx.now,
    )


def _write(ctx: Ctx, sound: list[dict[str, Any]]) -> None:
    """Oldest first, as the index of words likes it, under places in the order before all that are there."""
    connection = ctx.session.connection()
    lowest = min(0, ctx.session.scalar(select(func.min(Tender.seq))) or 0)
    sound.sort(key=lambda facts: facts["published_at"], reverse=True)
    sound.reverse()
    common = _Common(ctx, sound)
    for some in _chunks(enumerate(sound, lowest - len(sound))):
        _STORED.write(connection, (_row(ctx, seq, facts) for seq, facts in some))
        indexing.index_many(connection, ((seq, common.words(facts)) for seq, facts in some))


def _chunks(rows: Iterable[tuple[int, dict[str, Any]]]) -> Iterator[list[tuple[int, dict[str, Any]]]]:
    left = iter(rows)
    while some := list(islice(left, CHUNK)):
        yield some


def _row(ctx: Ctx, seq: int, facts: dict[str, Any]) -> list[Any]:
    return [ctx.new_id(), seq, rules.STATUS[facts["stage"]], *_facts(facts)]


@lru_cache(1024)
def _grams(content: str) -> frozenset[str]:
    """Of a content: many notices ask for the same."""
    return rules.grams(content)


class _Common:
    """What all notices of one buyer about one service are found by, worked out once."""

    def __init__(self, ctx: Ctx, sound: list[dict[str, Any]]) -> None:
        self._items = catalogue.item_names(ctx)
        self._buyers = queries.names(ctx, {facts["buyer_id"] for facts in sound})
        self._known: dict[tuple[str, str], frozenset[str]] = {}

    def words(self, facts: dict[str, Any]) -> frozenset[str]:
        """The words of one notice."""
        key = (facts["item_code"], facts["buyer_id"])
        if key not in self._known:
            self._known[key] = rules.grams(key[0], self._items[key[0]], self._buyers[key[1]])
        return rules.grams(facts["title"], facts["number"]) | _grams(facts["content"]) | self._known[key]
