"""Verbs of the credit domain: review, reply, record decided facts, grade. Appeals and imports have their own files."""

from datetime import datetime

from marketplace.agencies import queries as agencies
from marketplace.agencies.service import set_grade
from marketplace.contracts import queries as contracts
from marketplace.credit import queries, rules
from marketplace.credit.errors import (
    AlreadyAnswered,
    AlreadyBlocked,
    BlockReasonUnknown,
    IncidentKindUnknown,
    MarkOutOfRange,
    NotDecidedYet,
    ReplyWindowClosed,
)
from marketplace.credit.events import (
    EntryRecorded,
    GradeChanged,
    ReviewAnswered,
    ReviewBlocked,
    ReviewStayedSilent,
    ReviewWritten,
)
from marketplace.credit.models import Grade, Review, ScoreEntry, Silence
from marketplace.kernel.context import Ctx
from marketplace.rulebook.queries import add_workdays, rules_at, rules_of

PRAISE = "on_time"
LATE = "late"


def review(
    ctx: Ctx,
    contract_id: str,
    *,
    quality: int,
    time: int,
    attitude: int,
    charge: int,
    conformity: int,
    comment: str = "",
) -> Review:
    """Rate finished work, once, within its time; the agency is graded again at once.

    Marks are 1 to rating.scale_max. Raises ReviewNotOpen, ReviewWindowClosed, AlreadyReviewed, MarkOutOfRange.
    """
    ctx.require("review.write")
    contract = queries.reviewable(ctx, contract_id)
    book = rules_of(ctx, contract.ruleset_id)
    marks = {"quality": quality, "time": time, "attitude": attitude, "charge": charge, "conformity": conformity}
    _check_marks(marks, int(book["rating.scale_max"]))
    written = Review(
        id=ctx.new_id(),
        contract_id=contract_id,
        agency_id=contract.agency_id,
        buyer_id=contract.buyer_id,
        **marks,
        comment=comment,
        written_at=ctx.now,
        state=rules.COUNTED,
        appeal_due_at=add_workdays(ctx, ctx.now, int(book["credit.appeal_file_workdays"])),
        reply_due_at=add_workdays(ctx, ctx.now, int(book["rating.reply_workdays"])),
    )
    ctx.session.add(written)
    ctx.session.flush()
    ctx.release("credit.review_closes", contract_id)
    ctx.record(ReviewWritten(f"review/{written.id}", contract_id, written.agency_id, list(written.marks)))
    _praise(ctx, written, int(book["credit.add.on_time_min_rating"]))
    regrade(ctx, written.agency_id)
    return written


def _praise(ctx: Ctx, written: Review, least_hundredths: int) -> None:
    """Work on time and well rated earns points (rulebook credit.add.on_time_min_rating)."""
    on_time = contracts.late_count(ctx, written.contract_id) == 0
    if on_time and written.mean_hundredths >= least_hundredths:
        _enter(ctx, written.agency_id, PRAISE, f"contract/{written.contract_id}", ctx.now, "")


def reply(ctx: Ctx, review_id: str, *, text: str) -> Review:
    """The agency answers a review, once (rulebook rating.reply_workdays). Raises AlreadyAnswered, ReplyWindowClosed."""
    ctx.require("review.reply")
    found = queries.own_review(ctx, review_id)
    if found.replied_at is not None:
        raise AlreadyAnswered
    if ctx.now >= found.reply_due_at:
        raise ReplyWindowClosed
    found.reply, found.replied_at = text, ctx.now
    ctx.record(ReviewAnswered(subject=f"review/{found.id}", contract_id=found.contract_id, agency_id=found.agency_id))
    return found


def block(ctx: Ctx, review_id: str, *, reason: str) -> Review:
    """Take the words of a review off the pages, for a listed reason only; its marks still count.

    reason: one of rating.block_reasons. Raises BlockReasonUnknown, AlreadyBlocked.
    """
    ctx.require("credit.write")
    found = queries.review(ctx, review_id)
    contract = contracts.contract(ctx, found.contract_id)
    if reason not in rules_of(ctx, contract.ruleset_id)["rating.block_reasons"]:
        raise BlockReasonUnknown(field="reason")
    if found.blocked_at is not None:
        raise AlreadyBlocked
    found.blocked_reason, found.blocked_at = reason, ctx.now
    ctx.record(ReviewBlocked(subject=f"review/{found.id}", agency_id=found.agency_id, reason=reason))
    return found


