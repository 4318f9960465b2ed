"""询比邀请: some agencies are named by the buyer, at least one is drawn from all that may do the work.

Who is invited is nobody's business before the opening: the draw is held at once, its record is published with the bids.
"""

from typing import Any

from marketplace.agencies import queries as agencies
from marketplace.identity.rules import canonical_uscc
from marketplace.kernel.context import Ctx
from marketplace.rulebook.rules import Rules
from marketplace.selection import queries as selection
from marketplace.selection import rules as draws
from marketplace.tenders import queries
from marketplace.tenders.events.weighing import InviteesDrawn
from marketplace.tenders.models import Invitation, Tender
from marketplace.tenders.queries import asking
from marketplace.tenders.service.steps import locked, subject_of

INVITE = "tender.invite"
SUFFIX = "-YQ"
NOT_ON_LIST = "tender.not_on_list"


def to_draw(tender: Tender, book: Rules) -> int:
    """How many are drawn. Source: rulebook inquiry.invited_min, inquiry.drawn_min."""
    return max(int(book["inquiry.drawn_min"]), int(book["inquiry.invited_min"]) - len(set(tender.invited)))


def pool(ctx: Ctx, tender: Tender) -> list[tuple[str, str]]:
    """Everybody that may be drawn as (id, code): may do the item, need not keep away, was not named by the buyer."""
    fit = agencies.eligible_for(ctx, tender.item_code, tender.closes_at or ctx.now)
    rows = [(firm.id, firm.uscc) for firm in ctx.session.scalars(fit) if firm.uscc not in tender.invited]
    bars = queries.eligibility_many(ctx, tender, [id for id, _ in rows])
    return [(id, uscc) for id, uscc in rows if all(bar.code == NOT_ON_LIST for bar in bars[id])]


def prepare(ctx: Ctx, tender: Tender) -> None:
    """When the notice goes out: invite the named, commit to the seeds of the draw, and promise to hold it."""
    if selection.asks(ctx, tender.method) != "comparison":
        return
    tender.invited = [canonical_uscc(uscc) for uscc in tender.invited]
    for uscc in tender.invited:
        _invite(ctx, tender, agencies.by_uscc(ctx, uscc).id, drawn=False)
    seeds = {keeper: ctx.entropy(draws.SEED_BYTES) for keeper in draws.KEEPERS}
    tender.invite_draw = {
        keeper: {"commitment": draws.commitment_of(seed), "envelope": ctx.keys.seal_to(keeper, seed)}
        for keeper, seed in seeds.items()
    }
    ctx.promise(INVITE, tender.id, ctx.now)


def draw_invitees(ctx: Ctx, tender_id: str) -> list[Invitation]:
    """Hold the draw among all that may do the work and invite the first. Done once; again it changes nothing.

    Raises KeyNotHeld (503) in a process without the keepers' keys.
    """
    tender = locked(ctx, tender_id)
    held = asking.invitations(ctx, tender)
    if tender.stage != "open" or any(row.drawn for row in held):
        return held
    ids = {draws.label_of(uscc, tender.number + SUFFIX): id for id, uscc in pool(ctx, tender)}
    if not ids:
        return held
    record = _record(ctx, tender, list(ids))
    number = to_draw(tender, queries.rules_for(ctx, tender))
    for label in record["order"][:number]:
        _invite(ctx, tender, ids[label], drawn=True)
    ctx.record(InviteesDrawn(subject_of(tender), record, number))
    ctx.send("tender.invited", {"tender_id": tender.id, "number": tender.number})
    return asking.invitations(ctx, tender)


def _record(ctx: Ctx, tender: Tender, labels: list[str]) -> dict[str, Any]:
    kept = tender.invite_draw
    commitments = {keeper: kept[keeper]["commitment"] for keeper in draws.KEEPERS}
    shown: dict[str, bytes | None] = {}
    for keeper in draws.KEEPERS:
        try:
            shown[keeper] = ctx.keys.unseal(keeper, kept[keeper]["envelope"])
        except ValueError:  # tampered with: its commitment takes the place of the seed, as in every draw
            shown[keeper] = None
    seeds, withheld = draws.resolve(shown, commitments)
    return draws.draw_record(tender.number + SUFFIX, seeds, withheld, commitments, labels)


def _invite(ctx: Ctx, tender: Tender, agency_id: str, *, drawn: bool) -> None:
    ctx.session.add(
        Invitation(id=ctx.new_id(), tender_id=tender.id, agency_id=agency_id, drawn=drawn, invited_at=ctx.now)
    )
    ctx.session.flush()
