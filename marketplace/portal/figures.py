"""How the market does: savings, days from posting to award, satisfaction, newcomers, concentration."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import median

from sqlalchemy import case, func, select

from marketplace.agencies.models import Agency
from marketplace.credit.models import Review
from marketplace.kernel.context import Ctx
from marketplace.tenders.models import Award, Tender

WHOLE_BP = 10_000
BAR_PIXELS = 480
LATEST = 5_000
NEWCOMER = timedelta(days=365)
LARGEST = 4
SATISFIED_FROM = 4


@dataclass(frozen=True, slots=True)
class Saving:
    """One selection method: amounts in fen, the saving as text, the bar's length in pixels."""

    method: str
    awards: int
    ceiling_fen: int
    price_fen: int
    percent: str
    bar: int


@dataclass(frozen=True, slots=True)
class Row:
    """One measure: its name, a text with {n}, the number as text (None without data) and how it is computed."""

    name: str
    text: str
    number: str | None
    method: str


@dataclass(frozen=True, slots=True)
class Report:
    """All figures of the page."""

    savings: Sequence[Saving]
    rows: Sequence[Row]


def percent(bp: int) -> str:
    """Basis points as a percentage with two decimals."""
    return f"{bp / 100:.2f}%"


def share_bp(part: int, whole: int) -> int | None:
    """A share in basis points; None of nothing."""
    return part * WHOLE_BP // whole if whole else None


def report(ctx: Ctx) -> Report:
    """Everything on the page, from confirmed awards and reviews."""
    return Report(savings(ctx), [_days(ctx), _satisfaction(ctx), _newcomers(ctx), _largest(ctx)])


def saving_bp(ctx: Ctx) -> int | None:
    """What competition saved, in basis points of the ceilings; None before the first award."""
    rows = [row for row in savings(ctx) if row.method != "direct"]
    ceiling = sum(row.ceiling_fen for row in rows)
    return share_bp(ceiling - sum(row.price_fen for row in rows), ceiling)


def savings(ctx: Ctx) -> list[Saving]:
    """Ceilings against award prices, by selection method."""
    sums = (Tender.method, func.count(), func.sum(Tender.ceiling_fen), func.sum(Award.price_fen))
    query = (
        select(*sums)
        .join_from(Tender, Award, Award.tender_id == Tender.id)
        .where(Award.live.is_(True), Award.confirmed_at.is_not(None))
    )
    return [_saving(*row) for row in ctx.session.execute(query.group_by(Tender.method).order_by(Tender.method))]


def _saving(method: str, awards: int, ceiling_fen: int, price_fen: int) -> Saving:
    saved = share_bp(int(ceiling_fen) - int(price_fen), int(ceiling_fen)) or 0
    return Saving(
        method, awards, int(ceiling_fen), int(price_fen), percent(saved), max(0, saved * BAR_PIXELS // WHOLE_BP)
    )


def _days(ctx: Ctx) -> Row:
    moments = select(Tender.published_at, Award.confirmed_at).join(Award, Award.tender_id == Tender.id)
    latest = (
        moments.where(Award.live.is_(True), Award.confirmed_at.is_not(None))
        .order_by(Award.confirmed_at.desc())
        .limit(LATEST)
    )
    spans = [(done - posted) / timedelta(days=1) for posted, done in ctx.session.execute(latest) if posted and done]
    number = f"{median(spans):.1f}" if spans else None
    return Row("从发布到中选的天数", "{n} 天", number, "公告发布到确认中选的自然日，取中位数")


def _satisfaction(ctx: Ctx) -> Row:
    dimensions = Review.quality + Review.time + Review.attitude + Review.charge + Review.conformity
    good = func.sum(case((dimensions >= SATISFIED_FROM * 5, 1), else_=0))
    count, satisfied = ctx.session.execute(select(func.count(), func.coalesce(good, 0)).select_from(Review)).one()
    return Row("业主满意率", "{n}", _percent(int(satisfied), count), "五项评价平均不低于四星的评价占全部评价的比例")


def _newcomers(ctx: Ctx) -> Row:
    entered = select(Agency.entered_at, Award.confirmed_at).join(Award, Award.agency_id == Agency.id)
    latest = (
        entered.where(Award.live.is_(True), Award.confirmed_at.is_not(None))
        .order_by(Award.confirmed_at.desc())
        .limit(LATEST)
    )
    fresh = [done - start <= NEWCOMER for start, done in ctx.session.execute(latest) if done]
    return Row("新机构中选占比", "{n}", _percent(sum(fresh), len(fresh)), "入驻不满一年的机构中选数占全部中选数的比例")


def _largest(ctx: Ctx) -> Row:
    total = func.sum(Award.price_fen)
    by_agency = select(total).where(Award.live.is_(True), Award.confirmed_at.is_not(None)).group_by(Award.agency_id)
    largest = [int(fen) for fen in ctx.session.scalars(by_agency.order_by(total.desc()).limit(LARGEST))]
    whole = ctx.session.scalar(
        select(func.coalesce(total, 0)).where(Award.live.is_(True), Award.confirmed_at.is_not(None))
    )
    return Row(
        "前四家机构的份额", "{n}", _percent(sum(largest), int(whole or 0)), "中选金额最大的四家机构占全部中选金额的比例"
    )


def _percent(part: int, whole: int) -> str | None:
    bp = share_bp(part, whole)
    return None if bp is None else percent(bp)
