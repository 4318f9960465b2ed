"""The verbs around the statutory clock: remind the payer, declare the size of a firm."""

from marketplace.kernel.context import Ctx
from marketplace.overdue import queries, rules
from marketplace.overdue.errors import DeclarantUnknown, SizeUnknown
from marketplace.overdue.events import PayerReminded, SizeDeclared
from marketplace.overdue.models import SmallFirm
from marketplace.payments.evidence import who


def remind(ctx: Ctx, milestone_id: str) -> None:
    """Tell the payer that an amount comes due, is due, or is overdue; nothing happens once it is paid."""
    item, due_at = queries.of_milestone(ctx, milestone_id), queries.due_at(ctx, milestone_id)
    if item is None or due_at is None:
        return
    stage = rules.stage(due_at, ctx.now)
    ctx.record(
        PayerReminded(
            subject=f"contract/{item.contract_id}",
            milestone_id=milestone_id,
            stage=stage,
            unpaid_fen=item.unpaid_fen,
            days_late=item.days_late,
        )
    )
    facts = {"payer_id": item.payer_id, "contract": item.contract_number, "unpaid_fen": item.unpaid_fen, "stage": stage}
    ctx.send("payment.reminder", facts)
    ctx.promise("overdue.remind", milestone_id, rules.next_reminder(due_at, ctx.now))


def declare_size(ctx: Ctx, agency_id: str, *, size: str) -> SmallFirm:
    """中小企业声明: an agency declares the size of its firm. Raises SizeUnknown, DeclarantUnknown."""
    ctx.require("agency.edit")
    if ctx.actor.kind not in {"system", "terminal"} and ctx.actor.organisation_id != agency_id:
        raise DeclarantUnknown
    if size not in rules.SIZES:
        raise SizeUnknown(field="size")
    row = queries.declaration(ctx, agency_id) or SmallFirm(agency_id=agency_id)
    row.size, row.declared_at, row.declared_by = size, ctx.now, who(ctx)
    ctx.session.add(row)
    ctx.record(SizeDeclared(subject=f"agency/{agency_id}", size=size))
    ctx.session.flush()
    return row
