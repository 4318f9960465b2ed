"""What the clock says of a contract that is not in force yet. Part of the service; verbs are imported from there."""

from marketplace.contracts import queries
from marketplace.contracts.events import ConfirmationFellOverdue, SigningFellOverdue
from marketplace.contracts.models import Contract, SigningDelay
from marketplace.kernel.context import Ctx


def note_confirmation_overdue(ctx: Ctx, contract_id: str) -> None:
    """Put on record that the other side let a draft lie; nothing where it was signed, returned or thrown away."""
    found = ctx.session.get(Contract, contract_id)
    due = queries.confirmation_due(ctx, found) if found is not None else None
    if found is None or due is None or found.status != "pending" or ctx.now < due:
        return
    ctx.record(
        ConfirmationFellOverdue(
            subject=f"contract/{found.id}", number=found.number, waiting_for=list(found.waiting_for)
        )
    )


def note_signing_overdue(ctx: Ctx, award_id: str) -> None:
    """Put on record that an award's contract was not in force in time; once per award."""
    award = queries.award_facts(ctx, award_id)
    found = queries.by_award(ctx, award_id)
    done = found is not None and found.signed_at is not None
    if done or not award.confirmed or ctx.session.get(SigningDelay, award_id) is not None:
        return
    ctx.session.add(
        SigningDelay(
            award_id=award_id,
            tender_id=award.tender_id,
            tender_number=award.tender_number,
            title=award.title,
            buyer_id=award.buyer_id,
            agency_id=award.agency_id,
            noted_at=ctx.now,
        )
    )
    waiting = ["buyer"] if found is None or found.status == "returned" else found.waiting_for
    ctx.record(
        SigningFellOverdue(
            subject=f"tender/{award.tender_id}",
            award_id=award_id,
            buyer_id=award.buyer_id,
            agency_id=award.agency_id,
            waiting_for=waiting,
        )
    )
