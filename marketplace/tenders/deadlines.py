"""Timer door: what the market does by itself. Every handler may run again without harm."""

from collections.abc import Callable

from marketplace.kernel.context import Ctx
from marketplace.tenders import queries, service


def _close(ctx: Ctx, tender_id: str) -> None:
    found = queries.tender(ctx, tender_id)
    if found.closes_at is not None and ctx.now >= found.closes_at:
        service.close(ctx, tender_id)


def _publicity_ends(ctx: Ctx, award_id: str) -> None:
    service.end_publicity(ctx, award_id)


def _confirm(ctx: Ctx, award_id: str) -> None:
    """Source: rulebook award.confirm_automatic."""
    found = queries.award(ctx, award_id)
    tender = queries.tender(ctx, found.tender_id)
    if found.live and tender.stage == "confirming" and queries.rules_for(ctx, tender)["award.confirm_automatic"]:
        service.confirm_award(ctx, award_id, automatic=True)


def _award(ctx: Ctx, tender_id: str) -> None:
    """A screened tender whose buyer asked for the award where the seeds could not be unsealed."""
    if queries.tender(ctx, tender_id).stage == "opened":
        service.award(ctx, tender_id)


HANDLERS: dict[str, Callable[[Ctx, str], None]] = {
    "tender.close": _close,
    "tender.award": _award,
    "award.publicity_ends": _publicity_ends,
    "award.confirm": _confirm,
}
