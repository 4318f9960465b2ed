"""Why an agency may not bid in a tender: asked before bidding, at bidding, and for all bidders at closing."""

from collections.abc import Iterable

from sqlalchemy import bindparam, select

from marketplace.agencies.models import Agency
from marketplace.agencies.queries import fitness
from marketplace.agencies.rules import Bar
from marketplace.kernel.context import Ctx
from marketplace.tenders.models import Tender

CHUNK = 400

_CODES = select(Agency.id, Agency.uscc).where(
    Agency.id.in_(bindparam("ids", expanding=True)), Agency.uscc.in_(bindparam("codes", expanding=True))
)


def eligibility(ctx: Ctx, found: Tender, agency_id: str) -> list[Bar]:
    """Every reason why the agency may not bid in this tender; empty means that it may. Raises AgencyNotFound."""
    return eligibility_many(ctx, found, [agency_id])[agency_id]


def eligibility_many(ctx: Ctx, found: Tender, agency_ids: Iterable[str]) -> dict[str, list[Bar]]:
    """The same for many agencies by a few statements: the bars of each by its id. Raises AgencyNotFound."""
    asked = list(dict.fromkeys(agency_ids))
    bars = fitness.bars_many(ctx, asked, found.item_code, found.closes_at or ctx.now)
    for id, bar in _declared(ctx, found, asked):
        bars[id].append(bar)
    if found.direct_agency_id is not None:
        for id in asked:
            if id != found.direct_agency_id:
                bars[id].append(_not_invited())
    return bars


def _declared(ctx: Ctx, found: Tender, asked: list[str]) -> list[tuple[str, Bar]]:
    """Those that the notice itself names: one statement, and none when it names nobody."""
    reasons = {avoided["uscc"]: avoided["reason"] for avoided in found.avoidances}
    if not reasons:
        return []
    chunks = [asked[start : start + CHUNK] for start in range(0, len(asked), CHUNK)]
    named = [row for ids in chunks for row in ctx.session.execute(_CODES, {"ids": ids, "codes": list(reasons)})]
    remedy = "对回避理由有异议的，可向项目业主反映"
    return [
        (id, Bar("tender.avoidance", "公告列明须回避：{reason}", remedy, {"reason": reasons[uscc]}))
        for id, uscc in named
    ]


def _not_invited() -> Bar:
    return Bar("tender.not_invited", "本项目为直接选取，已指定其他机构", "请查看其他正在报名的公告")
