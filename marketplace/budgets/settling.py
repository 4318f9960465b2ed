"""Many payments settled in one go: the same postings, states and facts as one by one, in a handful of statements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from marketplace.budgets import queries
from marketplace.budgets.errors import EncumbranceNotFound
from marketplace.budgets.events import EncumbranceMoved
from marketplace.budgets.models import Encumbrance
from marketplace.budgets.moving import Part, entry, finish_all, subject
from marketplace.budgets.rules import STATES, posting_id
from marketplace.kernel.context import Ctx
from marketplace.ledger import queries as ledger_queries
from marketplace.ledger import service as ledger
from marketplace.ledger.errors import PostingDiffers

VERB, FOLLOWED = "settle", "transit"


@dataclass(frozen=True, slots=True)
class Arrival:
    """One payment that has arrived. reference: the order, once; amount: fen."""

    encumbrance_id: str
    amount_fen: int
    reference: str


def settle_all(ctx: Ctx, wanted: Sequence[Arrival]) -> None:
    """已付: transit → paid for many orders, all or none. What was settled before stays as it is.

    Raises EncumbranceNotFound, PostingDiffers, Overdrawn, YearClosed, WrongState.
    """
    rows = _locked(ctx, {one.encumbrance_id for one in wanted})
    shares = queries.shares_of(ctx, rows)
    known = ledger_queries.amounts_of(ctx, _named(wanted, shares))
    fresh = [one for one in wanted if not _settled(one, shares[one.encumbrance_id], known)]
    if not fresh:
        return
    entries = [
        entry(ctx, rows[one.encumbrance_id], part, VERB, one.reference, one.reference)
        for one in fresh
        for part in _parts(one, shares[one.encumbrance_id], known)
    ]
    ledger.post_all(ctx, entries)
    for one in fresh:
        row = rows[one.encumbrance_id]
        row.state = STATES.move(row.state, VERB)
        ctx.record(
            EncumbranceMoved(
                subject=subject(shares[row.id][0].line),
                encumbrance_id=row.id,
                move=VERB,
                amount_fen=one.amount_fen,
                reference=one.reference,
            )
        )
    finish_all(ctx, {id: rows[id] for id in sorted({one.encumbrance_id for one in fresh})}, shares)


def _locked(ctx: Ctx, ids: set[str]) -> dict[str, Encumbrance]:
    """In the order of their ids, so that two batches never wait for each other."""
    wanted = select(Encumbrance).where(Encumbrance.id.in_(ids)).order_by(Encumbrance.id).with_for_update()
    rows = {row.id: row for row in ctx.session.scalars(wanted.execution_options(populate_existing=True))}
    if len(rows) < len(ids):
        raise EncumbranceNotFound
    return rows


def _named(wanted: Sequence[Arrival], shares: Mapping[str, Sequence[queries.Share]]) -> list[str]:
    return [
        posting_id(one.encumbrance_id, verb, one.reference, share.seq)
        for one in wanted
        for share in shares[one.encumbrance_id]
        for verb in (VERB, FOLLOWED)
    ]


def _booked(one: Arrival, verb: str, shares: Sequence[queries.Share], known: Mapping[str, int]) -> list[Part]:
    ids = {posting_id(one.encumbrance_id, verb, one.reference, share.seq): share for share in shares}
    return [Part(share.seq, share.line, known[id]) for id, share in ids.items() if id in known]


def _settled(one: Arrival, shares: Sequence[queries.Share], known: Mapping[str, int]) -> bool:
    before = sum(part.amount_fen for part in _booked(one, VERB, shares, known))
    if before not in {0, one.amount_fen}:
        raise PostingDiffers(id=posting_id(one.encumbrance_id, VERB, one.reference))
    return before > 0


def _parts(one: Arrival, shares: Sequence[queries.Share], known: Mapping[str, int]) -> list[Part]:
    """A payment arrives on the lines it left from."""
    parts = _booked(one, FOLLOWED, shares, known)
    if sum(part.amount_fen for part in parts) != one.amount_fen:
        raise PostingDiffers(id=posting_id(one.encumbrance_id, FOLLOWED, one.reference))
    return parts
