"""The public home: six figures, the newest notices tab by tab, and the agencies with the best grades."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from marketplace.agencies.models import Agency
from marketplace.contracts.models import Contract
from marketplace.kernel.context import Ctx
from marketplace.portal.figures import percent, saving_bp
from marketplace.tenders.models import Award, Tender

NEWEST = 10
IN_FORCE = ("active", "complete")


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a list: where it leads (below the market's root), its words, its moment and what the moment means."""

    path: str
    title: str
    at: datetime | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab of the home page."""

    key: str
    title: str
    path: str
    lines: Callable[[Ctx], Sequence[Line]]


@dataclass(frozen=True, slots=True)
class Strip:
    """The six figures of the home page."""

    agencies: int
    tenders: int
    open: int
    awards: int
    contracted_fen: int
    saving: str


def strip(ctx: Ctx) -> Strip:
    """The six figures, in one statement."""
    published = select(func.count()).select_from(Tender).where(Tender.published_at.is_not(None))
    one = select(
        select(func.count()).select_from(Agency).where(Agency.standing == "active").scalar_subquery(),
        published.scalar_subquery(),
        published.where(Tender.stage == "open", Tender.closes_at > ctx.now).scalar_subquery(),
        select(func.count())
        .select_from(Award)
        .where(Award.live.is_(True), Award.confirmed_at.is_not(None))
        .scalar_subquery(),
        select(func.coalesce(func.sum(Contract.amount_fen), 0)).where(Contract.status.in_(IN_FORCE)).scalar_subquery(),
    )
    agencies, tenders, open_now, awards, contracted = ctx.session.execute(one).one()
    saved = saving_bp(ctx)
    return Strip(agencies, tenders, open_now, awards, int(contracted), percent(saved) if saved is not None else "")


def ranking(ctx: Ctx) -> Sequence[Agency]:
    """Active agencies that have a grade, best first."""
    graded = select(Agency).where(Agency.standing == "active", Agency.stars.is_not(None))
    best = graded.order_by(Agency.stars.desc(), Agency.score_points.desc(), Agency.id)
    return list(ctx.session.scalars(best.limit(NEWEST)))


def newest_tenders(ctx: Ctx) -> list[Line]:
    """The newest tender notices."""
    newest = (
        select(Tender).where(Tender.published_at.is_not(None)).order_by(Tender.published_at.desc(), Tender.id.desc())
    )
    return [Line(f"tenders/{t.number}", t.title, t.published_at) for t in ctx.session.scalars(newest.limit(NEWEST))]


def in_publicity(ctx: Ctx) -> list[Line]:
    """Awards whose objection window is open."""
    pending = (
        select(Award, Tender)
        .join(Tender, Tender.id == Award.tender_id)
        .where(Award.live.is_(True), Award.confirmed_at.is_(None))
    )
    newest = pending.order_by(Award.awarded_at.desc(), Award.id.desc()).limit(NEWEST)
    return [Line(f"awards/{t.number}", t.title, a.awarded_at) for a, t in ctx.session.execute(newest)]


def confirmed(ctx: Ctx) -> list[Line]:
    """The newest confirmed awards."""
    final = (
        select(Award, Tender)
        .join(Tender, Tender.id == Award.tender_id)
        .where(Award.live.is_(True), Award.confirmed_at.is_not(None))
    )
    newest = final.order_by(Award.confirmed_at.desc(), Award.id.desc()).limit(NEWEST)
    return [Line(f"awards/{t.number}", t.title, a.confirmed_at) for a, t in ctx.session.execute(newest)]


def filed_contracts(ctx: Ctx) -> list[Line]:
    """The newest contracts in force."""
    filed = select(Contract).where(Contract.status.in_(IN_FORCE), Contract.signed_at.is_not(None))
    newest = filed.order_by(Contract.signed_at.desc(), Contract.id.desc()).limit(NEWEST)
    return [Line(f"contracts/{c.number}", c.title, c.signed_at) for c in ctx.session.scalars(newest)]


TABS = (
    Tab("tenders", "采购公告", "tenders", newest_tenders),
    Tab("publicity", "中选公示", "publicity", in_publicity),
    Tab("awards", "中选公告", "awards", confirmed),
    Tab("contracts", "合同公示", "contracts", filed_contracts),
)


def tab(key: str) -> Tab:
    """The tab of that key; the first one for anything else."""
    return next((tab for tab in TABS if tab.key == key), TABS[0])
