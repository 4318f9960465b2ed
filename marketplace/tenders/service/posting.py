"""Posting a need: draft, revise, check, publish, cancel."""

from datetime import datetime
from typing import Any, Unpack, cast

from marketplace.budgets import service as budgets
from marketplace.identity import queries as identity
from marketplace.identity.rules import canonical_uscc
from marketplace.kernel.context import Ctx
from marketplace.kernel.errors import DomainError, NotPermitted
from marketplace.rulebook import queries as rulebook
from marketplace.rulebook.rules import Rules
from marketplace.selection import queries as selections
from marketplace.selection import service as selection
from marketplace.selection.sources.games import calendar_of
from marketplace.tenders import queries, rules
from marketplace.tenders.errors import PriceInvalid, ReasonMissing
from marketplace.tenders.errors.changes import CancelKindUnfit, RepostedAlready
from marketplace.tenders.events import TenderCancelled, TenderDrafted, TenderPublished
from marketplace.tenders.events.changes import TenderReposted
from marketplace.tenders.events.weighing import MethodPublished
from marketplace.tenders.models import Tender
from marketplace.tenders.queries import changes, openings
from marketplace.tenders.rules import DraftFacts, changing
from marketplace.tenders.service import envelopes, guards, inviting, scoring, weighing
from marketplace.tenders.service.awarding import close_objections, end_live_award
from marketplace.tenders.service.indexing import index_words
from marketplace.tenders.service.steps import finish, locked_own, move, subject_of

_DEFAULTS: dict[str, Any] = {
    "conditions": "",
    "project_code": None,
    "government_commissioned": False,
    "budget_line_id": None,
    "fixed_price_fen": None,
    "floor_fen": None,
    "authority_id": None,
    "quote": "amount",
    "rate_floor_bp": None,
    "rate_cap_bp": None,
    "direct_agency_id": None,
    "direct_reason": "",
    "urgent": False,
    "urgent_reason": "",
    "screening": False,
    "closes_at": None,
}


def draft(ctx: Ctx, **facts: Unpack[DraftFacts]) -> Tender:
    """Begin a notice for the actor's own organisation. facts: see rules.DraftFacts; amounts in fen.

    Raises NotPermitted, PriceInvalid (ceiling). The rulebook is asked when it is published.
    """
    ctx.require("tender.draft")
    if ctx.actor.organisation_id is None:
        raise NotPermitted(permission="tender.draft")
    identity.organisation(ctx, ctx.actor.organisation_id)
    tender = Tender(
        id=ctx.new_id(),
        number=ctx.number("ZJ"),
        buyer_id=ctx.actor.organisation_id,
        created_at=ctx.now,
        stage="draft",
        status=rules.STATUS["draft"],
        avoidances=[],
        method_params={},
        assessors=[],
        invited=[],
        further_line_ids=[],
        invite_draw={},
        ruleset_id="",
        extensions=0,
        ended_reason="",
        **_DEFAULTS,
    )
    _write(tender, facts)
    ctx.session.add(tender)
    ctx.session.flush()
    ctx.record(TenderDrafted(subject_of(tender), tender.number, tender.title))
    return tender


def revise(ctx: Ctx, tender_id: str, **facts: Unpack[DraftFacts]) -> Tender:
    """Change a draft. Raises TenderNotFound, WrongState after publication, PriceInvalid."""
    ctx.require("tender.draft")
    tender = locked_own(ctx, tender_id)
    move(tender, "revise")
    _write(tender, facts)
    ctx.session.flush()
    return tender


def check(ctx: Ctx, tender_id: str) -> list[DomainError]:
    """Every reason why a draft could not be published now, each with its field; changes nothing."""
    ctx.require("tender.draft")
    tender = queries.own(ctx, tender_id)
    return guards.problems(ctx, tender, rulebook.rules_at(ctx, tender.region, ctx.now))


def publish(ctx: Ctx, tender_id: str, *, closes_at: datetime | None = None) -> Tender:
    """Send the notice out: guards, budget reserved, rules frozen, envelope key and draw commitments published.

    closes_at: end of sign-up, aware; None keeps the draft's. Raises the first refusal of the guards, BudgetTooSmall,
    WrongState, TenderNotFound, NotPermitted.
    """
    ctx.require("tender.publish")
    tender = locked_own(ctx, tender_id)
    move(tender, "publish")
    if closes_at is not None:
        tender.closes_at = closes_at
    book = rulebook.rules_at(ctx, tender.region, ctx.now)
    for problem in guards.problems(ctx, tender, book):
        raise problem
    tender.avoidances = [{**avoided, "uscc": canonical_uscc(avoided["uscc"])} for avoided in tender.avoidances]
    tender.ruleset_id, tender.published_at = book.id, ctx.now
    if tender.budget_line_id is not None:
        # The number, so that a clerk can read the budget line's movements.
        number = tender.number
        purse: dict[str, Any] = {"line_id": tender.budget_line_id, "further_lines": tender.further_line_ids}
        held = budgets.reserve(ctx, **purse, amount_fen=tender.ceiling_fen, reference=number)
        tender.encumbrance_id = held.id
    tender.method_params = weighing.params_of(ctx, tender, book)
    envelopes.make_keys(ctx, tender, book["opening.keepers"], book["opening.threshold"])
    commit_draw(ctx, tender, book)
    for username in tender.assessors:
        scoring.seat(ctx, tender, username)
    inviting.prepare(ctx, tender)
    _announce(ctx, tender)
    return tender


