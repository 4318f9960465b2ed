"""Timer door: what the market does by itself. Every handler may run again without harm."""

import logging
from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.orm import load_only

from marketplace.kernel.context import Batch, Ctx, Runtime
from marketplace.kernel.errors import DomainError
from marketplace.selection.errors import DrawAwaited
from marketplace.tenders import queries, service
from marketplace.tenders.models import Tender
from marketplace.tenders.queries import asking, openings
from marketplace.tenders.service import comparing, explaining, inviting, objecting, scoring

log = logging.getLogger("marketplace.tenders")
# What says when a tender may be closed; all of it is read again under the locks.
_WHEN = load_only(Tender.closes_at, Tender.ruleset_id, Tender.region)


def _close(ctx: Ctx, tender_id: str) -> None:
    """The verb for one is the batch of one."""
    _close_many(ctx, [tender_id], None)


def _close_many(ctx: Ctx, tender_ids: list[str], prepared: service.Prepared | None) -> None:
    """Source: rulebook opening.drain_seconds."""
    found = ctx.session.scalars(select(Tender).options(_WHEN).where(Tender.id.in_(tender_ids))).all()
    due = [one for one in found if one.closes_at is not None and ctx.now >= one.closes_at]
    drained = {one.id: service.drained_at(one, queries.rules_for(ctx, one)) for one in due}
    for id, at in drained.items():
        if ctx.now < at:
            ctx.promise("tender.close", id, at)
    service.close_many(ctx, [id for id, at in drained.items() if ctx.now >= at], prepared or {})


def _publicity_ends(ctx: Ctx, award_id: str) -> None:
    service.end_publicity(ctx, award_id)


def _confirm(ctx: Ctx, award_id: str) -> None:
    """Source: rulebook award.confirm_automatic."""
    found = queries.award(ctx, award_id)
    tender = queries.tender(ctx, found.tender_id)
    if found.live and tender.stage == "confirming" and queries.rules_for(ctx, tender)["award.confirm_automatic"]:
        service.confirm_award(ctx, award_id, automatic=True)


def _advance(ctx: Ctx, tender_id: str) -> None:
    """What was asked is answered or overdue, or the buyer asked for the award where the seeds could not be unsealed."""
    try:
        service.advance(ctx, tender_id)
    except DrawAwaited:  # the pool is frozen by now; whoever reveals the last seed promises this again
        log.info("the draw of tender %s waits for its seeds", tender_id)


def _invite(ctx: Ctx, tender_id: str) -> None:
    """Source: rulebook inquiry.drawn_min, draw.reveal_minutes."""
    service.draw_invitees(ctx, tender_id)


def _shares_due(ctx: Ctx, tender_id: str) -> None:
    """Source: rulebook opening.share_minutes."""
    service.remind_keepers(ctx, tender_id)


def _shares_void(ctx: Ctx, tender_id: str) -> None:
    """Source: rulebook opening.void_workdays."""
    service.void_unopened(ctx, tender_id)


def hand_in_what_is_held(runtime: Runtime) -> None:
    """Hand in the shares that this process's keepers owe: a keeper's own worker needs nobody to press a button."""
    if not runtime.keys.private:
        return
    with runtime.work(write=False) as ctx:
        owed = sorted({row.id for row in ctx.session.scalars(openings.owed_by(runtime.keys.private))})
    for tender_id in owed:
        try:
            with runtime.work() as ctx:
                service.collect_shares(ctx, tender_id)
        except DomainError:
            log.exception("the shares of tender %s were not handed in; the next tick tries again", tender_id)


def reveal_invitation_seeds(runtime: Runtime) -> None:
    """Reveal the seeds that this process's keepers owe to inquiries whose invited are still to be drawn."""
    if not runtime.keys.private:
        return
    with runtime.work(write=False) as ctx:
        owed = [row.id for row in asking.invitations_owed(ctx, inviting.INVITE, runtime.keys.private)]
    for tender_id in owed:
        try:
            with runtime.work() as ctx:
                service.reveal_invitation_held(ctx, tender_id)
        except DomainError:
            log.exception("the seeds of tender %s were not revealed; the next tick tries again", tender_id)


def _answer_due(ctx: Ctx, clarification_id: str) -> None:
    """Source: rulebook posting.clarify_answer_workdays."""
    service.remind(ctx, clarification_id)


def _reply_due(ctx: Ctx, objection_id: str) -> None:
    """Source: rulebook objection.reply_workdays, objection.silence."""
    service.note_silence(ctx, objection_id)


def _objection_lapses(ctx: Ctx, objection_id: str) -> None:
    """Source: rulebook objection.complaint_workdays, objection.decision_workdays."""
    service.lapse_objection(ctx, objection_id)


HANDLERS: dict[str, Callable[[Ctx, str], None]] = {
    "tender.close": _close,
    **dict.fromkeys(("tender.award", explaining.DUE, explaining.JUDGE_DUE, scoring.DUE, comparing.DUE), _advance),
    inviting.INVITE: _invite,
    "tender.answer_due": _answer_due,
    "tender.shares_due": _shares_due,
    "tender.shares_void": _shares_void,
    "award.publicity_ends": _publicity_ends,
    objecting.REPLY_DUE: _reply_due,
    objecting.LAPSE: _objection_lapses,
    "award.confirm": _confirm,
}
BATCHES = {"tender.close": Batch(_close_many, service.prepare)}
AFTER_TICK: list[Callable[[Runtime], None]] = [hand_in_what_is_held, reveal_invitation_seeds]
