"""Reading statements, our movements beside them, breaks and days."""

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, datetime, timedelta
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    SQLColumnExpression,
    String,
    and_,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy.orm import aliased

from marketplace.collection.models import Collection, Refund, UnallocatedReceipt
from marketplace.identity.models import Login
from marketplace.kernel.clock import at_shanghai, shanghai_date
from marketplace.kernel.context import Ctx
from marketplace.kernel.events import EventRow
from marketplace.payments.models import PaymentAttempt, PaymentOrder
from marketplace.reconciliation import rules
from marketplace.reconciliation.errors import BreakNotFound, DayNotFound
from marketplace.reconciliation.models import ReconBreak, ReconDay, ReconMatch, Statement, StatementLine
from marketplace.reconciliation.rules import Claim

LOOK_BACK = timedelta(days=31)  # an older movement without a line has its break already
_SENT = ("sending", "accepted", "unknown")
_WITHDRAWALS = ("提现", "转账到银行卡")

PaidOrder = PaymentOrder  # the name under which the trail may speak of it
ClaimRow = tuple[str, str, int, datetime, str, bool]


def claims(account: str) -> list[Select[*ClaimRow]]:
    """Our movements that an account's statement must show: (key, number, amount_fen, at, party, final)."""
    gateway = rules.gateway_of(account)
    if gateway == "bank":
        return [_withdrawals()]
    if account == rules.accounts_of(gateway)[0]:
        return [_paid_out(gateway), _returned(gateway)]
    return [_collected(gateway), _given_back(gateway)]


def _collected(gateway: str) -> Select[*ClaimRow]:
    """What enterprises paid: final once paid, or once it came under a closed number."""
    late = exists().where(UnallocatedReceipt.collection_id == Collection.id)
    final = or_(Collection.state == "paid", late)
    return select(
        _key("collection", Collection.id, "pay").label("key"),
        Collection.number.label("number"),
        Collection.amount_fen.label("amount_fen"),
        func.coalesce(Collection.paid_at, Collection.made_at).label("at"),
        literal("", String).label("party"),
        final.label("final"),
    ).where(Collection.gateway == gateway)


def _given_back(gateway: str) -> Select[*ClaimRow]:
    """What went back to them, under the refund's own number."""
    return select(
        _key("refund", Refund.id, "pay").label("key"),
        Refund.number.label("number"),
        (-Refund.amount_fen).label("amount_fen"),
        func.coalesce(Refund.finished_at, Refund.made_at).label("at"),
        literal("", String).label("party"),
        (Refund.state == "refunded").label("final"),
    ).where(Refund.gateway == gateway)


def trades_that_tell(statement_id: str, gateway: str) -> Select[str, str, int, str, datetime, str]:
    """Lines about collections that are not paid here: (collection, number, amount_fen, line_id, at, kind)."""
    return (
        select(
            Collection.id,
            Collection.number,
            StatementLine.amount_fen,
            StatementLine.line_id,
            StatementLine.at,
            StatementLine.kind,
        )
        .join(Collection, Collection.number == StatementLine.number)
        .where(
            StatementLine.statement_id == statement_id,
            StatementLine.amount_fen > 0,
            Collection.gateway == gateway,
            Collection.state != "paid",
        )
        .order_by(StatementLine.seq)
    )


def _key(kind: str, id: SQLColumnExpression[str], what: str) -> ColumnElement[str]:
    return literal(f"{kind}/", String) + id + literal(f"/{what}", String)


def _paid_out(gateway: str) -> Select[*ClaimRow]:
    final = PaymentOrder.state.in_(("paid", "returned"))
    at = func.coalesce(PaymentOrder.finished_at, PaymentOrder.prepared_at)
    return select(
        _key("order", PaymentOrder.id, "pay").label("key"),
        PaymentOrder.number.label("number"),
        (-PaymentOrder.amount_fen).label("amount_fen"),
        at.label("at"),
        func.coalesce(PaymentOrder.payee_name, "").label("party"),
        final.label("final"),
    ).where(PaymentOrder.gateway == gateway, or_(final, PaymentOrder.state.in_((*_SENT, "refused"))))