def commit_draw(ctx: Ctx, tender: Tender, book: Rules) -> None:
    """Publish the commitments of a method that may have to draw."""
    if selections.method(ctx, tender.method).needs_entropy:
        sources, minutes = book["draw.public_sources"], book["draw.reveal_minutes"]
        lottery = calendar_of(book) if "lottery" in sources else {}
        selection.commit(ctx, tender.id, sources=sources, reveal_minutes=minutes, lottery=lottery)


def _announce(ctx: Ctx, tender: Tender) -> None:
    assert tender.closes_at is not None
    assert tender.envelope_key is not None
    index_words(ctx, tender)
    ctx.promise("tender.close", tender.id, tender.closes_at)
    ctx.record(
        TenderPublished(
            subject_of(tender),
            number=tender.number,
            title=tender.title,
            item_code=tender.item_code,
            region=tender.region,
            method=tender.method,
            ceiling_fen=tender.ceiling_fen,
            closes_at=tender.closes_at.isoformat(),
            ruleset_id=tender.ruleset_id,
            envelope_key=tender.envelope_key,
            keepers={row.keeper: row.digest for row in openings.shares(ctx, tender.id)},
            threshold=tender.threshold,
            avoidances=tender.avoidances,
        )
    )
    _announce_method(ctx, tender)
    ctx.send("tender.published", {"tender_id": tender.id, "number": tender.number, "title": tender.title})
    ctx.session.flush()


def _announce_method(ctx: Ctx, tender: Tender) -> None:
    """Publish how quotes are made and weighed, where there is more to say than the method's name."""
    bounds = {name: getattr(tender, name) for name in ("floor_fen", "rate_floor_bp", "rate_cap_bp")}
    if tender.quote == "amount" and not (tender.method_params or tender.invite_draw or any(bounds.values())):
        return
    invitation = {keeper: kept["commitment"] for keeper, kept in tender.invite_draw.items()}
    facts = (tender.quote, bounds, tender.method_params, invitation)
    ctx.record(MethodPublished(subject_of(tender), tender.number, *facts))


def cancel(ctx: Ctx, tender_id: str, *, reason: str, kind: str = changing.ABANDONED) -> Tender:
    """End a tender before the award is confirmed; its budget is free again and sealed bids stay sealed.

    kind: void (faulty from the start), abandoned, or reposted; see changing.CANCEL_KINDS. Raises ReasonMissing,
    CancelKindUnfit, WrongState, TenderNotFound, NotPermitted.
    """
    ctx.require("tender.cancel")
    if not reason.strip():
        raise ReasonMissing(field="reason")
    tender = locked_own(ctx, tender_id)
    if tender.stage not in changing.ENDED and tender.stage not in changing.CANCEL_KINDS[kind]:
        raise CancelKindUnfit(field="kind", label=changing.KIND_LABELS[kind])
    ended = end_live_award(ctx, tender, "cancel", reason)
    if ended is not None:
        close_objections(ctx, ended)
    finish(ctx, tender, "cancel", reason)
    tender.ended_kind = kind
    ctx.record(TenderCancelled(subject_of(tender), tender.number, reason, kind))
    ctx.send("tender.cancelled", {"tender_id": tender.id, "number": tender.number, "reason": reason, "kind": kind})
    return tender


def repost(ctx: Ctx, tender_id: str, *, reason: str) -> Tender:
    """Begin a new draft in place of a tender, which ends if it has not ended yet; both notices name each other.

    Raises ReasonMissing, CancelKindUnfit once prices are known, RepostedAlready, TenderNotFound, NotPermitted.
    """
    ctx.require("tender.draft")
    old = locked_own(ctx, tender_id)
    earlier = changes.successor(ctx, old.id)
    if earlier is not None:
        raise RepostedAlready(number=earlier.number)
    if old.stage not in changing.ENDED:
        cancel(ctx, old.id, reason=reason, kind=changing.REPOSTED)
    facts = {name: getattr(old, name) for name in DraftFacts.__annotations__ if name != "closes_at"}
    new = draft(ctx, **cast("DraftFacts", facts))
    new.reposts_id = old.id
    ctx.session.flush()
    ctx.record(TenderReposted(subject_of(old), old.number, new.number))
    return new


def _write(tender: Tender, facts: DraftFacts) -> None:
    if facts.get("ceiling_fen", 1) <= 0:
        raise PriceInvalid(field="ceiling_fen")
    for name, value in facts.items():
        if name not in DraftFacts.__annotations__:
            raise TypeError(f"a notice has no {name}")
        setattr(tender, name, value)
