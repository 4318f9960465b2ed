"""Reading what is due and not paid: by milestone, by payer, and for everybody."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, case, exists, func, select
from sqlalchemy.orm import aliased

from marketplace.collection.models import Collection
from marketplace.contracts.models import Contract, Milestone, MilestoneDispute
from marketplace.identity.models import Organisation
from marketplace.kernel.clock import at_shanghai, shanghai_date
from marketplace.kernel.context import Ctx
from marketplace.overdue.models import SmallFirm
from marketplace.payments.models import PaymentLine, PaymentOrder
from marketplace.payments.rules import pay_clock
from marketplace.rulebook.queries import rules_of

SHOWN = 500


@dataclass(frozen=True, slots=True)
class Item:
    """One amount that is due or overdue, in fen."""

    milestone_id: str
    contract_id: str
    contract_number: str
    title: str
    payer_id: str
    payer_name: str
    payer_kind: str
    agency_id: str
    agency_name: str
    size: str  # as the agency declared it, or nothing
    unpaid_fen: int
    disputed_fen: int
    due_on: date
    days_late: int
    interest_fen: int


@dataclass(frozen=True, slots=True)
class Payer:
    """What one payer owes late, summed up."""

    payer_id: str
    name: str
    kind: str
    count: int
    unpaid_fen: int
    interest_fen: int
    longest_days: int


def _unpaid() -> Select[Milestone, Contract, int, int]:
    """Milestones whose money is due and not paid: (milestone, contract, unpaid_fen, disputed_fen).

    What a contract lets the payer keep for a time (质保金) is not due with its milestone, and a penalty is not owed.
    """
    retained = exists().where(PaymentLine.origin_id == PaymentOrder.claim_id, PaymentLine.kind == "retention")
    orders = select(func.coalesce(func.sum(PaymentOrder.amount_fen), 0)).where(
        PaymentOrder.milestone_id == Milestone.id, PaymentOrder.state == "paid", ~retained
    )
    came = select(func.coalesce(func.sum(Collection.amount_fen), 0)).where(
        Collection.milestone_id == Milestone.id, Collection.state == "paid"
    )
    disputed = func.coalesce(
        select(MilestoneDispute.disputed_fen)
        .where(MilestoneDispute.milestone_id == Milestone.id, MilestoneDispute.state.in_(("open", "conceded")))
        .scalar_subquery(),
        0,
    )
    settled = orders.scalar_subquery() + _kept().scalar_subquery()
    paid = case((Contract.encumbrance_id.is_not(None), settled), else_=came.scalar_subquery())
    unpaid = Milestone.amount_fen - disputed - paid
    return (
        select(Milestone, Contract, unpaid.label("unpaid"), disputed.label("disputed"))
        .join(Contract, Contract.id == Milestone.contract_id)
        .where(Milestone.payment_due_at.is_not(None), unpaid > 0)
    )


def _kept() -> Select[int]:
    """What approved orders of a milestone left out lawfully, each once however often it was copied."""
    first, order = aliased(PaymentLine), aliased(PaymentOrder)
    again = aliased(PaymentLine)
    copied = exists().where(again.origin_id == first.origin_id, again.booked, again.id < first.id)
    return (
        select(func.coalesce(func.sum(first.amount_fen), 0))
        .join(order, order.id == first.order_id)
        .where(order.milestone_id == Milestone.id, first.booked, first.kind.in_(("retention", "penalty")), ~copied)
    )


def _retentions(ctx: Ctx, payer_id: str) -> list[tuple[Milestone, Contract, int, datetime]]:
    """Retentions whose day came and that were not given back: (milestone, contract, unpaid_fen, due_at)."""
    paid = exists().where(PaymentOrder.claim_id == PaymentLine.origin_id, PaymentOrder.state == "paid")
    first = aliased(PaymentOrder)
    wanted = (
        select(PaymentLine, Milestone, Contract)
        .join(first, first.id == PaymentLine.order_id)
        .join(Milestone, Milestone.id == first.milestone_id)
        .join(Contract, Contract.id == Milestone.contract_id)
        .where(PaymentLine.kind == "retention", PaymentLine.booked, PaymentLine.release_on < shanghai_date(ctx.now))
        .where(~paid)
        .order_by(PaymentLine.id)
        .limit(SHOWN)
    )
    found: dict[str, tuple[Milestone, Contract, int, datetime]] = {}
    for line, part, contract in ctx.session.execute(wanted):
        if payer_id in {"", contract.buyer_id} and line.release_on and part.payment_due_at and part.accepted_at:
            until = at_shanghai(line.release_on) + (part.payment_due_at - part.accepted_at)
            found.setdefault(line.origin_id, (part, contract, line.amount_fen, until))
    return list(found.values())


def overdue(ctx: Ctx, payer_id: str = "") -> list[Item]:
    """What should have been paid before today, the longest first; of one payer or of all."""
    wanted = _unpaid().where(Milestone.payment_due_at < ctx.now)
    if payer_id:
        wanted = wanted.where(Contract.buyer_id == payer_id)
    rows = ctx.session.execute(wanted.order_by(Milestone.payment_due_at, Milestone.id).limit(SHOWN)).all()
    kept = [(part, contract, fen, 0, until, "质保金") for part, contract, fen, until in _retentions(ctx, payer_id)]
    items = _items(ctx, [*((*row, row[0].payment_due_at, "") for row in rows), *kept])
    return sorted((item for item in items if item.days_late > 0), key=lambda item: -item.days_late)


def of_milestone(ctx: Ctx, milestone_id: str) -> Item | None:
    """One milestone's unpaid amount, late or not; None when nothing is owed."""
    rows = ctx.session.execute(_unpaid().where(Milestone.id == milestone_id)).all()
    return next(iter(_items(ctx, [(*row, row[0].payment_due_at, "") for row in rows])), None)