def _returned(gateway: str) -> Select[*ClaimRow]:
    at = func.coalesce(PaymentOrder.finished_at, PaymentOrder.prepared_at)
    return select(
        _key("order", PaymentOrder.id, "return").label("key"),
        PaymentOrder.number.label("number"),
        PaymentOrder.amount_fen.label("amount_fen"),
        at.label("at"),
        func.coalesce(PaymentOrder.payee_name, "").label("party"),
        true().label("final"),
    ).where(PaymentOrder.gateway == gateway, PaymentOrder.state == "returned")


def _withdrawals() -> Select[*ClaimRow]:
    """What left a provider's account for the bank: the second match asks the bank whether it came."""
    return select(
        _key("line", StatementLine.statement_id + "/" + cast(StatementLine.seq, String), "bank").label("key"),
        StatementLine.line_id.label("number"),
        (-StatementLine.amount_fen).label("amount_fen"),
        StatementLine.at.label("at"),
        StatementLine.party.label("party"),
        true().label("final"),
    ).where(StatementLine.kind.in_(_WITHDRAWALS))


def unmatched_claims(ctx: Ctx, account: str, day: date) -> Iterator[Claim]:
    """Final movements up to the end of a day that no line proves, of the last month and since the first statement."""
    until = rules.ends_at(day)
    since = max(until - LOOK_BACK, rules.ends_at(first_day(ctx, account) - timedelta(days=1)))
    for source in claims(account):
        part = source.subquery()
        free = ~exists().where(ReconMatch.claim == part.c.key)
        wanted = select(part).where(part.c.final, part.c.at >= since, part.c.at < until, free).order_by(part.c.key)
        for row in ctx.session.execute(wanted.execution_options(yield_per=2000)):
            yield Claim(*row)


def claims_named(ctx: Ctx, account: str, numbers: AbstractSet[str]) -> dict[str, list[Claim]]:
    """Our movements by number, final or not."""
    found: dict[str, list[Claim]] = {number: [] for number in numbers}
    for source in claims(account):
        part = source.subquery()
        for row in ctx.session.execute(select(part).where(part.c.number.in_([n for n in numbers if n]))):
            found[row.number].append(Claim(*row))
    return found


def matched_claims(ctx: Ctx, keys: Iterable[str]) -> set[str]:
    """Those of the movements that a line proves."""
    rest, found = iter(keys), set[str]()
    while part := list(islice(rest, 500)):
        found.update(ctx.session.scalars(select(ReconMatch.claim).where(ReconMatch.claim.in_(part))))
    return found


def unmatched_lines(
    statement_id: str, *, after: int = 0, numbers: AbstractSet[str] | None = None
) -> Select[StatementLine]:
    """Lines of a statement that no pass has matched, in their order. after: a seq; numbers: only lines under these."""
    free = ~exists().where(ReconMatch.statement_id == StatementLine.statement_id, ReconMatch.seq == StatementLine.seq)
    wanted = select(StatementLine).where(StatementLine.statement_id == statement_id, StatementLine.seq > after, free)
    if numbers is not None:
        wanted = wanted.where(StatementLine.number.in_(numbers))
    return wanted.order_by(StatementLine.seq)


def lines_that_tell(statement_id: str, gateway: str) -> Select[str, str, str, int, str, datetime, str]:
    """Lines that settle an order whose fate was open, or show one coming back: (order, number, state, …)."""
    went = and_(PaymentOrder.state.in_(_SENT), StatementLine.amount_fen == -PaymentOrder.amount_fen)
    out = aliased(StatementLine)
    was_out = exists().where(out.number == PaymentOrder.number, out.amount_fen == -PaymentOrder.amount_fen)
    came = and_(PaymentOrder.state == "paid", StatementLine.amount_fen == PaymentOrder.amount_fen, was_out)
    return (
        select(
            PaymentOrder.id,
            PaymentOrder.number,
            PaymentOrder.state,
            StatementLine.amount_fen,
            StatementLine.line_id,
            StatementLine.at,
            StatementLine.kind,
        )
        .join(PaymentOrder, PaymentOrder.number == StatementLine.number)
        .where(StatementLine.statement_id == statement_id, PaymentOrder.gateway == gateway, or_(went, came))
        .order_by(StatementLine.seq)
    )


