"""Steps that several verbs share: locking, moving between stages, failing, receipts."""

from collections.abc import Iterable

from sqlalchemy import select

from marketplace.audit import receipts
from marketplace.budgets import service as budgets
from marketplace.kernel.context import Ctx
from marketplace.kernel.events import Recorded
from marketplace.tenders import queries, rules
from marketplace.tenders.errors import TenderNotFound
from marketplace.tenders.events import TenderFailed
from marketplace.tenders.models import Receipt, Tender


def lock_name(tender_id: str) -> str:
    """Name of the lock that bids share and every other verb takes alone."""
    return f"tender/{tender_id}"


def subject_of(tender: Tender) -> str:
    """Subject of the tender's events."""
    return f"tender/{tender.id}"


def locked(ctx: Ctx, tender_id: str) -> Tender:
    """The tender, held alone until commit and read after the lock. Raises TenderNotFound."""
    ctx.lock(lock_name(tender_id))
    return queries.fresh(ctx, tender_id)


def locked_many(ctx: Ctx, tender_ids: Iterable[str]) -> list[Tender]:
    """Several tenders, each held alone; locks are taken in one order, so that two who do this never wait in a ring."""
    ids = sorted(set(tender_ids))
    ctx.lock_all([lock_name(id) for id in ids])
    wanted = select(Tender).where(Tender.id.in_(ids)).order_by(Tender.id)
    found = list(ctx.session.scalars(wanted.execution_options(populate_existing=True)))
    if len(found) != len(ids):
        raise TenderNotFound
    return found


def locked_own(ctx: Ctx, tender_id: str) -> Tender:
    """The same for the buyer's own tender; anybody else's is not found."""
    found = locked(ctx, tender_id)
    if not queries.is_own(ctx, found):
        raise TenderNotFound
    return found


def move(tender: Tender, verb: str) -> None:
    """Go to the stage after `verb`. Raises WrongState (409)."""
    tender.stage = rules.STATES.move(tender.stage, verb)
    tender.status = rules.STATUS[tender.stage]


def finish(ctx: Ctx, tender: Tender, verb: str, reason: str) -> None:
    """End a tender without a winner and give its budget back. verb: fail or cancel."""
    move(tender, verb)
    tender.completed_at, tender.ended_reason = ctx.now, reason
    for kind in ("tender.close", "tender.shares_due", "tender.shares_void"):
        ctx.release(kind, tender.id)
    if tender.encumbrance_id is not None:
        budgets.release(ctx, tender.encumbrance_id, reason=reason)


def fail(ctx: Ctx, tender: Tender, reason: str) -> None:
    """流标."""
    finish(ctx, tender, "fail", reason)
    ctx.record(TenderFailed(subject_of(tender), tender.number, reason))
    ctx.send("tender.failed", {"tender_id": tender.id, "number": tender.number, "reason": reason})


def receipt(ctx: Ctx, tender: Tender, recorded: Recorded) -> Receipt:
    """A signed receipt for one recorded event of the tender."""
    return receipts.signed(ctx, recorded, tender.number)
