"""Appeals (申诉): filed within their time, decided within theirs; what is contested does not count meanwhile."""

from marketplace.contracts import queries as contracts
from marketplace.credit import queries, rules
from marketplace.credit.errors import AlreadyAppealed, AppealAlreadyDecided, AppealWindowClosed, ReasonRequired
from marketplace.credit.events import AppealDecided, AppealFellOverdue, AppealFiled
from marketplace.credit.models import Appeal, Review, ScoreEntry
from marketplace.credit.service import regrade
from marketplace.kernel.context import Ctx
from marketplace.rulebook.queries import add_workdays, rules_of
from marketplace.rulebook.rules import Rules


def appeal_entry(ctx: Ctx, entry_id: str, *, reason: str) -> Appeal:
    """Contest a score entry of the actor's own agency. Raises AppealWindowClosed, AlreadyAppealed, ReasonRequired."""
    ctx.require("review.reply")
    found = queries.own_entry(ctx, entry_id)
    return _file(ctx, "entry", found, reason, rules_of(ctx, found.ruleset_id))


def appeal_review(ctx: Ctx, review_id: str, *, reason: str) -> Appeal:
    """Contest a review of the actor's own agency. Raises AppealWindowClosed, AlreadyAppealed, ReasonRequired."""
    ctx.require("review.reply")
    found = queries.own_review(ctx, review_id)
    contract = contracts.contract(ctx, found.contract_id)
    return _file(ctx, "review", found, reason, rules_of(ctx, contract.ruleset_id))


def decide_appeal(ctx: Ctx, appeal_id: str, *, upheld: bool, reason: str) -> Appeal:
    """Decide: upheld takes the contested fact out of the score for good, otherwise it counts again.

    Raises AppealAlreadyDecided, ReasonRequired.
    """
    ctx.require("credit.write")
    ctx.lock(f"appeal/{appeal_id}")
    found = queries.appeal(ctx, appeal_id)
    if found.status != "pending":
        raise AppealAlreadyDecided
    found.decision_reason = _required(reason)
    found.status, found.decided_at = ("upheld" if upheld else "dismissed"), ctx.now
    found.decided_by = ctx.actor.organisation_name or ctx.actor.name
    queries.contested(ctx, found).state = "cancelled" if upheld else rules.COUNTED
    ctx.release("credit.appeal_due", found.id)
    ctx.record(
        AppealDecided(
            subject=f"appeal/{found.id}",
            agency_id=found.agency_id,
            contested=f"{found.subject}/{found.subject_id}",
            upheld=upheld,
            reason=found.decision_reason,
        )
    )
    regrade(ctx, found.agency_id)
    return found


def note_overdue(ctx: Ctx, appeal_id: str) -> None:
    """Put on record that an appeal was not decided in time; the contested fact stays frozen."""
    found = queries.appeal(ctx, appeal_id)
    if found.status != "pending" or found.overdue_at is not None:
        return
    found.overdue_at = ctx.now
    ctx.record(
        AppealFellOverdue(
            subject=f"appeal/{found.id}", agency_id=found.agency_id, contested=f"{found.subject}/{found.subject_id}"
        )
    )


def _file(ctx: Ctx, subject: str, contested: Review | ScoreEntry, reason: str, book: Rules) -> Appeal:
    reason = _required(reason)
    if queries.appeal_of(ctx, subject, contested.id) is not None:
        raise AlreadyAppealed
    if ctx.now >= contested.appeal_due_at:
        raise AppealWindowClosed
    found = Appeal(
        id=ctx.new_id(),
        agency_id=contested.agency_id,
        subject=subject,
        subject_id=contested.id,
        reason=reason,
        filed_at=ctx.now,
        due_at=add_workdays(ctx, ctx.now, int(book["credit.appeal_decide_workdays"])),
        status="pending",
    )
    ctx.session.add(found)
    if book["credit.appeal_freezes"]:
        contested.state = "frozen"
    ctx.session.flush()
    ctx.promise("credit.appeal_due", found.id, found.due_at)
    ctx.record(
        AppealFiled(
            subject=f"appeal/{found.id}",
            agency_id=found.agency_id,
            contested=f"{subject}/{contested.id}",
            reason=reason,
        )
    )
    regrade(ctx, found.agency_id)
    return found


def _required(reason: str) -> str:
    if not reason.strip():
        raise ReasonRequired(field="reason")
    return reason.strip()
