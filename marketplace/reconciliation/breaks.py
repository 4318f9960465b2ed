"""The verbs on a break: somebody answers for it, one person says how it ends, another agrees."""

from marketplace.kernel.context import Ctx
from marketplace.payments.evidence import who
from marketplace.reconciliation import matching, queries, rules
from marketplace.reconciliation.errors import (
    BreakActionUnsuited,
    BreakReasonNeeded,
    BreakSamePerson,
    SettlementClerkUnknown,
)
from marketplace.reconciliation.events import BreakAssigned, BreakEndProposed, BreakRefused
from marketplace.reconciliation.models import ReconBreak


def assign(ctx: Ctx, break_id: str, *, username: str = "") -> ReconBreak:
    """指定责任人: somebody answers for a break, else who asks. Raises SettlementClerkUnknown, WrongState."""
    ctx.require("reconcile.write")
    row = queries.break_(ctx, break_id, lock=True)
    owner = queries.clerk(ctx, username) if username else who(ctx)
    if owner is None:
        raise SettlementClerkUnknown(field="username")
    row.state, row.owner = rules.BREAK.move(row.state, "assign"), owner
    ctx.record(BreakAssigned(subject=f"recon-break/{row.id}", owner=owner))
    return row


def propose(ctx: Ctx, break_id: str, *, action: str, reason: str) -> ReconBreak:
    """提出处理: one person says how a break ends.

    action: one of rules.ACTIONS for its kind. Raises BreakActionUnsuited, BreakReasonNeeded, WrongState.
    """
    ctx.require("reconcile.write")
    row = queries.break_(ctx, break_id, lock=True)
    state = rules.BREAK.move(row.state, "propose")
    if action not in rules.ACTIONS[row.kind]:
        raise BreakActionUnsuited(field="action")
    row.action, row.reason, row.proposed_by = action, _said(reason), who(ctx)
    row.state, row.owner = state, row.owner or who(ctx)
    ctx.record(BreakEndProposed(subject=f"recon-break/{row.id}", action=action, reason=row.reason))
    return row


def confirm(ctx: Ctx, break_id: str) -> ReconBreak:
    """确认处理: a second person agrees, and the break has ended. Raises BreakSamePerson, WrongState."""
    ctx.require("reconcile.approve")
    row = queries.break_(ctx, break_id, lock=True)
    rules.BREAK.move(row.state, "confirm")
    if row.proposed_by == who(ctx):
        raise BreakSamePerson
    row.confirmed_by = who(ctx)
    if row.action == "matched":
        matching.pair(ctx, row)
    matching.end(ctx, row, "confirm", row.action)
    ctx.session.flush()
    return row


def refuse(ctx: Ctx, break_id: str, *, reason: str) -> ReconBreak:
    """退回: the second person does not agree; the break is open again. Raises BreakReasonNeeded, WrongState."""
    ctx.require("reconcile.approve")
    row = queries.break_(ctx, break_id, lock=True)
    row.state = rules.BREAK.move(row.state, "refuse")
    row.action, row.proposed_by = "", None
    ctx.record(BreakRefused(subject=f"recon-break/{row.id}", reason=_said(reason)))
    return row


def _said(reason: str) -> str:
    if not reason.strip():
        raise BreakReasonNeeded(field="reason")
    return reason.strip()[:400]
