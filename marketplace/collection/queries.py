"""Reading collections, refunds, receipts without an owner, and what an enterprise still has to pay."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, exists, func, or_, select

from marketplace.agencies import queries as agencies
from marketplace.collection import rules
from marketplace.collection.errors import (
    CollectionNotFound,
    MerchantMissing,
    NothingToCollect,
    ReceiptUnknown,
)
from marketplace.collection.models import Collection, CollectionFact, Merchant, Refund, Settlement, UnallocatedReceipt
from marketplace.contracts import queries as contracts
from marketplace.contracts import rules as contract_rules
from marketplace.contracts.models import Contract, Milestone
from marketplace.kernel.context import Ctx
from marketplace.kernel.events import EventRow


@dataclass(frozen=True, slots=True)
class DuePart:
    """What an enterprise has to pay for one milestone; amounts in fen."""

    milestone_id: str
    contract_id: str
    contract_number: str
    title: str
    buyer_id: str
    agency_id: str
    amount_fen: int
    due_at: datetime


def due_part(ctx: Ctx, milestone_id: str) -> DuePart:
    """An accepted milestone that an enterprise pays, less what is paid or disputed. Raises NothingToCollect."""
    part = contracts.milestone(ctx, milestone_id)
    contract = contracts.contract(ctx, part.contract_id)
    if contract.encumbrance_id is not None or part.payment_due_at is None:
        raise NothingToCollect
    amount = part.amount_fen - contracts.disputed_fen(ctx, part.id) - paid_fen(ctx, part.id)
    if amount <= 0:
        raise NothingToCollect
    return _part(contract, part, amount, part.payment_due_at)


def held_part(ctx: Ctx, milestone_id: str) -> DuePart:
    """A milestone of a running contract that is not accepted yet, for the provider to hold. Raises NothingToCollect."""
    part = contracts.milestone(ctx, milestone_id)
    contract = contracts.contract(ctx, part.contract_id)
    amount = part.amount_fen - paid_fen(ctx, part.id)
    ahead = contract.encumbrance_id is None and contract.status == "active" and part.status in contract_rules.UNACCEPTED
    if not ahead or amount <= 0:
        raise NothingToCollect
    return _part(contract, part, amount, part.due_at)


def held_parts(ctx: Ctx, buyer_id: str) -> list[DuePart]:
    """Every milestone of an enterprise that it may pay ahead, the nearest first; none where nothing may be held."""
    if not hold_days(ctx):
        return []
    wanted = (
        select(Milestone.id)
        .join(Contract, Contract.id == Milestone.contract_id)
        .where(
            Contract.buyer_id == buyer_id,
            Contract.encumbrance_id.is_(None),
            Contract.status == "active",
            Milestone.status.in_(contract_rules.UNACCEPTED),
            ~exists().where(Collection.live_key == Milestone.id),
        )
        .order_by(Milestone.due_at, Milestone.id)
        .limit(100)
    )
    return [part for id in ctx.session.scalars(wanted) for part in _payable(ctx, id)]


def _payable(ctx: Ctx, milestone_id: str) -> list[DuePart]:
    try:
        return [held_part(ctx, milestone_id)]
    except NothingToCollect:
        return []


def hold_days(ctx: Ctx) -> int:
    """How many days the provider may hold a payment; 0 where the operator has no such contract."""
    return min(int(str(ctx.settings["MARKETPLACE_HOLD_DAYS"]) or "0"), 365)


def held_for(milestone_id: str) -> Select[str]:
    """Ids of collections of a milestone whose money the provider holds."""
    return select(Collection.id).where(Collection.milestone_id == milestone_id, Collection.hold_state == "held")


def _part(contract: Contract, part: Milestone, amount_fen: int, due_at: datetime) -> DuePart:
    return DuePart(
        milestone_id=part.id,
        contract_id=contract.id,
        contract_number=contract.number,
        title=f"{contract.title}（{part.title}）",
        buyer_id=contract.buyer_id,
        agency_id=contract.agency_id,
        amount_fen=amount_fen,
        due_at=due_at,
    )


def paid_fen(ctx: Ctx, milestone_id: str) -> int:
    """What was paid for a milestone, whether or not some of it went back since; not what was held and all went back."""
    paid = (Collection.milestone_id == milestone_id, Collection.state == "paid", Collection.hold_state != "returned")
    wanted = select(func.coalesce(func.sum(Collection.amount_fen), 0)).where(*paid)
    return int(ctx.session.scalar(wanted) or 0)


def due_parts(ctx: Ctx, buyer_id: str) -> list[DuePart]:
    """Everything that an enterprise has to pay now and for which no collection is open, the most urgent first."""
    live = exists().where(Collection.live_key == Milestone.id)
    wanted = (
        select(Milestone.id)
        .join(Contract, Contract.id == Milestone.contract_id)
        .where(
            Contract.buyer_id == buyer_id,
            Contract.encumbrance_id.is_(None),
            Milestone.payment_due_at.is_not(None),
            ~live,
        )
        .order_by(Milestone.payment_due_at, Milestone.id)
        .limit(100)
    )
    found: list[DuePart] = []
    for id in ctx.session.scalars(wanted):
        try:
            found.append(due_part(ctx, id))
        except NothingToCollect:
            continue
    return found


def merchant(ctx: Ctx, agency_id: str) -> Merchant | None:
    """Where enterprises pay an agency, or None."""
    return ctx.session.get(Merchant, agency_id)


def merchant_of(ctx: Ctx, agency_id: str) -> Merchant:
    """Where enterprises pay an agency. Raises MerchantMissing."""
    found = merchant(ctx, agency_id)
    if found is None:
        raise MerchantMissing(agency=agencies.agency(ctx, agency_id).name)
    return found


def by_number(ctx: Ctx, number: str) -> Collection | None:
    """The collection with that number."""
    return ctx.session.scalar(select(Collection).where(Collection.number == number))


def readable(ctx: Ctx, found: Collection | None) -> Collection:
    """The collection for who may read it: its two parties, settlement clerks, auditors. Raises CollectionNotFound."""
    mine = ctx.actor.organisation_id
    if found is None or not (sees_all(ctx) or mine in {found.buyer_id, found.agency_id}):
        raise CollectionNotFound
    return found


def sees_all(ctx: Ctx) -> bool:
    """Clerks, auditors, terminal and system read every collection."""
    return ctx.actor.may("collection.read")


def collections_for(ctx: Ctx, state: str = "") -> Select[Collection]:
    """Collections the actor may read; key (id,)."""
    wanted = select(Collection)
    if not sees_all(ctx):
        mine = ctx.actor.organisation_id or ""
        wanted = wanted.where(or_(Collection.buyer_id == mine, Collection.agency_id == mine))
    return wanted.where(Collection.state == state) if state else wanted


def refund_by_number(ctx: Ctx, number: str) -> Refund | None:
    """The refund with that number."""
    return ctx.session.scalar(select(Refund).where(Refund.number == number))


def refunds_of(ctx: Ctx, collection_id: str) -> Sequence[Refund]:
    """Every refund of a collection, oldest first."""
    return ctx.session.scalars(select(Refund).where(Refund.collection_id == collection_id).order_by(Refund.id)).all()


def refunds(state: str = "") -> Select[Refund]:
    """Refunds in a state or in any; key (id,)."""
    return select(Refund).where(Refund.state == state) if state else select(Refund)


def receipts(state: str = "") -> Select[UnallocatedReceipt, Collection]:
    """Receipts without an owner beside the collection they came under; key (UnallocatedReceipt.id,)."""
    wanted = select(UnallocatedReceipt, Collection).join(Collection, Collection.id == UnallocatedReceipt.collection_id)
    return wanted.where(UnallocatedReceipt.state == state) if state else wanted


def receipt(ctx: Ctx, receipt_id: str) -> UnallocatedReceipt:
    """One receipt that waits, held until commit. Raises ReceiptUnknown."""
    found = ctx.session.get(UnallocatedReceipt, receipt_id, with_for_update=True, populate_existing=True)
    if found is None or found.state != "waiting":
        raise ReceiptUnknown
    return found


def receipt_of(ctx: Ctx, collection_id: str) -> UnallocatedReceipt | None:
    """The receipt without an owner that came under a collection."""
    return ctx.session.scalar(select(UnallocatedReceipt).where(UnallocatedReceipt.collection_id == collection_id))


def facts_of(ctx: Ctx, subject_ids: Sequence[str]) -> Sequence[CollectionFact]:
    """What was learnt, in its order."""
    wanted = select(CollectionFact).where(CollectionFact.subject_id.in_(subject_ids))
    return ctx.session.scalars(wanted.order_by(CollectionFact.id)).all()


def steps(ctx: Ctx, collection_id: str) -> Sequence[EventRow]:
    """Everything on the record about a collection, oldest first."""
    wanted = select(EventRow).where(EventRow.subject == f"collection/{collection_id}")
    return ctx.session.scalars(wanted.order_by(EventRow.id)).all()


def due(ctx: Ctx, kind: type[Collection] | type[Refund] | type[Settlement], limit: int) -> list[str]:
    """Ids of commands that want an exchange now and that no worker holds, oldest first."""
    states = rules.OPEN if kind is Collection else rules.REFUND_OPEN
    free = or_(kind.lease_until.is_(None), kind.lease_until <= ctx.now)
    wanted = select(kind.id).where(kind.state.in_(states), kind.next_action_at <= ctx.now, free)
    return list(ctx.session.scalars(wanted.order_by(kind.next_action_at, kind.id).limit(limit)))


def live_for(ctx: Ctx, milestone_id: str) -> Collection | None:
    """The open collection of a milestone, or None."""
    return ctx.session.scalar(select(Collection).where(Collection.live_key == milestone_id))


def refund_for(ctx: Ctx, collection_id: str, request_key: str) -> Refund | None:
    """The refund of a collection that a request number asked for."""
    wanted = select(Refund).where(Refund.collection_id == collection_id, Refund.request_key == request_key)
    return ctx.session.scalar(wanted)
