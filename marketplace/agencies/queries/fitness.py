"""Which of many agencies may bid: those without a bar by one statement, the reasons only for the others."""

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import BindParameter, and_, bindparam, exists, or_, select

from marketplace.agencies import queries, rules
from marketplace.agencies.models import Agency, Qualification, ServiceScope, Suspension
from marketplace.agencies.rules import Bar
from marketplace.catalogue.models import CatalogueItem
from marketplace.kernel.base import Instant
from marketplace.kernel.clock import shanghai_date
from marketplace.kernel.context import Ctx

CHUNK = 400

_item: BindParameter[str] = bindparam("item")
_now = bindparam("now", type_=Instant)
_day: BindParameter[date] = bindparam("day")
_held = exists().where(ServiceScope.agency_id == Agency.id, ServiceScope.item_code == _item)
_stopped = exists().where(
    Suspension.agency_id == Agency.id,
    Suspension.reach.in_([rules.EVERYTHING, _item]),
    Suspension.lifted_at.is_(None),
    Suspension.starts_at <= _now,
    or_(Suspension.until.is_(None), Suspension.until > _now),
)
_demanding = exists().where(
    CatalogueItem.code == _item, CatalogueItem.qualification_mode.in_(sorted(rules.STATUTORY_MODES))
)
_valid = exists().where(
    Qualification.agency_id == Agency.id,
    Qualification.item_code == _item,
    Qualification.valid_from <= _day,
    or_(Qualification.valid_to.is_(None), Qualification.valid_to >= _day),
)
# Built once: it is asked for every bid.
_FIT = select(Agency.id).where(
    Agency.id.in_(bindparam("ids", expanding=True)),
    and_(Agency.standing == "active", _held, ~_stopped, or_(~_demanding, _valid)),
)


def fit(ctx: Ctx, agency_ids: Iterable[str], item_code: str, at: datetime) -> set[str]:
    """Those of the agencies that may bid for an item that closes at `at`: the set-wise form of `queries.bars`."""
    asked = list(dict.fromkeys(agency_ids))
    known = {"item": item_code, "now": ctx.now, "day": shanghai_date(at)}
    chunks = [asked[start : start + CHUNK] for start in range(0, len(asked), CHUNK)]
    return {id for chunk in chunks for id in ctx.session.scalars(_FIT, {**known, "ids": chunk})}


def bars_many(ctx: Ctx, agency_ids: Iterable[str], item_code: str, at: datetime) -> dict[str, list[Bar]]:
    """Every reason why each agency may not bid, by agency; empty lists for those that may. Raises AgencyNotFound."""
    asked = list(agency_ids)
    good = fit(ctx, asked, item_code, at)
    return {id: [] if id in good else queries.bars(ctx, id, item_code, at) for id in asked}
