"""公告变更: change an open notice, and what that asks of those who have already bid."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from marketplace.budgets import service as budgets
from marketplace.identity.rules import canonical_uscc
from marketplace.kernel.clock import SHANGHAI
from marketplace.kernel.context import Ctx
from marketplace.rulebook import queries as rulebook
from marketplace.selection import queries as selections
from marketplace.tenders import queries
from marketplace.tenders.errors import ReasonMissing, TenderNotOpen
from marketplace.tenders.errors.changes import ChangeNotAllowed, ClosingBroughtForward, NothingChanges
from marketplace.tenders.events.changes import BidsNotCounted, NoticeAmended
from marketplace.tenders.models import Amendment, Bid, Tender
from marketplace.tenders.rules import changing
from marketplace.tenders.service import guards, posting, weighing
from marketplace.tenders.service.indexing import index_words
from marketplace.tenders.service.steps import locked_own, move, subject_of


def amend(ctx: Ctx, tender_id: str, *, reason: str, **facts: Any) -> Amendment:
    """Change an open notice for a published reason; the guards run again, time and budget follow.

    facts: fields of rules.DraftFacts with their new values; what is equal is no change. closes_at: None leaves the
    closing to the rule. Raises ReasonMissing, TenderNotFound, WrongState, TenderNotOpen, ChangeNotAllowed,
    NothingChanges, ClosingBroughtForward, BudgetTooSmall, and the refusals of the guards.
    Source: rulebook posting.change_extends_workdays.
    """
    ctx.require("tender.publish")
    if not reason.strip():
        raise ReasonMissing(field="reason")
    tender = locked_own(ctx, tender_id)
    move(tender, "amend")
    if tender.closes_at is None or ctx.now >= tender.closes_at:
        raise TenderNotOpen(number=tender.number)
    before = _state(tender)
    wanted = _wanted(tender, facts)
    wanted["closes_at"] = _closing(ctx, tender, wanted, facts.get("closes_at"))
    diff = changing.difference(before, wanted)
    if not diff:
        raise NothingChanges
    for change in diff:
        setattr(tender, change["field"], wanted[change["field"]])
    for problem in guards.problems(ctx, tender, queries.rules_for(ctx, tender), closing=False):
        raise problem
    return _settle(ctx, tender, reason.strip(), diff, before)


def note_uncounted(ctx: Ctx, tender: Tender) -> None:
    """At the opening: name the envelopes that stay shut because nobody confirmed them. The caller holds the lock."""
    if tender.counts_from == 1:
        return
    shut = select(Bid.digest).where(
        Bid.tender_id == tender.id, Bid.withdrawn_at.is_(None), Bid.notice_version < tender.counts_from
    )
    digests = list(ctx.session.scalars(shut.order_by(Bid.digest)))
    if digests:
        ctx.record(BidsNotCounted(subject_of(tender), tender.number, digests))


def _state(tender: Tender) -> dict[str, Any]:
    return {name: getattr(tender, name) for name in changing.AMENDABLE}


def _wanted(tender: Tender, facts: Mapping[str, Any]) -> dict[str, Any]:
    """The changes that are allowed. Raises ChangeNotAllowed at the field."""
    wanted: dict[str, Any] = {}
    for name, value in facts.items():
        if name == "avoidances":
            value = [{**row, "uscc": canonical_uscc(row["uscc"])} for row in value]  # noqa: PLW2901
        if value == getattr(tender, name) or name == "closes_at":
            continue
        if changing.fixed(name, getattr(tender, name), value):
            raise ChangeNotAllowed(field=name, label=changing.LABELS.get(name, name))
        wanted[name] = value
    return wanted


def _closing(ctx: Ctx, tender: Tender, wanted: Mapping[str, Any], asked: datetime | None) -> datetime:
    """The new closing: what bidders have to think about gives them more time, and nothing takes time away."""
    assert tender.closes_at is not None
    earliest = tender.closes_at
    if changing.effect_of(wanted) != changing.KEEP:
        days = queries.rules_for(ctx, tender)["posting.change_extends_workdays"]
        earliest = rulebook.add_workdays(ctx, tender.closes_at, days)
    if asked is None or asked == tender.closes_at:
        return earliest
    if asked < earliest:
        text = earliest.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
        raise ClosingBroughtForward(field="closes_at", earliest=text)
    return asked


def _settle(ctx: Ctx, tender: Tender, reason: str, diff: list[dict[str, Any]], before: Mapping[str, Any]) -> Amendment:
    assert tender.closes_at is not None
    fields = {change["field"] for change in diff}
    effect = changing.effect_of(fields)
    tender.notice_version += 1
    if effect != changing.KEEP:
        tender.counts_from = tender.notice_version
    if "ceiling_fen" in fields and tender.encumbrance_id is not None:
        _reserve_again(ctx, tender, before["ceiling_fen"])
    if "method" in fields:
        _prepare_method(ctx, tender, before["method"])
    if fields & {"title", "content"}:
        index_words(ctx, tender)
    ctx.promise("tender.close", tender.id, tender.closes_at)
    facts: dict[str, Any] = {"version": tender.notice_version, "reason": reason, "changes": diff, "effect": effect}
    row = Amendment(id=ctx.new_id(), tender_id=tender.id, closes_at=tender.closes_at, amended_at=ctx.now, **facts)
    ctx.session.add(row)
    ctx.session.flush()
    ctx.record(NoticeAmended(subject_of(tender), number=tender.number, closes_at=tender.closes_at.isoformat(), **facts))
    known = {"tender_id": tender.id, "number": tender.number, "version": tender.notice_version, "effect": effect}
    ctx.send("tender.amended", known)
    return row


def _reserve_again(ctx: Ctx, tender: Tender, before_fen: int) -> None:
    """The reservation follows the ceiling: the old one is given back and the new one taken, or nothing happens."""
    assert tender.encumbrance_id is not None
    assert tender.budget_line_id is not None
    budgets.release(ctx, tender.encumbrance_id, reason=f"公告变更：最高限价由{before_fen / 100:.2f}元变更")
    reference = f"{tender.number}-{tender.notice_version}"
    purse: dict[str, Any] = {"line_id": tender.budget_line_id, "further_lines": tender.further_line_ids}
    held = budgets.reserve(ctx, **purse, amount_fen=tender.ceiling_fen, reference=reference)
    tender.encumbrance_id = held.id


def _prepare_method(ctx: Ctx, tender: Tender, before: str) -> None:
    """Another method has parameters of its own, and commitments where it draws and the old one did not."""
    book = queries.rules_for(ctx, tender)
    tender.method_params = weighing.params_of(ctx, tender, book)
    if not selections.method(ctx, before).needs_entropy:
        posting.commit_draw(ctx, tender, book)