def _items(ctx: Ctx, rows: Sequence[tuple[Milestone, Contract, int, int, datetime | None, str]]) -> list[Item]:
    """What is owed, with its clock; each row ends with the last moment in time and what to add to the title."""
    ids = {id for _, contract, *_ in rows for id in (contract.buyer_id, contract.agency_id)}
    known = {row.id: row for row in ctx.session.scalars(select(Organisation).where(Organisation.id.in_(ids)))}
    sizes = dict(
        ctx.session.execute(select(SmallFirm.agency_id, SmallFirm.size).where(SmallFirm.agency_id.in_(ids))).all()
    )
    found: list[Item] = []
    for part, contract, unpaid, disputed, until, what in rows:
        assert until is not None
        daily = int(rules_of(ctx, contract.ruleset_id)["payment.overdue_daily_bp"])
        due_on, today = shanghai_date(until), shanghai_date(ctx.now)
        late = pay_clock(due_on, today, int(unpaid), daily_bp=daily, yearly_bp=contract.late_rate_bp)
        payer, agency = known[contract.buyer_id], known[contract.agency_id]
        found.append(
            Item(
                part.id,
                contract.id,
                contract.number,
                f"{contract.title}（{part.title}）{what}",
                payer.id,
                payer.name,
                payer.kind,
                agency.id,
                agency.name,
                sizes.get(agency.id, ""),
                int(unpaid),
                int(disputed),
                late.due_on,
                late.days_late,
                late.interest_fen,
            )
        )
    return found


def by_payer(items: Iterable[Item]) -> list[Payer]:
    """The overdue amounts of each payer, the largest first."""
    groups: dict[str, list[Item]] = {}
    for item in items:
        groups.setdefault(item.payer_id, []).append(item)
    payers = [
        Payer(
            id,
            group[0].payer_name,
            group[0].payer_kind,
            len(group),
            sum(item.unpaid_fen for item in group),
            sum(item.interest_fen for item in group),
            max(item.days_late for item in group),
        )
        for id, group in groups.items()
    ]
    return sorted(payers, key=lambda payer: (-payer.unpaid_fen, payer.name))


def due_at(ctx: Ctx, milestone_id: str) -> datetime | None:
    """The statutory or agreed last moment in time of a milestone."""
    return ctx.session.scalar(select(Milestone.payment_due_at).where(Milestone.id == milestone_id))


def declaration(ctx: Ctx, agency_id: str) -> SmallFirm | None:
    """What an agency declared about its size."""
    return ctx.session.get(SmallFirm, agency_id)


def totals(ctx: Ctx) -> tuple[int, int]:
    """How many amounts are overdue, and how much that is in fen; for the market's figures."""
    items = overdue(ctx)
    return len(items), sum(item.unpaid_fen for item in items)
