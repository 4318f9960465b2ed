"""Reading days and their breaks."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, select

from marketplace.identity.models import Login
from marketplace.kernel.clock import at_shanghai, shanghai_date
from marketplace.kernel.context import Ctx
from marketplace.kernel.events import EventRow
from marketplace.reconciliation import rules
from marketplace.reconciliation.errors import BreakNotFound, DayNotFound
from marketplace.reconciliation.models import ReconBreak, ReconDay, StatementLine


def day_of(ctx: Ctx, account: str, day: date, *, lock: bool = False) -> ReconDay:
    """One account's day. Raises DayNotFound."""
    wanted = select(ReconDay).where(ReconDay.account == account, ReconDay.day == day)
    if lock:
        wanted = wanted.with_for_update().execution_options(populate_existing=True)
    found = ctx.session.scalar(wanted)
    if found is None:
        raise DayNotFound
    return found


def day_by_id(ctx: Ctx, day_id: str) -> ReconDay:
    """A day by its id. Raises DayNotFound."""
    found = ctx.session.get(ReconDay, day_id)
    if found is None:
        raise DayNotFound
    return found


def days(account: str = "", state: str = "") -> Select[ReconDay]:
    """Days of one account or of all, in a state or in any; key (day, id)."""
    wanted = select(ReconDay)
    if account:
        wanted = wanted.where(ReconDay.account == account)
    return wanted.where(ReconDay.state == state) if state else wanted


def first_day(ctx: Ctx, account: str) -> date:
    """The first day that an account has a statement of."""
    found = ctx.session.scalar(select(func.min(ReconDay.day)).where(ReconDay.account == account))
    assert found is not None
    return found


def missing_days(ctx: Ctx, account: str, since: date, until: date) -> list[date]:
    """Days between two dates, both included, that have no statement although an earlier day has one; oldest first."""
    wanted = select(ReconDay.day).where(ReconDay.account == account, ReconDay.day <= until).order_by(ReconDay.day)
    there = ctx.session.scalars(wanted).all()
    if not there:
        return []
    first = max(since, there[0])
    every = (first + timedelta(days=n) for n in range((until - first).days + 1))
    return [day for day in every if day not in there]


def closed_days(ctx: Ctx, account: str, since: date, until: date) -> int:
    """How many days from `since` to `until`, both included, are closed."""
    wanted = select(func.count()).select_from(ReconDay)
    inside = ReconDay.day.between(since, until)
    return ctx.session.scalar(wanted.where(ReconDay.account == account, ReconDay.state == "closed", inside)) or 0


def open_before(ctx: Ctx, account: str, day: date) -> date | None:
    """The earliest day before this one that is still open."""
    wanted = select(func.min(ReconDay.day)).where(ReconDay.account == account, ReconDay.state == "open")
    return ctx.session.scalar(wanted.where(ReconDay.day < day))


def breaks(*, account: str = "", kind: str = "", states: Sequence[str] = rules.OPEN) -> Select[ReconBreak]:
    """Breaks in some states; key (id,)."""
    wanted = select(ReconBreak).where(ReconBreak.state.in_(states))
    if account:
        wanted = wanted.where(ReconBreak.account == account)
    return wanted.where(ReconBreak.kind == kind) if kind else wanted


def breaks_of(ctx: Ctx, account: str, day: date) -> Sequence[ReconBreak]:
    """Every break of one day, ended or not."""
    wanted = select(ReconBreak).where(ReconBreak.account == account, ReconBreak.day == day)
    return ctx.session.scalars(wanted.order_by(ReconBreak.id)).all()


def break_(ctx: Ctx, break_id: str, *, lock: bool = False) -> ReconBreak:
    """One break. Raises BreakNotFound."""
    found = ctx.session.get(ReconBreak, break_id, with_for_update=lock or None, populate_existing=lock)
    if found is None:
        raise BreakNotFound
    return found


def line_of(ctx: Ctx, found: ReconBreak) -> StatementLine | None:
    """The line that a break is about, if it is about one."""
    if found.statement_id is None:
        return None
    return ctx.session.get(StatementLine, (found.statement_id, found.seq))


def ownerless(ctx: Ctx, account: str, day: date) -> int:
    """Open breaks of a day that nobody answers for."""
    wanted = select(func.count()).select_from(ReconBreak)
    open_ = wanted.where(ReconBreak.account == account, ReconBreak.day <= day, ReconBreak.state == "found")
    return ctx.session.scalar(open_) or 0


def steps(ctx: Ctx, subject: str) -> Sequence[EventRow]:
    """Everything on the record about a day or a break, oldest first."""
    return ctx.session.scalars(select(EventRow).where(EventRow.subject == subject).order_by(EventRow.id)).all()


def clerk(ctx: Ctx, username: str) -> str | None:
    """The login id of a user name."""
    return ctx.session.scalar(select(Login.id).where(Login.username == username))


def accounts(ctx: Ctx) -> list[str]:
    """Accounts that have statements, and those of the configured rails."""
    seen = set(ctx.session.scalars(select(ReconDay.account).distinct()))
    return sorted(seen | {*rules.accounts_of(str(ctx.settings["MARKETPLACE_GATEWAY"])), "bank:main"})


def morning_after(now: datetime, hour: int) -> datetime:
    """The next instant at which a clock in Shanghai shows that hour."""
    today = at_shanghai(shanghai_date(now), hour)
    return today if today > now else today + timedelta(days=1)


def as_dict(day: ReconDay, counted: dict[str, int]) -> dict[str, Any]:
    """A day with its counts, for the doors."""
    fields = ("id", "account", "day", "state", "statement_id", "matched_at", "closed_at", "digest", "reopened")
    return {name: getattr(day, name) for name in fields} | counted
