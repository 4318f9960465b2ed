"""Reading commitments, draws and the installed methods."""

from sqlalchemy import select

from marketplace.kernel.context import Ctx
from marketplace.selection.errors import DrawNotFound, MethodUnknown
from marketplace.selection.models import Commitment, Draw
from marketplace.selection.ports import SelectionMethod


def method(ctx: Ctx, code: str) -> SelectionMethod:
    """The installed method of that code. Raises MethodUnknown (422)."""
    found: SelectionMethod | None = ctx.plugins["selection_methods"].get(code)
    if found is None:
        raise MethodUnknown(method=code, field="method")
    return found


def is_live(ctx: Ctx, code: str) -> bool:
    """Whether bidders go on quoting in a room after the opening; a method says so by `live = True`."""
    return bool(getattr(method(ctx, code), "live", False))


def methods(ctx: Ctx) -> list[SelectionMethod]:
    """All installed methods, for menus."""
    return list(ctx.plugins["selection_methods"].values())


def commitments(ctx: Ctx, tender_id: str) -> dict[str, str]:
    """Published commitments of a tender: keeper → SHA-256 hex; empty where the method needs no chance."""
    wanted = select(Commitment).where(Commitment.tender_id == tender_id).order_by(Commitment.keeper)
    return {row.keeper: row.digest for row in ctx.session.scalars(wanted)}


def draw_of(ctx: Ctx, number: str) -> Draw:
    """The draw of a tender by its number. Raises DrawNotFound (404)."""
    found = ctx.session.scalar(select(Draw).where(Draw.number == number))
    if found is None:
        raise DrawNotFound(number=number)
    return found


def draw_or_none(ctx: Ctx, tender_id: str) -> Draw | None:
    """The draw of a tender, or None when none was held."""
    return ctx.session.scalar(select(Draw).where(Draw.tender_id == tender_id))
