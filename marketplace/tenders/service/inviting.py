"""询比邀请: some agencies are named by the buyer, at least one is drawn from all that may do the work.

Who is invited is nobody's business before the opening: the draw is held at once, its record is published with the bids.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from marketplace.agencies import queries as agencies
from marketplace.identity.rules import canonical_uscc
from marketplace.kernel.context import Ctx
from marketplace.rulebook.rules import Rules
from marketplace.selection import ceremony, stock
from marketplace.selection import queries as selection
from marketplace.selection import rules as draws
from marketplace.selection.errors import SourceNotNamed
from marketplace.selection.events import SeedRevealed, SeedWithheld
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
    """When the notice goes out: invite the named, take commitments for the draw, and promise to hold it.

    Raises StockEmpty (503).
    """
    if selection.asks(ctx, tender.method) != "comparison":
        return
    tender.invited = [canonical_uscc(uscc) for uscc in tender.invited]
    for uscc in tender.invited:
        _invite(ctx, tender, agencies.by_uscc(ctx, uscc).id, drawn=False)
    tender.invite_draw = {
        keeper: {"commitment": promise.digest, "envelope": promise.envelope, **promise.told()}
        for keeper, promise in stock.take(ctx, tender.id + SUFFIX).items()
    }
    ctx.promise(INVITE, tender.id, ctx.now)


def draw_invitees(ctx: Ctx, tender_id: str) -> list[Invitation]:
    """Hold the draw among all that may do the work and invite the first, once both seeds are revealed.

    While a seed is missing it waits; when the time is up the fixed fallback takes its place, as an audited incident.
    Done once; again it changes nothing. Source: rulebook draw.reveal_minutes.
    """
    tender = locked(ctx, tender_id)
    held = asking.invitations(ctx, tender)
    if tender.stage != "open" or any(row.drawn for row in held):
        return held
    ids = {draws.label_of(uscc, tender.number + SUFFIX): id for id, uscc in pool(ctx, tender)}
    if not ids:
        return held
    seeds, due_at = _seeds(ctx, tender), reveal_due_at(ctx, tender)
    if len(seeds) < len(draws.KEEPERS) and ctx.now < due_at:
        ctx.promise(INVITE, tender.id, due_at)
        return held
    record = _record(ctx, tender, list(ids), seeds)
    number = to_draw(tender, queries.rules_for(ctx, tender))
    for label in record["order"][:number]:
        _invite(ctx, tender, ids[label], drawn=True)
    ctx.record(InviteesDrawn(subject_of(tender), record, number))
    ctx.send("tender.invited", {"tender_id": tender.id, "number": tender.number})
    return asking.invitations(ctx, tender)


def reveal_due_at(ctx: Ctx, tender: Tender) -> datetime:
    """Until when the seeds of the invitation are waited for: the invited keep at least half of the sign-up time.

    Source: rulebook draw.reveal_minutes.
    """
    assert tender.published_at is not None
    assert tender.closes_at is not None
    minutes = queries.rules_for(ctx, tender)["draw.reveal_minutes"]
    half = (tender.closes_at - tender.published_at) / 2
    return tender.published_at + min(timedelta(minutes=minutes), half)


def reveal_invitation_seed(ctx: Ctx, tender_id: str, *, keeper: str, seed: str) -> Tender:
    """A keeper reveals its seed for the draw of the invited; with the last one the draw follows by itself.

    seed: hexadecimal. Nobody can read it before the opening, or everybody could tell who is invited. Saying it again,
    or after the draw, changes nothing. Raises SourceNotNamed, SeedWrong, NotPermitted for another keeper.
    """
    ceremony.require_keeper(ctx, keeper)
    tender = locked(ctx, tender_id)
    kept = tender.invite_draw.get(keeper)
    if kept is None:
        raise SourceNotNamed(number=tender.number, source=draws.NAMES.get(keeper, keeper))
    revealed = ceremony.fitting_seed(keeper, seed, kept["commitment"])
    if tender.stage == "open" and "seed" not in kept:
        tender.invite_draw = {**tender.invite_draw, keeper: {**kept, "seed": ctx.keys.encrypt(revealed)}}
        ctx.session.flush()
        ctx.record(SeedRevealed(subject_of(tender), tender.number + SUFFIX, keeper))
        ctx.promise(INVITE, tender.id, ctx.now)
    return tender


def reveal_invitation_held(ctx: Ctx, tender_id: str) -> None:
    """Reveal the seeds of the keepers whose private key this process holds."""
    kept = locked(ctx, tender_id).invite_draw
    for keeper, parts in kept.items():
        seed = ceremony.unsealed(ctx, keeper, parts["envelope"]) if keeper in ctx.keys.private else None
        if seed is not None and draws.commitment_of(seed) == parts["commitment"]:
            reveal_invitation_seed(ctx, tender_id, keeper=keeper, seed=seed.hex())


def _seeds(ctx: Ctx, tender: Tender) -> dict[str, bytes | None]:
    """Seeds by keeper: as revealed, or from its envelope where this process holds the key; None for a damaged one."""
    known: dict[str, bytes | None] = {}
    for keeper, kept in tender.invite_draw.items():
        if "seed" in kept:
            known[keeper] = ctx.keys.decrypt(kept["seed"])
        elif keeper in ctx.keys.private:
            known[keeper] = ceremony.unsealed(ctx, keeper, kept["envelope"])
    return known


def _record(ctx: Ctx, tender: Tender, labels: list[str], shown: Mapping[str, bytes | None]) -> dict[str, Any]:
    number = tender.number + SUFFIX
    commitments = {keeper: tender.invite_draw[keeper]["commitment"] for keeper in draws.KEEPERS}
    seeds, withheld = draws.resolve(shown, commitments)
    for keeper in withheld:
        ctx.record(SeedWithheld(subject_of(tender), number, keeper, commitments[keeper]))
    return draws.draw_record(number, seeds, withheld, commitments, labels)


def _invite(ctx: Ctx, tender: Tender, agency_id: str, *, drawn: bool) -> None:
    ctx.session.add(
        Invitation(id=ctx.new_id(), tender_id=tender.id, agency_id=agency_id, drawn=drawn, invited_at=ctx.now)
    )
    ctx.session.flush()
