"""Our movements beside the lines of a statement: what each account must show."""

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from datetime import date, datetime, timedelta
from itertools import islice

from sqlalchemy import (
    ColumnElement,
    Select,
    SQLColumnExpression,
    String,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
    true,
)

from marketplace.collection.models import Collection, Refund, UnallocatedReceipt
from marketplace.kernel.context import Ctx
from marketplace.payments.models import PaymentOrder
from marketplace.reconciliation import rules
from marketplace.reconciliation.models import ReconMatch, StatementLine
from marketplace.reconciliation.queries import first_day
from marketplace.reconciliation.rules import Claim

LOOK_BACK = timedelta(days=31)  # an older movement without a line has its break already
SENT = ("sending", "accepted", "unknown")
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
    ).where(PaymentOrder.gateway == gateway, or_(final, PaymentOrder.state.in_((*SENT, "refused"))))


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
