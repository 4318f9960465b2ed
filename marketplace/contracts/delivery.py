"""Verbs after the signature: deliver, accept, return; and what the clock does to a delivery."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from marketplace.budgets import service as budgets
from marketplace.contracts import changes, queries, rules, terms
from marketplace.contracts.errors import FileTooLarge, MilestoneNotFound
from marketplace.contracts.events import (
    ContractCompleted,
    DeliverableUploaded,
    DeliveryFellLate,
    MilestoneAccepted,
    ResultReturned,
)
from marketplace.contracts.models import Contract, Deliverable, Milestone
from marketplace.contracts.rules import CONTRACT, MILESTONE
from marketplace.kernel.context import Ctx
from marketplace.rulebook.queries import add_workdays, rules_of

CHUNK_BYTES = 256 * 1024


def deliver(ctx: Ctx, milestone_id: str, *, filename: str, content: IO[bytes], note: str = "") -> Deliverable:
    """Upload one file of a milestone's result; the buyer's time to confirm starts (again).

    The type is judged by content. Raises FileRefused and its kinds, WrongState. Source: rulebook file.max_mb,
    file.forbidden_suffixes, result.confirm_workdays.
    """
    ctx.require("contract.deliver")
    part, found = _work(ctx, milestone_id, side="agency")
    status = MILESTONE.move(part.status, "deliver")
    book = rules_of(ctx, found.ruleset_id)
    max_bytes = int(book["file.max_mb"]) * rules.MEGABYTE
    name = rules.clean_name(filename)
    with _spooled(ctx, content, max_bytes) as (temporary, size, digest):
        with temporary.open("rb") as stored:
            kind = rules.inspect(name, stored, max_bytes=max_bytes, forbidden=book["file.forbidden_suffixes"])
        file = _file(ctx, part, name=name, media_type=rules.MEDIA[kind], size=size, sha256=digest, note=note)
        part.status, part.delivered_at = status, ctx.now
        part.acceptance_due_at = add_workdays(ctx, ctx.now, int(book["result.confirm_workdays"]))
        ctx.session.flush()
        # Only a row that the database took gets its file; a file without a row is never served.
        temporary.replace(queries.folder(ctx) / file.stored_name)
    if book["result.confirm_automatic"]:
        ctx.promise("contract.acceptance_due", part.id, part.acceptance_due_at)
    ctx.record(
        DeliverableUploaded(
            subject=f"contract/{found.id}",
            milestone_id=part.id,
            deliverable_id=file.id,
            version=file.version,
            sha256=digest,
            size=size,
        )
    )
    return file


def _file(ctx: Ctx, part: Milestone, **facts: Any) -> Deliverable:
    """The next version of a milestone's result, under a name that nobody can guess."""
    earlier = [old for old in queries.deliverables(ctx, part.contract_id) if old.milestone_id == part.id]
    row = Deliverable(
        id=ctx.new_id(),
        milestone_id=part.id,
        contract_id=part.contract_id,
        version=len(earlier) + 1,
        stored_name=ctx.entropy(16).hex(),
        status="waiting",
        uploaded_at=ctx.now,
        **facts,
    )
    ctx.session.add(row)
    return row


def accept(ctx: Ctx, milestone_id: str, *, by_clock: bool = False) -> Milestone:
    """Accept the result of a milestone: money falls due, the payment clock runs, payments is told.

    by_clock: nobody confirmed or returned it in time (rulebook result.confirm_workdays). Raises ChangeStillOpen,
    WrongState.
    """
    ctx.require("delivery.accept")
    part, found = _work(ctx, milestone_id, side=None if by_clock else "buyer")
    status = MILESTONE.move(part.status, "accept")
    changes.require_none(ctx, found, part, by_clock=by_clock)
    part.status = status
    part.accepted_at, part.accepted_by_clock = ctx.now, by_clock
    part.payment_due_at = rules.payment_due(ctx.now, terms.days_to_pay(ctx, found))
    _decide_files(ctx, part, "accepted", None)
    ctx.release("contract.delivery_due", part.id)
    if not by_clock:
        ctx.release("contract.acceptance_due", part.id)
    ctx.record(
        MilestoneAccepted(
            subject=f"contract/{found.id}",
            milestone_id=part.id,
            amount_fen=part.amount_fen,
            by_clock=by_clock,
            payment_due_at=part.payment_due_at.isoformat(),
        )
    )
    if part.amount_fen:
        ctx.promise("overdue.remind", part.id, terms.first_reminder(ctx, found, part.payment_due_at))
    if found.encumbrance_id is not None and part.amount_fen:  # a share of a very small price may be nothing
        budgets.make_due(ctx, found.encumbrance_id, amount_fen=part.amount_fen, reference=f"{found.number}/{part.seq}")
        ctx.promise("payment.prepare", part.id, ctx.now)
    elif found.encumbrance_id is None and part.amount_fen:
        ctx.promise("collection.accepted", part.id, ctx.now)
    if all(other.status == "met" for other in queries.milestones(ctx, found.id)):
        _complete(ctx, found, part)
    return part


