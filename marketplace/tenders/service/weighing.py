"""What a notice must satisfy for its method: form and bounds of the quotes, parameters, people, past direct awards."""

from collections.abc import Iterator
from typing import Any

from marketplace.agencies import queries as agencies
from marketplace.identity.errors import UsccInvalid
from marketplace.identity.rules import canonical_uscc
from marketplace.kernel.clock import add_months
from marketplace.kernel.context import Ctx
from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import yuan
from marketplace.rulebook.rules import Rules
from marketplace.selection import queries as selection
from marketplace.selection.ports import TakesParams
from marketplace.selection.quotes import WHOLE_BP
from marketplace.tenders import queries
from marketplace.tenders.errors.live import FloorUnfit
from marketplace.tenders.errors.weighing import (
    AssessorsTooFew,
    AssessorUnknown,
    DirectSplit,
    DirectTooOften,
    InviteesTooFew,
    InviteesUnfit,
    QuoteBoundsUnfit,
    QuoteUnfit,
    WeightedNotEnabled,
)
from marketplace.tenders.models import Tender
from marketplace.tenders.queries import asking
from marketplace.tenders.service import inviting, scoring

DRAWN = ("random", "weighted")


def params_of(ctx: Ctx, tender: Tender, book: Rules) -> dict[str, Any]:
    """The whole parameters of the tender's method, as they are published. Raises what the method refuses."""
    method = selection.method(ctx, tender.method)
    return method.params(tender.method_params, book.__getitem__) if isinstance(method, TakesParams) else {}


def problems(ctx: Ctx, tender: Tender, book: Rules) -> Iterator[DomainError]:
    """Every reason why the notice does not suit its method, each with its field."""
    try:
        params_of(ctx, tender, book)
        asks = selection.asks(ctx, tender.method)
    except DomainError as refusal:
        yield refusal
        return
    yield from _quote(tender)
    if tender.method == "weighted" and not book["credit.ticket_weights.enabled"]:
        yield WeightedNotEnabled(field="method")
    if asks == "scores":
        yield from _assessors(ctx, tender, book)
    if asks == "comparison":
        yield from _invitees(ctx, tender, book)


def _quote(tender: Tender) -> Iterator[DomainError]:
    drawn, rate = tender.method in DRAWN, tender.quote == "rate"
    if drawn and rate:
        yield QuoteUnfit(field="quote", method="随机选取", kind="金额")
    if tender.floor_fen is not None and (drawn or rate or not 0 < tender.floor_fen <= tender.ceiling_fen):
        yield FloorUnfit(field="floor_fen")
    bounds = [bound for bound in (tender.rate_floor_bp, tender.rate_cap_bp) if bound is not None]
    if bounds and (not rate or bounds != sorted(bounds) or not 0 <= bounds[0] <= bounds[-1] < WHOLE_BP):
        yield QuoteBoundsUnfit(field="rate_floor_bp")


def _assessors(ctx: Ctx, tender: Tender, book: Rules) -> Iterator[DomainError]:
    least = book["merit.assessors_min"]
    if len(set(tender.assessors)) < max(least, len(tender.assessors)):
        yield AssessorsTooFew(field="assessors", least=least)
    for username in tender.assessors:
        if scoring.who_may_score(ctx, username) is None:
            yield AssessorUnknown(field="assessors", username=username)


def _invitees(ctx: Ctx, tender: Tender, book: Rules) -> Iterator[DomainError]:
    for uscc in tender.invited:
        if why := _unfit(ctx, tender, uscc):
            yield InviteesUnfit(field="invited", why=f"{uscc} {why}")
            return
    if len({canonical_uscc(uscc) for uscc in tender.invited}) < len(tender.invited):
        yield InviteesUnfit(field="invited", why="同一机构填写了两次")
        return
    found, wanted = len(inviting.pool(ctx, tender)), inviting.to_draw(tender, book)
    if found < wanted:
        yield InviteesTooFew(field="invited", found=found, wanted=wanted)


def _unfit(ctx: Ctx, tender: Tender, uscc: str) -> str:
    try:
        firm = agencies.by_uscc(ctx, canonical_uscc(uscc))
    except (DomainError, UsccInvalid) as refusal:
        return refusal.text
    return "；".join(bar.text for bar in queries.eligibility(ctx, tender, firm.id))


def repeats(ctx: Ctx, tender: Tender, book: Rules) -> Iterator[DomainError]:
    """Whether direct selection has been used too often for the pair, or to split one need.

    Source: rulebook monitor.pair_repeat_*, threshold.split_watch_months.
    """
    months = book["monitor.pair_repeat_months"]
    past = asking.direct_history(ctx, tender, since=add_months(ctx.now, -months))
    times = sum(row.direct_agency_id == tender.direct_agency_id for row in past)
    if times >= book["monitor.pair_repeat_warn"]:
        yield DirectTooOften(field="direct_agency_id", months=months, times=times)
    months, limit = book["threshold.split_watch_months"], book.fen("threshold.direct_max_yuan")
    past = asking.direct_history(ctx, tender, since=add_months(ctx.now, -months))
    total = sum(row.ceiling_fen for row in past if row.item_code == tender.item_code)
    if total and total + tender.ceiling_fen > limit:
        yield DirectSplit(field="ceiling_fen", months=months, sum=yuan(total), limit=yuan(limit))
