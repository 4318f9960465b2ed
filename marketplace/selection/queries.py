"""Reading commitments, draws and the installed methods."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Select, String, cast, exists, select

from marketplace.kernel.context import Ctx
from marketplace.selection.errors import DrawNotFound, MethodUnknown
from marketplace.selection.models import Commitment, Draw, DrawPlan, Entry, Pool, Witness
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


def asks(ctx: Ctx, code: str) -> str:
    """What a method needs of people after the opening: scores, comparison, or nothing. It says so by `asks`."""
    return str(getattr(method(ctx, code), "asks", ""))


def methods(ctx: Ctx) -> list[SelectionMethod]:
    """All installed methods, for menus."""
    return list(ctx.plugins["selection_methods"].values())


def commitments(ctx: Ctx, tender_id: str) -> dict[str, str]:
    """Published commitments of a tender: keeper → SHA-256 hex; empty where the method needs no chance."""
    return {keeper: row.digest for keeper, row in commitment_rows(ctx, tender_id).items()}


def draw_of(ctx: Ctx, number: str) -> Draw:
    """The draw of a tender by its number. Raises DrawNotFound (404)."""
    found = ctx.session.scalar(select(Draw).where(Draw.number == number))
    if found is None:
        raise DrawNotFound(number=number)
    return found


def draw_or_none(ctx: Ctx, tender_id: str) -> Draw | None:
    """The draw of a tender, or None when none was held."""
    return ctx.session.scalar(select(Draw).where(Draw.tender_id == tender_id))


def commitment_rows(ctx: Ctx, tender_id: str) -> dict[str, Commitment]:
    """The commitments of a tender by keeper."""
    wanted = select(Commitment).where(Commitment.tender_id == tender_id).order_by(Commitment.keeper)
    return {row.keeper: row for row in ctx.session.scalars(wanted)}


def plan(ctx: Ctx, tender_id: str) -> DrawPlan | None:
    """What the notice says about its draw, or None for a tender that needs none."""
    return ctx.session.get(DrawPlan, tender_id)


def pool_or_none(ctx: Ctx, number: str) -> Pool | None:
    """The frozen pool of a tender by its number, or None before it is frozen."""
    return ctx.session.scalar(select(Pool).where(Pool.number == number))


def entries(ctx: Ctx, tender_id: str) -> list[Entry]:
    """What was revealed or entered for a draw, oldest first."""
    return list(ctx.session.scalars(select(Entry).where(Entry.tender_id == tender_id).order_by(Entry.id)))


def witnesses(ctx: Ctx, tender_id: str) -> list[Witness]:
    """The witnesses of a draw in the order in which they were named."""
    return list(ctx.session.scalars(select(Witness).where(Witness.tender_id == tender_id).order_by(Witness.id)))


def seeds_owed_by(keepers: Iterable[str], now: datetime) -> Select[Pool]:
    """Frozen pools whose draw waits for the seed of one of these keepers and whose time is not over."""
    drawn = exists().where(Draw.tender_id == Pool.tender_id)
    revealed = exists().where(Entry.tender_id == Pool.tender_id, Entry.source == Commitment.keeper)
    waiting = select(Pool.tender_id).join(Commitment, Commitment.tender_id == Pool.tender_id)
    owed = (Pool.reveal_due_at > now, Commitment.keeper.in_(sorted(keepers)), ~drawn, ~revealed)
    return select(Pool).where(Pool.tender_id.in_(waiting.where(*owed)))


def numbers_owed(now: datetime) -> Select[Pool]:
    """Frozen pools whose draw waits for public numbers and whose time is not over."""
    drawn = exists().where(Draw.tender_id == Pool.tender_id)
    planned = select(DrawPlan.tender_id).where(cast(DrawPlan.sources, String) != "[]")
    return select(Pool).where(Pool.reveal_due_at > now, ~drawn, Pool.tender_id.in_(planned))
