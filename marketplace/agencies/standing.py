"""Verbs that change an agency's standing. Credit and supervision decide; here the decision takes effect."""

from __future__ import annotations

from datetime import datetime

from marketplace.agencies import events, queries, rules
from marketplace.agencies.errors import AgencyNotFound, OpenContractsRemain, SuspensionNotFound
from marketplace.agencies.models import Agency, Suspension
from marketplace.agencies.rules import EVERYTHING
from marketplace.kernel.context import Ctx
from marketplace.kernel.errors import NotPermitted

SUSPENSION_ENDS = "agency.suspension_ends"


def subject_of(agency_id: str) -> str:
    """The subject of an agency's events."""
    return f"agency/{agency_id}"


def locked(ctx: Ctx, agency_id: str) -> Agency:
    """The agency, its row locked until commit. Raises AgencyNotFound."""
    row = ctx.session.get(Agency, agency_id, with_for_update=True)
    if row is None:
        raise AgencyNotFound
    return row


def is_own(ctx: Ctx, agency_id: str) -> bool:
    """Whether the agency is the actor's own; the system's hands reach every agency."""
    return ctx.actor.kind not in {"person", "token"} or ctx.actor.organisation_id == agency_id


def own(ctx: Ctx, agency_id: str, permission: str = "agency.edit") -> Agency:
    """The agency, locked, for its own people (or the system). Raises NotPermitted, AgencyNotFound."""
    ctx.require(permission)
    if not is_own(ctx, agency_id):
        raise NotPermitted(permission=permission)
    return locked(ctx, agency_id)


def restand(ctx: Ctx, row: Agency) -> None:
    """Bring the standing into line with the suspensions that run now."""
    everywhere = any(stop.reach == EVERYTHING for stop in queries.suspensions(ctx, row.id))
    row.standing = rules.standing_after(row.standing, everywhere)
    ctx.session.flush()


def suspend(ctx: Ctx, agency_id: str, *, reason: str, until: datetime | None, reach: str = EVERYTHING) -> Suspension:
    """Suspend everything or one item until an instant; it ends by itself then. Running contracts go on."""
    return stop_service(ctx, locked(ctx, agency_id), reason=reason, until=until, reach=reach, cause="decision")


def stop_service(ctx: Ctx, row: Agency, *, reason: str, until: datetime | None, reach: str, cause: str) -> Suspension:
    stop = Suspension(
        id=ctx.new_id(),
        agency_id=row.id,
        reach=reach,
        cause=cause,
        reason=reason,
        starts_at=ctx.now,
        until=until,
    )
    ctx.session.add(stop)
    ctx.session.flush()
    if until is not None:
        ctx.promise(SUSPENSION_ENDS, stop.id, until)
    restand(ctx, row)
    ctx.record(
        events.AgencySuspended(
            subject=subject_of(row.id),
            suspension_id=stop.id,
            reach=reach,
            cause=cause,
            reason=reason,
            until=until.isoformat() if until else None,
        )
    )
    return stop


def reinstate(ctx: Ctx, agency_id: str, *, suspension_id: str) -> Agency:
    """End one suspension before its term. Raises SuspensionNotFound when it is not this agency's or has ended."""
    row, stop = locked(ctx, agency_id), queries.suspension(ctx, suspension_id)
    if stop.agency_id != agency_id or stop.lifted_at is not None:
        raise SuspensionNotFound
    ctx.release(SUSPENSION_ENDS, stop.id)
    lift(ctx, row, stop)
    return row


def lift(ctx: Ctx, row: Agency, stop: Suspension) -> None:
    """End a suspension now; the standing follows."""
    stop.lifted_at = ctx.now
    ctx.session.flush()
    restand(ctx, row)
    ctx.record(events.AgencyReinstated(subject=subject_of(row.id), suspension_id=stop.id, reach=stop.reach))


def end_suspension(ctx: Ctx, suspension_id: str) -> None:
    """The term of a suspension has come: lift it. Quiet when that has happened already."""
    stop = queries.suspension(ctx, suspension_id)
    row = locked(ctx, stop.agency_id)
    ctx.session.refresh(stop)
    if stop.lifted_at is None and stop.until is not None and stop.until <= ctx.now:
        lift(ctx, row, stop)


def expel(ctx: Ctx, agency_id: str, *, reason: str, until: datetime) -> Agency:
    """清退: out of the market until the re-entry term ends (exit.reentry_years). Running contracts go on.

    An agency that has left may be expelled too; a second expulsion can only make the term longer.
    """
    row = locked(ctx, agency_id)
    if row.standing != "expelled":
        row.standing = rules.STANDING.move(row.standing, "expel")
    row.barred_until = max(until, row.barred_until or until)
    ctx.session.flush()
    ctx.record(events.AgencyExpelled(subject=subject_of(row.id), reason=reason, until=row.barred_until.isoformat()))
    return row


def leave(ctx: Ctx, agency_id: str, *, open_contracts: int) -> Agency:
    """Leave the market of one's own will; new entry any time. open_contracts: counted by the caller, who sees them.

    Raises OpenContractsRemain while a contract is open, WrongState for one that is out already. Source:
    exit.voluntary.
    """
    row = own(ctx, agency_id, "agency.leave")
    if open_contracts:
        raise OpenContractsRemain(count=open_contracts)
    row.standing = rules.STANDING.move(row.standing, "leave")
    row.left_at = ctx.now
    ctx.session.flush()
    ctx.record(events.AgencyWithdrawn(subject=subject_of(row.id)))
    return row


def set_grade(ctx: Ctx, agency_id: str, *, score_points: int, stars: int, is_new: bool) -> Agency:
    """Store what credit has computed. score_points: hundredths of a point; stars: 1-5."""
    row = locked(ctx, agency_id)
    if (row.score_points, row.stars, row.is_new) == (score_points, stars, is_new):
        return row
    row.score_points, row.stars, row.is_new = score_points, stars, is_new
    ctx.session.flush()
    ctx.record(events.GradeChanged(subject=subject_of(row.id), score_points=score_points, stars=stars, is_new=is_new))
    return row


def complete_check(ctx: Ctx, agency_id: str, *, passed: bool, note: str) -> Agency:
    """Note the result of the after-check of an entry (registration.after_check_sample_pct)."""
    ctx.require("agency.check")
    row = locked(ctx, agency_id)
    row.checked_at, row.check_note = ctx.now, note
    ctx.session.flush()
    ctx.record(events.AfterCheckDone(subject=subject_of(row.id), passed=passed, note=note))
    return row
