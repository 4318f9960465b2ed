"""Which of many agencies may bid: those without a bar by one statement, the reasons only for the others."""

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import BindParameter, ColumnElement, and_, bindparam, exists, or_, select

from marketplace.agencies import queries, rules
from marketplace.agencies.models import Agency, Qualification, ServiceScope, Suspension
from marketplace.agencies.rules import Bar
from marketplace.catalogue.models import CatalogueItem
from marketplace.kernel.base import Instant
from marketplace.kernel.clock import shanghai_date
from marketplace.kernel.context import Ctx

CHUNK = 400

_ITEM: BindParameter[str] = bindparam("item")
_DAY: BindParameter[date] = bindparam("day")
NOW = bindparam("now", type_=Instant)


def is_fit(item: ColumnElement[str], day: ColumnElement[date]) -> ColumnElement[bool]:
    """In a statement over agencies: whether one may bid for an item that closes on a day in Shanghai, asked at NOW."""
    held = exists().where(ServiceScope.agency_id == Agency.id, ServiceScope.item_code == item)
    stopped = exists().where(
        Suspension.agency_id == Agency.id,
        or_(Suspension.reach == rules.EVERYTHING, Suspension.reach == item),
        Suspension.lifted_at.is_(None),
        Suspension.starts_at <= NOW,
        or_(Suspension.until.is_(None), Suspension.until > NOW),
    )
    modes = (CatalogueItem.qualification_mode == mode for mode in sorted(rules.STATUTORY_MODES))
    demanding = exists().where(CatalogueItem.code == item, or_(*modes))
    valid = exists().where(
        Qualification.agency_id == Agency.id,
        Qualification.item_code == item,
        Qualification.valid_from <= day,
        or_(Qualification.valid_to.is_(None), Qualification.valid_to >= day),
    )
    return and_(Agency.standing == "active", held, ~stopped, or_(~demanding, valid))


# Built once: it is asked at every closing.
_FIT = select(Agency.id).where(Agency.id.in_(bindparam("ids", expanding=True)), is_fit(_ITEM, _DAY))


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