def return_(ctx: Ctx, milestone_id: str, *, reason: str) -> Milestone:
    """The buyer sends a result back with a reason; the agency delivers again. Raises ReasonMissing, WrongState."""
    ctx.require("delivery.accept")
    part, found = _work(ctx, milestone_id, side="buyer")
    part.status = MILESTONE.move(part.status, "return")
    part.returned_count += 1
    part.acceptance_due_at = None
    ctx.release("contract.acceptance_due", part.id)
    _decide_files(ctx, part, "returned", rules.required(reason))
    ctx.record(
        ResultReturned(
            subject=f"contract/{found.id}", milestone_id=part.id, reason=reason.strip(), times=part.returned_count
        )
    )
    # The date may have passed while the buyer looked at it: the clock is asked again.
    ctx.promise("contract.delivery_due", part.id, max(part.due_at, ctx.now))
    return part


def note_late(ctx: Ctx, milestone_id: str) -> None:
    """Mark a milestone whose date has passed without a delivery; credit is told. Later calls change nothing."""
    part = queries.milestone(ctx, milestone_id)
    found = queries.locked(ctx, part.contract_id)
    waiting = part.status in {"scheduled", "returned"} and found.status == "active"
    if not waiting or part.late_since is not None or part.due_at > ctx.now:
        return
    part.late_since = part.due_at
    ctx.record(
        DeliveryFellLate(
            subject=f"contract/{found.id}",
            milestone_id=part.id,
            agency_id=found.agency_id,
            due_at=part.due_at.isoformat(),
        )
    )
    ctx.promise("credit.delivery_late", part.id, ctx.now)


def accept_silence(ctx: Ctx, milestone_id: str) -> None:
    """Accept a result that nobody confirmed or returned in time (rulebook result.confirm_automatic)."""
    part = queries.milestone(ctx, milestone_id)
    queries.locked(ctx, part.contract_id)
    due = part.acceptance_due_at
    if part.status == "delivered" and due is not None and due <= ctx.now:
        accept(ctx, milestone_id, by_clock=True)


def _work(ctx: Ctx, milestone_id: str, *, side: str | None) -> tuple[Milestone, Contract]:
    """A milestone of an active contract, locked. side: whose it must be, None for the clock."""
    found = queries.locked(ctx, queries.milestone(ctx, milestone_id).contract_id)
    part = ctx.session.get(Milestone, milestone_id, populate_existing=True)
    if part is None or (side is not None and not queries.is_side(ctx, found, side)):
        raise MilestoneNotFound
    CONTRACT.move(found.status, "complete")
    return part, found


@contextmanager
def _spooled(ctx: Ctx, content: IO[bytes], max_bytes: int) -> Iterator[tuple[Path, int, str]]:
    """Write a stream under a temporary name: (path, size, sha256). What is not renamed inside is removed."""
    folder = queries.folder(ctx)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = folder / f".{ctx.entropy(16).hex()}.part"
    size, digest = 0, hashlib.sha256()
    try:
        with temporary.open("xb") as target:
            while block := content.read(CHUNK_BYTES):
                size += len(block)
                if size > max_bytes:
                    raise FileTooLarge(field="file", max_mb=max_bytes // rules.MEGABYTE)
                digest.update(block)
                target.write(block)
        yield temporary, size, digest.hexdigest()
    finally:
        temporary.unlink(missing_ok=True)


def _decide_files(ctx: Ctx, part: Milestone, status: str, reason: str | None) -> None:
    for file in queries.deliverables(ctx, part.contract_id):
        if file.milestone_id == part.id and file.status == "waiting":
            file.status, file.return_reason, file.decided_at = status, reason, ctx.now


def _complete(ctx: Ctx, found: Contract, last: Milestone) -> None:
    found.status, found.completed_at = CONTRACT.move(found.status, "complete"), ctx.now
    days = int(rules_of(ctx, found.ruleset_id)["rating.deadline_workdays"])
    # Counted from the upload (Wujiang 2022); when acceptance took longer than that, from the acceptance.
    due = add_workdays(ctx, last.delivered_at or ctx.now, days)
    found.review_due_at = due if due > ctx.now else add_workdays(ctx, ctx.now, days)
    ctx.promise("credit.review_closes", found.id, found.review_due_at)
    ctx.record(
        ContractCompleted(
            subject=f"contract/{found.id}",
            number=found.number,
            agency_id=found.agency_id,
            review_due_at=found.review_due_at.isoformat(),
        )
    )
