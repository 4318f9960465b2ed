"""Reading buyers and their delegates."""

from sqlalchemy import Select, select

from marketplace.buyers import rules
from marketplace.buyers.errors import BuyerNotFound, DelegateNotFound
from marketplace.buyers.models import Buyer, Delegate
from marketplace.identity import queries as identity
from marketplace.kernel.context import Ctx


def buyer(ctx: Ctx, id: str) -> Buyer:
    """One buyer by its organisation's id. Raises BuyerNotFound."""
    found = ctx.session.get(Buyer, id)
    if found is None:
        raise BuyerNotFound
    return found


def own_buyer(ctx: Ctx) -> Buyer:
    """The buyer for which the actor acts. Raises BuyerNotFound."""
    return buyer(ctx, ctx.actor.organisation_id or "")


def by_uscc(ctx: Ctx, uscc: str, kind: str) -> Buyer | None:
    """The buyer with this canonical code, if any."""
    return ctx.session.scalar(select(Buyer).where(Buyer.uscc == uscc, Buyer.kind == kind))


def buyers(kind: str | None = None) -> Select[Buyer]:
    """All buyers, or those of one kind, for paging by id."""
    return select(Buyer).where(Buyer.kind == kind) if kind else select(Buyer)


def phone(ctx: Ctx, row: Buyer) -> str:
    """The telephone number in plain: for the buyer itself and its partners, never for the public."""
    return ctx.keys.decrypt(row.phone_sealed).decode()


def delegates(buyer_id: str) -> Select[Delegate]:
    """Everybody a buyer has delegated, for paging by id."""
    return select(Delegate).where(Delegate.buyer_id == buyer_id)


def acting_delegates(ctx: Ctx, buyer_id: str) -> list[Delegate]:
    """Those who may act now, oldest first."""
    rows = ctx.session.scalars(delegates(buyer_id).where(Delegate.ended_at.is_(None)).order_by(Delegate.id))
    return [row for row in rows if rules.acts(row.valid_until, row.ended_at, ctx.now)]


def delegate(ctx: Ctx, buyer_id: str, id: str) -> Delegate:
    """One delegate of a buyer. Raises DelegateNotFound, also for another buyer's."""
    found = ctx.session.get(Delegate, id)
    if found is None or found.buyer_id != buyer_id:
        raise DelegateNotFound
    return found


def roles(ctx: Ctx, login_id: str, buyer_id: str) -> set[str]:
    """The roles a delegate's login still holds with the buyer."""
    return {row.role for row in identity.memberships(ctx, login_id) if row.organisation_id == buyer_id}
