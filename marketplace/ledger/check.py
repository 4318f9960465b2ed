"""The invariants of the books as a list of functions; `marketplace ledger check` runs them all."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Subquery, and_, func, not_, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from marketplace.kernel.context import Ctx
from marketplace.kernel.money import yuan
from marketplace.ledger import listing, queries
from marketplace.ledger.models import Balance, ClosedYear, LedgerAccount, Posting

SHOWN = 20


@dataclass(frozen=True, slots=True)
class Broken:
    """One violation: which invariant, and the facts that show it."""

    invariant: str
    text: str


Invariant = Callable[[Ctx], list[Broken]]


def sum_is_zero(ctx: Ctx) -> list[Broken]:
    """Every fen credited somewhere was debited somewhere else."""
    total = ctx.session.scalar(select(func.coalesce(func.sum(queries.NET), 0)))
    return [Broken("sum_is_zero", f"全部余额合计为{yuan(int(total or 0))}元，应为零")] if total else []


def balances_equal_postings(ctx: Ctx) -> list[Broken]:
    """The counters are a cache: adding up the postings again gives the same."""
    wrong = ctx.session.execute(listing.rebuilt().limit(SHOWN))
    return [
        Broken("balances_equal_postings", f"账户{id}：借方{d}分，分录合计{dp}分；贷方{c}分，分录合计{cp}分")
        for id, d, dp, c, cp in wrong
    ]


def no_floor_is_broken(ctx: Ctx) -> list[Broken]:
    """No stage account is below zero, and the copied flag is the account's own."""
    wrong = ctx.session.execute(
        select(Balance.account_id, queries.NET)
        .join(LedgerAccount, LedgerAccount.id == Balance.account_id)
        .where(or_(and_(Balance.floor0, queries.NET < 0), Balance.floor0 != LedgerAccount.floor0))
        .order_by(Balance.account_id)
        .limit(SHOWN)
    )
    return [Broken("no_floor_is_broken", f"账户{id}余额{yuan(int(fen))}元，低于零或下限标记不符") for id, fen in wrong]


def postings_have_two_sides(ctx: Ctx) -> list[Broken]:
    """One debit, one credit, two different accounts of one book, a positive amount."""
    wrong = ctx.session.scalars(
        select(Posting.id)
        .where(or_(Posting.amount_fen <= 0, Posting.debit_id == Posting.credit_id))
        .order_by(Posting.id)
        .limit(SHOWN)
    )
    return [Broken("postings_have_two_sides", f"分录{id}借贷不成对或金额不为正") for id in wrong]


def stages_add_up(ctx: Ctx) -> list[Broken]:
    """Per line, the stages together hold exactly what came in from outside: the appropriation."""
    incoming, outgoing = _across(Posting.credit_id, Posting.debit_id), _across(Posting.debit_id, Posting.credit_id)
    held = (
        select(LedgerAccount.root, func.sum(queries.NET).label("fen"))
        .join(Balance, Balance.account_id == LedgerAccount.id)
        .where(LedgerAccount.floor0)
        .group_by(LedgerAccount.root)
        .subquery()
    )
    appropriated = func.coalesce(incoming.c.fen, 0) - func.coalesce(outgoing.c.fen, 0)
    wrong = ctx.session.execute(
        select(held.c.root, held.c.fen, appropriated)
        .outerjoin(incoming, incoming.c.root == held.c.root)
        .outerjoin(outgoing, outgoing.c.root == held.c.root)
        .where(held.c.fen != appropriated)
        .order_by(held.c.root)
        .limit(SHOWN)
    )
    return [
        Broken("stages_add_up", f"{root}：各阶段合计{yuan(int(fen))}元，下达{yuan(int(due))}元")
        for root, fen, due in wrong
    ]


def money_stays_with_its_owner(ctx: Ctx) -> list[Broken]:
    """No posting moves money from one owner's stages to another's without a control account between."""
    return [
        Broken("money_stays_with_its_owner", f"分录{id}把一条指标的资金记到了另一条")
        for id in listing.crossing_postings(ctx, SHOWN)
    ]


def reversals_mirror(ctx: Ctx) -> list[Broken]:
    """A reversal has the sides exchanged and the same amount."""
    first = select(Posting.id, Posting.debit_id, Posting.credit_id, Posting.amount_fen).subquery()
    wrong = ctx.session.scalars(
        select(Posting.id)
        .join(first, first.c.id == Posting.reverses)
        .where(
            not_(
                and_(
                    Posting.debit_id == first.c.credit_id,
                    Posting.credit_id == first.c.debit_id,
                    Posting.amount_fen == first.c.amount_fen,
                )
            )
        )
        .order_by(Posting.id)
        .limit(SHOWN)
    )
    return [Broken("reversals_mirror", f"冲销分录{id}与原分录不对应") for id in wrong]


def clearing_is_empty(ctx: Ctx) -> list[Broken]:
    """Money between two owners passes through a clearing account and does not stay there."""
    return [
        Broken("clearing_is_empty", f"{owner}的过渡账户{kind}余额{yuan(fen)}元，应为零")
        for kind, owner, fen in listing.unbalanced_clearing(ctx, SHOWN)
    ]


def closed_years_are_quiet(ctx: Ctx) -> list[Broken]:
    """Nothing was booked into a year after it was closed."""
    wrong = ctx.session.scalars(
        select(Posting.id)
        .join(LedgerAccount, LedgerAccount.id == Posting.credit_id)
        .join(ClosedYear, and_(ClosedYear.book == LedgerAccount.book, ClosedYear.fiscal_year == Posting.fiscal_year))
        .where(Posting.created_at > ClosedYear.closed_at)
        .order_by(Posting.id)
        .limit(SHOWN)
    )
    return [Broken("closed_years_are_quiet", f"分录{id}记入了已结账的年度") for id in wrong]


INVARIANTS: tuple[Invariant, ...] = (
    sum_is_zero,
    balances_equal_postings,
    no_floor_is_broken,
    postings_have_two_sides,
    stages_add_up,
    money_stays_with_its_owner,
    reversals_mirror,
    clearing_is_empty,
    closed_years_are_quiet,
)


def run(ctx: Ctx) -> list[Broken]:
    """Every violation of every invariant; an empty list means that the books are sound."""
    return [broken for invariant in INVARIANTS for broken in invariant(ctx)]


def _across(inside: InstrumentedAttribute[str], outside: InstrumentedAttribute[str]) -> Subquery:
    """Summed postings per root whose one side is floor-guarded and whose other side is not."""
    near, far = select(LedgerAccount).subquery(), select(LedgerAccount).subquery()
    return (
        select(near.c.root, func.sum(Posting.amount_fen).label("fen"))
        .select_from(Posting)
        .join(near, near.c.id == inside)
        .join(far, far.c.id == outside)
        .where(near.c.floor0, not_(far.c.floor0))
        .group_by(near.c.root)
        .subquery()
    )
