"""The signed receipt of an agency's entry, found again in the log. An entry is public, so anybody may have it."""

from sqlalchemy import select

from marketplace.agencies.events import AgencyAdmitted
from marketplace.audit import receipts
from marketplace.audit.receipts import Receipt
from marketplace.kernel.context import Ctx
from marketplace.kernel.events import EventRow, recorded


def entry_receipt(ctx: Ctx, agency_id: str) -> Receipt | None:
    """The receipt of the agency's newest entry; None for one that was taken over from another system."""
    wanted = select(EventRow).where(EventRow.subject == f"agency/{agency_id}", EventRow.type == AgencyAdmitted.type)
    row = ctx.session.scalar(wanted.order_by(EventRow.id.desc()).limit(1))
    return receipts.signed(ctx, recorded(row)) if row is not None else None
