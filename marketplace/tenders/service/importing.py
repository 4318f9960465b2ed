"""Taking over the history of another system: whole files, checked line by line, written in bulk."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import Connection, func, insert, select

from marketplace.catalogue import queries as catalogue
from marketplace.kernel.context import Ctx
from marketplace.selection import queries as selection
from marketplace.tenders import queries, rules
from marketplace.tenders.errors.changes import HistoryUnreadable
from marketplace.tenders.events.changes import HistoryImported
from marketplace.tenders.models import Tender
from marketplace.tenders.rules import history
from marketplace.tenders.rules.history import Known, Problem
from marketplace.tenders.service import indexing

CHUNK = 2000
SAME: dict[str, Any] = {
    "conditions": "",
    "fund_source": "social",
    "payer": "buyer",
    "government_commissioned": False,
    "service_workdays": 0,
    "avoidances": [],
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
    """Newest first, each under a place in the order before all that are there."""
    connection = ctx.session.connection()
    first = min(0, ctx.session.scalar(select(func.min(Tender.seq))) or 0) - 1
    items = {row.code: row.name for row in ctx.session.scalars(catalogue.items())}
    names = queries.names(ctx, {facts["buyer_id"] for facts in sound})
    sound.sort(key=lambda facts: facts["published_at"], reverse=True)
    for some in _chunks(enumerate(sound)):
        rows = [_row(ctx, first - place, facts) for place, facts in some]
        _store(connection, rows)
        words = ((row["seq"], _words(row, items[row["item_code"]], names[row["buyer_id"]])) for row in rows)
        indexing.index_many(connection, words)


def _chunks(rows: Iterable[tuple[int, dict[str, Any]]]) -> Iterator[list[tuple[int, dict[str, Any]]]]:
    left = iter(rows)
    while some := list(islice(left, CHUNK)):
        yield some


def _row(ctx: Ctx, seq: int, facts: dict[str, Any]) -> dict[str, Any]:
    at = facts["closes_at"]
    own = {"id": ctx.new_id(), "seq": seq, "status": rules.STATUS[facts["stage"]]}
    return {**SAME, **facts, **own, "created_at": facts["published_at"], "opened_at": at, "completed_at": at}


def _words(row: dict[str, Any], item: str, buyer: str) -> frozenset[str]:
    return rules.grams(row["title"], row["content"], row["number"], row["item_code"], item, buyer)


def _store(connection: Connection, rows: list[dict[str, Any]]) -> None:
    connection.execute(insert(Tender.__table__), rows)  # type: ignore[arg-type]