def close_review(ctx: Ctx, contract_id: str) -> None:
    """Count a buyer's silence when the time to rate has run out; never a mark (rulebook rating.default_if_silent)."""
    contract = contracts.contract(ctx, contract_id)
    due = contract.review_due_at
    silent = queries.review_of(ctx, contract_id) is None and ctx.session.get(Silence, contract_id) is None
    if not silent or due is None or due > ctx.now:
        return
    ctx.session.add(
        Silence(contract_id=contract_id, agency_id=contract.agency_id, buyer_id=contract.buyer_id, closed_at=ctx.now)
    )
    ctx.record(
        ReviewStayedSilent(subject=f"contract/{contract_id}", agency_id=contract.agency_id, buyer_id=contract.buyer_id)
    )


def record_incident(
    ctx: Ctx, *, agency_id: str, kind: str, reference: str, decided_at: datetime, note: str = ""
) -> ScoreEntry:
    """Enter a decided fact and grade the agency again; the same fact (kind and reference) counts once.

    kind: the last word of a credit.deduct.* or credit.add.* key, which gives the points; reference: what decided it,
    e.g. "finding/<id>"; decided_at: when. Raises IncidentKindUnknown, NotDecidedYet.
    """
    ctx.require("credit.write")
    entry = _enter(ctx, agency_id, kind, reference, decided_at, note)
    regrade(ctx, agency_id)
    return entry


def note_delivery_late(ctx: Ctx, milestone_id: str) -> None:
    """Enter a late delivery: a fact that the market's own clock has established."""
    milestone = contracts.milestone(ctx, milestone_id)
    if milestone.late_since is None:
        return
    contract = contracts.contract(ctx, milestone.contract_id)
    record_incident(
        ctx,
        agency_id=contract.agency_id,
        kind=LATE,
        reference=f"milestone/{milestone_id}",
        decided_at=milestone.late_since,
        note=f"{contract.number} {milestone.title}",
    )


def regrade(ctx: Ctx, agency_id: str) -> Grade:
    """Compute the grade from all facts under the rules now in force; a new row only when something changed."""
    ctx.lock(f"grade/{agency_id}")
    agency = agencies.agency(ctx, agency_id)
    book = rules_at(ctx, agency.region, ctx.now)
    ctx.session.flush()
    result = rules.score(queries.facts_of(ctx, agency_id), book, ctx.now)
    before = queries.grade_of(ctx, agency_id)
    now = (result.points_hundredths, result.stars, result.is_new, book.id)
    if before is not None and (before.points, before.stars, before.is_new, before.ruleset_id) == now:
        return before
    grade = Grade(
        id=ctx.new_id(),
        agency_id=agency_id,
        seq=before.seq + 1 if before else 1,
        at=ctx.now,
        points=result.points_hundredths,
        stars=result.stars,
        is_new=result.is_new,
        ruleset_id=book.id,
        lines=[line.data() for line in result.lines],
    )
    ctx.session.add(grade)
    ctx.session.flush()
    set_grade(ctx, agency_id, score_points=grade.points, stars=grade.stars, is_new=grade.is_new)
    ctx.record(
        GradeChanged(
            subject=f"agency/{agency_id}",
            before_points=before.points if before else None,
            before_stars=before.stars if before else None,
            after_points=grade.points,
            after_stars=grade.stars,
            ruleset_id=book.id,
        )
    )
    return grade


def regrade_all(ctx: Ctx) -> int:
    """Grade every agency that has anything to score; the number of agencies."""
    known = queries.graded_agencies(ctx)
    for agency_id in known:
        regrade(ctx, agency_id)
    return len(known)


def _check_marks(marks: dict[str, int], most: int) -> None:
    for name, mark in marks.items():
        if not 1 <= mark <= most:
            raise MarkOutOfRange(field=name, most=most)


def _enter(ctx: Ctx, agency_id: str, kind: str, reference: str, decided_at: datetime, note: str) -> ScoreEntry:
    known = queries.entry_of(ctx, agency_id, kind, reference)
    if known is not None:
        return known
    if decided_at > ctx.now:
        raise NotDecidedYet(field="decided_at")
    book = rules_at(ctx, agencies.agency(ctx, agency_id).region, ctx.now)
    points = rules.points_of(kind, book)
    if points is None:
        raise IncidentKindUnknown(field="kind", name=kind)
    entry = ScoreEntry(
        id=ctx.new_id(),
        agency_id=agency_id,
        kind=kind,
        reference=reference,
        decided_at=decided_at,
        points=points,
        note=note,
        ruleset_id=book.id,
        recorded_at=ctx.now,
        state=rules.COUNTED,
        appeal_due_at=add_workdays(ctx, ctx.now, int(book["credit.appeal_file_workdays"])),
    )
    ctx.session.add(entry)
    ctx.session.flush()
    ctx.record(
        EntryRecorded(
            subject=f"agency/{agency_id}",
            agency_id=agency_id,
            kind=kind,
            reference=reference,
            decided_at=decided_at.isoformat(),
            points=points,
        )
    )
    return entry
