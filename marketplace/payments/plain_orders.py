"""How orders stand on their way, as plain rows: many read and held by one statement, many written by one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, cast

from sqlalchemy import BindParameter, ColumnElement, Table, bindparam, or_, select, update

from marketplace.kernel.context import Ctx
from marketplace.kernel.quick import Quick
from marketplace.payments import rules
from marketplace.payments.models import PaymentOrder


@dataclass(slots=True)
class PlainOrder:
    """What paying needs of an order; see PaymentOrder for what the columns mean."""

    id: str
    number: str
    amount_fen: int
    encumbrance_id: str
    gateway: str
    payload: str | None
    digest: str | None
    state: str
    fence: int
    lease_until: datetime | None
    next_action_at: datetime | None
    next_what: str
    sends: int
    tries: int
    resend_allowed: bool
    attention: bool
    last_code: str
    provider_ids: dict[str, Any]
    live_key: str | None
    finished_at: datetime | None


Order = PaymentOrder | PlainOrder
_ORDERS = cast("Table", PaymentOrder.__table__)
_NAMES = tuple(item.name for item in fields(PlainOrder))
_ids: BindParameter[Any] = bindparam("ids", expanding=True)
# In one order, so that two workers never wait for each other.
_NAMED = select(*(_ORDERS.c[name] for name in _NAMES)).where(_ORDERS.c.id.in_(_ids)).order_by(_ORDERS.c.id)
_HELD = _NAMED.with_for_update()
_CLAIMED = ("state", "fence", "lease_until", "next_what", "sends", "resend_allowed")
_RECORDED = (
    "state", "lease_until", "next_action_at", "next_what", "sends", "tries", "attention", "last_code", "provider_ids",
    "live_key", "finished_at",
)  # fmt: skip


def is_free(now: datetime | BindParameter[datetime]) -> tuple[ColumnElement[bool], ...]:
    """Open orders that want an exchange and that no worker holds."""
    leased = _ORDERS.c.lease_until
    return (
        _ORDERS.c.state.in_(rules.OPEN),
        _ORDERS.c.next_action_at <= now,
        or_(leased.is_(None), leased <= now),
    )


_FREE = _NAMED.where(*is_free(bindparam("now", type_=_ORDERS.c.lease_until.type))).with_for_update(skip_locked=True)


def free(ctx: Ctx, order_ids: Sequence[str]) -> list[PlainOrder]:
    """Those of the orders that are due and that nobody has, held until commit; nobody is waited for."""
    rows = ctx.session.connection().execute(_FREE, {"ids": list(order_ids), "now": ctx.now})
    return [PlainOrder(*row) for row in rows]


def held(ctx: Ctx, order_ids: Iterable[str]) -> dict[str, PlainOrder]:
    """Orders by id, held until commit."""
    rows = ctx.session.connection().execute(_HELD, {"ids": list(order_ids)})
    return {row.id: PlainOrder(*row) for row in rows}


def _write(names: Sequence[str]) -> Quick:
    changed = update(_ORDERS).where(_ORDERS.c.id == bindparam("order"))
    return Quick(changed.values({name: bindparam(f"new_{name}", type_=_ORDERS.c[name].type) for name in names}))


_WRITE_CLAIMED, _WRITE_RECORDED = _write(_CLAIMED), _write(_RECORDED)


def write_claimed(ctx: Ctx, rows: Iterable[PlainOrder]) -> None:
    """Write fence, lease and what is to be assumed until the outcome is known."""
    _write_all(ctx, _WRITE_CLAIMED, _CLAIMED, rows)


def write_recorded(ctx: Ctx, rows: Iterable[PlainOrder]) -> None:
    """Write what an outcome changed; the fence is not among it, only a claim moves that."""
    _write_all(ctx, _WRITE_RECORDED, _RECORDED, rows)


def _write_all(ctx: Ctx, statement: Quick, names: Sequence[str], rows: Iterable[PlainOrder]) -> None:
    given = [{"order": row.id, **{f"new_{name}": getattr(row, name) for name in names}} for row in rows]
    statement.write_all(ctx.session, given)
