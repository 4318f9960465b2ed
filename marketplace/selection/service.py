"""Verbs of the selection domain: commit before the bids, choose after them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import select

from marketplace.kernel.context import Ctx
from marketplace.selection import queries, rules
from marketplace.selection.errors import AlreadyDrawn, CommitmentMissing
from marketplace.selection.events import DrawCommitted, DrawHeld, PoolFrozen, SeedWithheld
from marketplace.selection.models import Commitment, Draw
from marketplace.selection.ports import Choice, Offer, Seed

# Whether a method needs chance is a matter of the offers alone: asked with this, it does not cost the seeds.
NO_SEED = Seed(bytes(rules.SEED_BYTES), "")


def commit(ctx: Ctx, tender_id: str) -> dict[str, str]:
    """Make both keepers' seeds, seal each to its keeper, and publish the commitments.

    Returns keeper → SHA-256 hex. Raises AlreadyCommitted (409). Source: rulebook draw.algorithm.
    """
    published = {}
    for keeper in rules.KEEPERS:
        seed = ctx.entropy(rules.SEED_BYTES)
        published[keeper] = rules.commitment_of(seed)
        ctx.session.add(
            Commitment(
                id=ctx.new_id(),
                tender_id=tender_id,
                keeper=keeper,
                digest=published[keeper],
                envelope=ctx.keys.seal_to(keeper, seed),
                committed_at=ctx.now,
            )
        )
    ctx.session.flush()
    ctx.record(DrawCommitted(f"tender/{tender_id}", published))
    return published


def choose(ctx: Ctx, *, tender_id: str, number: str, method: str, offers: Sequence[Offer]) -> Choice:
    """Rank the admitted offers by the named method; hold the draw when the method or a tie needs chance.

    Raises MethodUnknown (422), CommitmentMissing (409), AlreadyDrawn (409), KeyNotHeld (503).
    """
    chosen = queries.method(ctx, method)
    if not chosen.needs_entropy or not offers:
        return chosen.choose(offers, None)
    blank = chosen.choose(offers, NO_SEED)
    if not blank.chance:
        return blank
    record, withheld = _draw(ctx, tender_id, number, [offer.label for offer in offers])
    choice = chosen.choose(offers, Seed(bytes.fromhex(record["salt"]), record["randomness"]))
    _publish(ctx, tender_id, number, record, withheld)
    return replace(choice, draw=record)


def _draw(ctx: Ctx, tender_id: str, number: str, labels: Sequence[str]) -> tuple[dict[str, Any], list[str]]:
    if queries.draw_or_none(ctx, tender_id) is not None:
        raise AlreadyDrawn(number=number)
    rows = {row.keeper: row for row in ctx.session.scalars(select(Commitment).where(Commitment.tender_id == tender_id))}
    if set(rows) != set(rules.KEEPERS):
        raise CommitmentMissing(number=number)
    commitments = {keeper: rows[keeper].digest for keeper in rules.KEEPERS}
    seeds, withheld = rules.resolve(_reveal(ctx, rows), commitments)
    return rules.draw_record(number, seeds, withheld, commitments, labels), withheld


def _reveal(ctx: Ctx, rows: Mapping[str, Commitment]) -> dict[str, bytes | None]:
    revealed: dict[str, bytes | None] = {}
    for keeper, row in rows.items():
        try:
            revealed[keeper] = ctx.keys.unseal(keeper, row.envelope)
        except ValueError:  # the envelope was tampered with: the fallback and the incident follow
            revealed[keeper] = None
    return revealed


def _publish(ctx: Ctx, tender_id: str, number: str, record: dict[str, Any], withheld: Sequence[str]) -> None:
    subject = f"tender/{tender_id}"
    ctx.record(PoolFrozen(subject, number, record["pool"], record["pool_hash"]))
    for keeper in withheld:
        ctx.record(SeedWithheld(subject, number, keeper, record["commitments"][keeper]))
    ctx.session.add(
        Draw(
            id=ctx.new_id(),
            tender_id=tender_id,
            number=number,
            pool_hash=record["pool_hash"],
            record=record,
            drawn_at=ctx.now,
        )
    )
    ctx.session.flush()
    ctx.record(DrawHeld(subject, number, record))