def undecided(gateway: str) -> Select[str, datetime, datetime]:
    """Orders whose fate is open and that no line names: (order, first exchange, last exchange)."""
    named = exists().where(StatementLine.number == PaymentOrder.number)
    return (
        select(PaymentOrder.id, func.min(PaymentAttempt.started_at), func.max(PaymentAttempt.started_at))
        .join(PaymentAttempt, PaymentAttempt.order_id == PaymentOrder.id)
        .where(PaymentOrder.gateway == gateway, PaymentOrder.state == "unknown", ~named, PaymentAttempt.what == "send")
        .group_by(PaymentOrder.id)
    )


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


def statement(ctx: Ctx, statement_id: str) -> Statement:
    """One statement. Raises DayNotFound."""
    found = ctx.session.get(Statement, statement_id)
    if found is None:
        raise DayNotFound
    return found


def last_closing_fen(ctx: Ctx, account: str, day: date) -> int | None:
    """Closing balance of the latest statement before a day."""
    wanted = select(Statement.closing_fen).where(Statement.account == account, Statement.day < day)
    alive = wanted.where(Statement.superseded_at.is_(None), Statement.closing_fen.is_not(None))
    return ctx.session.scalar(alive.order_by(Statement.day.desc()).limit(1))


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


def counts(ctx: Ctx, day: ReconDay) -> dict[str, int]:
    """How a day stands: lines, matched lines, open breaks."""
    matched = select(func.count(func.distinct(ReconMatch.seq))).where(ReconMatch.statement_id == day.statement_id)
    open_ = select(func.count()).select_from(ReconBreak)
    open_ = open_.where(ReconBreak.account == day.account, ReconBreak.day == day.day, ReconBreak.state.in_(rules.OPEN))
    return {
        "lines": statement(ctx, day.statement_id).line_count,
        "matched": ctx.session.scalar(matched) or 0,
        "breaks": ctx.session.scalar(open_) or 0,
    }


def digest(ctx: Ctx, statement_id: str) -> str:
    """What a seal covers: every line and every match of a statement, hashed in their order."""
    summed = sha256(statement_id.encode())
    columns = (StatementLine.seq, StatementLine.line_id, StatementLine.number, StatementLine.amount_fen)
    lines = select(*columns).where(StatementLine.statement_id == statement_id).order_by(StatementLine.seq)
    pairs = select(ReconMatch.seq, ReconMatch.claim, ReconMatch.by_pass).where(ReconMatch.statement_id == statement_id)
    for wanted in (lines, pairs.order_by(ReconMatch.seq, ReconMatch.claim)):
        for row in ctx.session.execute(wanted.execution_options(yield_per=5000)):
            summed.update("\x1f".join(map(str, row)).encode() + b"\n")
    return summed.hexdigest()


def broken_seals(ctx: Ctx) -> list[ReconDay]:
    """Closed days whose lines or matches are not what was sealed."""
    closed = ctx.session.scalars(select(ReconDay).where(ReconDay.state == "closed").order_by(ReconDay.day)).all()
    return [day for day in closed if digest(ctx, day.statement_id) != day.digest]


def match_of(ctx: Ctx, claim: str) -> tuple[ReconMatch, StatementLine] | None:
    """The line that proves one of our movements."""
    wanted = select(ReconMatch, StatementLine).join(
        StatementLine, and_(StatementLine.statement_id == ReconMatch.statement_id, StatementLine.seq == ReconMatch.seq)
    )
    found = ctx.session.execute(wanted.where(ReconMatch.claim == claim).limit(1)).one_or_none()
    return (found[0], found[1]) if found else None


def steps(ctx: Ctx, subject: str) -> Sequence[EventRow]:
    """Everything on the record about a day or a break, oldest first."""
    return ctx.session.scalars(select(EventRow).where(EventRow.subject == subject).order_by(EventRow.id)).all()


def clerk(ctx: Ctx, username: str) -> str | None:
    """The login id of a user name."""
    return ctx.session.scalar(select(Login.id).where(Login.username == username))


def folder(ctx: Ctx) -> Path:
    """Where statement files are kept."""
    return Path(str(ctx.settings["MARKETPLACE_FILES"])) / "statements"


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


def claims_of_line(ctx: Ctx, statement_id: str, seq: int) -> Sequence[str]:
    """What a line proves: e.g. "order/<id>/pay"."""
    wanted = select(ReconMatch.claim).where(ReconMatch.statement_id == statement_id, ReconMatch.seq == seq)
    return ctx.session.scalars(wanted.order_by(ReconMatch.claim)).all()
