"""Opening: the market closes a tender by itself, opens every envelope and publishes what was in it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from marketplace.agencies import queries as agencies
from marketplace.kernel import gathering
from marketplace.kernel.context import Ctx
from marketplace.kernel.errors import KeyNotHeld
from marketplace.rulebook import queries as rulebook
from marketplace.selection import queries as selection
from marketplace.selection.errors import PoolIsFrozen
from marketplace.tenders import queries, rules
from marketplace.tenders.errors import AlreadyExcluded, ReasonMissing, TenderStillOpen
from marketplace.tenders.events import ShareHandedIn, SharesAwaited, TenderExtended
from marketplace.tenders.models import Bid, Exclusion, KeyShare, Offer, Tender
from marketplace.tenders.queries import openings
from marketplace.tenders.service import envelopes
from marketplace.tenders.service.amending import note_uncounted
from marketplace.tenders.service.choosing import propose
from marketplace.tenders.service.preparing import Prepared, drained_at, least_bids, taken_out
from marketplace.tenders.service.revealing import reveal
from marketplace.tenders.service.sifting import Refused, exclude, refusals
from marketplace.tenders.service.steps import fail, locked_many, locked_own, move, subject_of
from marketplace.tenders.service.unpacking import firm_of, offers_of, store

TOO_FEW = "有效报名不足规定家数"
NOTHING: Prepared = MappingProxyType({})


def close(ctx: Ctx, tender_id: str) -> Tender:
    """Close a tender whose time has come: extend once, fail, or open and award. Already closed: nothing happens.

    Where fewer keepers than needed hand in their shares by themselves, it waits for the others, shut.
    Raises TenderStillOpen before its time.
    Source: rulebook selection.min_bidders, selection.below_min_first, selection.below_min_second.
    """
    return close_many(ctx, [tender_id])[0]


def close_many(ctx: Ctx, tender_ids: Iterable[str], prepared: Prepared = NOTHING) -> list[Tender]:
    """Close several tenders in one unit of work; each as `close` does, under locks that are taken first.

    prepared: what was taken out of envelopes before; it counts for the bids that are still the same.
    """
    tenders = locked_many(ctx, tender_ids)
    due = [tender for tender in tenders if tender.stage == "open" and tender.closes_at is not None]
    early = next((one for one in due if ctx.now < drained_at(one, queries.rules_for(ctx, one))), None)
    if early is not None:
        raise TenderStillOpen(number=early.number)
    bids = queries.counting_bids(ctx, due)
    closed = [tender for tender in due if _close(ctx, tender, len(bids[tender.id]))]
    ctx.release_all(["tender.close"], [tender.id for tender in closed])
    for tender in open_many(ctx, closed, bids, prepared):
        _await_shares(ctx, tender, queries.rules_for(ctx, tender))
    return tenders


def _close(ctx: Ctx, tender: Tender, bids: int) -> bool:
    """Whether the tender is closed now, to be opened; else it was extended, or it failed. bids: those that count."""
    book = queries.rules_for(ctx, tender)
    minimum = least_bids(tender, book)
    if bids < minimum and book["selection.below_min_first"] == "extend" and _extend(ctx, tender, book):
        return False
    if not rules.may_proceed(bids, minimum, book["selection.below_min_second"]):
        fail(ctx, tender, TOO_FEW)
        return False
    move(tender, "close")
    return True


@dataclass(frozen=True, slots=True)
class _Opened:
    """A tender out of whose envelopes everything was taken, before anything of it is written. refused: with reason."""

    tender: Tender
    keepers: list[KeyShare]
    bids: list[Bid]
    offers: list[Offer]
    refused: list[Refused]


def open_many(
    ctx: Ctx, tenders: Sequence[Tender], bids: Mapping[str, list[Bid]] | None = None, prepared: Prepared = NOTHING
) -> list[Tender]:
    """Open and award those of the closed tenders whose keepers have handed in enough; returns those that still wait.

    The caller holds the locks. bids: those that count by tender, where they were read under the locks; else they are
    read. Where the seeds of a draw are kept elsewhere, that process awards next.
    """
    keepers = envelopes.gather_many(ctx, tenders)
    ready = [tender for tender in tenders if envelopes.may_open(tender, keepers[tender.id])]
    ctx.release_all(["tender.shares_due", "tender.shares_void"], [tender.id for tender in ready])
    taken = _taken_out(ctx, ready, keepers, bids or queries.counting_bids(ctx, ready), prepared)
    with gathering.together(ctx.session):
        for opened in taken:
            _open(ctx, opened)
    return [tender for tender in tenders if tender not in ready]


def _taken_out(
    ctx: Ctx,
    tenders: Sequence[Tender],
    keepers: Mapping[str, list[KeyShare]],
    bids: Mapping[str, list[Bid]],
    prepared: Prepared,
) -> list[_Opened]:
    """Everything is read for all tenders before the first of them is written."""
    inside = taken_out(ctx, tenders, keepers, bids, prepared)
    known = agencies.some(ctx, (facts["agency_id"] for facts in inside.values() if facts is not None))
    firms = {id: firm_of(agency) for id, agency in known.items()}
    offers = [(one, offers_of(ctx, one, bids[one.id], inside, firms)) for one in tenders]
    return [
        _Opened(tender, keepers[tender.id], bids[tender.id], of_one, refused)
        for (tender, of_one), refused in zip(offers, refusals(ctx, offers), strict=True)
    ]


def _open(ctx: Ctx, opened: _Opened) -> None:
    tender = opened.tender
    move(tender, "open")
    note_uncounted(ctx, tender)
    store(ctx, opened.offers)
    for offer, why in opened.refused:
        exclude(ctx, tender, offer, *why)
    if not selection.is_live(ctx, tender.method):
        digests = [bid.digest for bid in opened.bids]
        reveal(ctx, tender, list(zip(opened.offers, digests, strict=True)), opened.keepers)
    if tender.screening:
        _await_screening(ctx, tender)
        return
    try:
        propose(ctx, tender, sorted(opened.offers, key=lambda row: (row.label, row.id)))
    except KeyNotHeld:
        ctx.promise("tender.award", tender.id, ctx.now)


def _await_screening(ctx: Ctx, tender: Tender) -> None:
    """Give the buyer its time; then the valid offers are ranked without it. A tender from before the key has no end.

    Source: rulebook opening.screen_workdays.
    """
    book = queries.rules_for(ctx, tender)
    if "opening.screen_workdays" in book:
        tender.asked_until = rulebook.add_workdays(ctx, ctx.now, book["opening.screen_workdays"])
        ctx.promise("tender.award", tender.id, tender.asked_until)


def exclude_offer(ctx: Ctx, offer_id: str, *, reason: str) -> Exclusion:
    """Exclude an opened bid before the award, with a published reason; for tenders that are screened.

    Raises OfferNotFound, TenderNotFound, WrongState, ReasonMissing, AlreadyExcluded, PoolIsFrozen, NotPermitted.
    """
    ctx.require("tender.publish")
    if not reason.strip():
        raise ReasonMissing(field="reason")
    tender = locked_own(ctx, queries.offer(ctx, offer_id).tender_id)
    move(tender, "exclude")
    if selection.pool_or_none(ctx, tender.number) is not None:
        raise PoolIsFrozen
    offer = ctx.session.get_one(Offer, offer_id, populate_existing=True)
    if offer.status != "valid":
        raise AlreadyExcluded
    return exclude(ctx, tender, offer, "screening", reason)


def _extend(ctx: Ctx, tender: Tender, book: Any) -> bool:
    """Prolong sign-up; envelopes stay sealed and nobody learns how many there are."""
    assert tender.closes_at is not None
    if tender.extensions >= book["selection.extend_times"]:
        return False
    days = book["selection.extend_workdays"]
    until = rulebook.add_workdays(ctx, tender.closes_at, days)
    if until <= ctx.now:  # the worker was away for days: bidders get the whole extension all the same
        until = rulebook.add_workdays(ctx, ctx.now, days)
    move(tender, "extend")
    tender.closes_at, tender.extensions = until, tender.extensions + 1
    ctx.promise("tender.close", tender.id, until)
    ctx.record(TenderExtended(subject_of(tender), tender.number, until.isoformat()))
    ctx.send("tender.extended", {"tender_id": tender.id, "number": tender.number, "closes_at": until.isoformat()})
    return True


def _await_shares(ctx: Ctx, tender: Tender, book: Any) -> None:
    """Say who is waited for and until when. Source: rulebook opening.share_minutes, opening.void_workdays."""
    due_at = ctx.now + timedelta(minutes=book["opening.share_minutes"])
    void_at = rulebook.add_workdays(ctx, ctx.now, book["opening.void_workdays"])
    ctx.promise("tender.shares_due", tender.id, due_at)
    ctx.promise("tender.shares_void", tender.id, void_at)
    shares = openings.shares(ctx, tender.id)
    for row in shares:
        if row.share is not None:
            ctx.record(ShareHandedIn(subject_of(tender), tender.number, row.keeper, row.digest))
    keepers = [row.keeper for row in shares if row.share is None]
    facts = (tender.number, keepers, tender.threshold, due_at.isoformat(), void_at.isoformat())
    ctx.record(SharesAwaited(subject_of(tender), *facts))
    ctx.send("tender.shares_awaited", {"tender_id": tender.id, "number": tender.number, "keepers": keepers})
