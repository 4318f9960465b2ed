"""Verbs of the selection domain: commit before the bids, choose after them."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from types import MappingProxyType
from typing import Any

from marketplace.kernel.context import Ctx
from marketplace.selection import ceremony, queries, rules, stock
from marketplace.selection.events import DrawCommitted
from marketplace.selection.models import Commitment, DrawPlan
from marketplace.selection.ports import Choice, Offer, Seed, entering, with_params

# Whether a method needs chance is a matter of the offers alone: asked with this, it does not cost the seeds.
NO_SEED = Seed(bytes(rules.SEED_BYTES), "")


def commit(
    ctx: Ctx,
    tender_id: str,
    *,
    sources: Sequence[str] = (),
    reveal_minutes: int = ceremony.USUAL_MINUTES,
    lottery: Mapping[str, Any] = MappingProxyType({}),
) -> dict[str, str]:
    """Take a commitment out of each keeper's stock and publish them; the seeds stay in the keepers' envelopes.

    sources: public ones beside the seeds. reveal_minutes: for revealing and entering after the pool is frozen.
    lottery: the game and its calendar, see sources.games.calendar_of, where the lottery is a source.
    Returns keeper → SHA-256 hex. Raises AlreadyCommitted (409), StockEmpty (503). Source: rulebook draw.*.
    """
    promises = stock.take(ctx, tender_id)
    published = {keeper: promise.digest for keeper, promise in promises.items()}
    for keeper, promise in promises.items():
        row = {"tender_id": tender_id, "keeper": keeper, "committed_at": ctx.now}
        ctx.session.add(Commitment(id=ctx.new_id(), **row, **asdict(promise)))
    ctx.session.flush()  # the unique index refuses a second commitment before anything else does
    plan: dict[str, Any] = {"sources": list(sources), "reveal_minutes": reveal_minutes, "lottery": dict(lottery)}
    ctx.session.add(DrawPlan(tender_id=tender_id, named_at=ctx.now, **plan))
    ctx.session.flush()
    deposits = {keeper: promise.told() for keeper, promise in promises.items()}
    ctx.record(DrawCommitted(f"tender/{tender_id}", published, **plan, deposits=deposits))
    return published


def choose(
    ctx: Ctx,
    *,
    tender_id: str,
    number: str,
    method: str,
    offers: Sequence[Offer],
    params: Mapping[str, Any] = MappingProxyType({}),
    excluded: ceremony.Excluded = list,
) -> Choice:
    """Rank the admitted offers by the named method; hold the draw when the method or a tie needs chance.

    params: the tender's parameters of the method. excluded: says which opened offers are not considered; asked and
    published when the pool is frozen.
    Raises MethodUnknown (422), CommitmentMissing (409), AlreadyDrawn (409), DrawAwaited (503).
    """
    chosen = with_params(queries.method(ctx, method), params)
    entered = entering(chosen, offers)
    if not chosen.needs_entropy or not offers:
        return chosen.choose(entered, None)
    blank = chosen.choose(entered, NO_SEED)
    if not blank.chance:
        return blank
    labels = [label for offer in entered for label in offer.labels]
    record = ceremony.hold(ctx, tender_id=tender_id, number=number, labels=labels, excluded=excluded)
    return replace(chosen.choose(entered, Seed.of(record)), draw=record)
