"""Reading contracts, milestones and deliverables."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Select, or_, select

from marketplace.contracts.errors import (
    AwardNotFound,
    ChangeNotFound,
    ContractNotFound,
    DeliverableNotFound,
    FileMissing,
    MilestoneNotFound,
)
from marketplace.contracts.models import (
    Contract,
    ContractChange,
    Deliverable,
    Milestone,
    MilestoneDispute,
    SigningDelay,
)
from marketplace.identity.models import Organisation
from marketplace.kernel.context import Ctx
from marketplace.rulebook.queries import add_workdays, rules_of
from marketplace.tenders.models import Award, Tender

PUBLISHED = ("active", "complete", "terminated")
OVERSEERS = ("supervision.read", "credit.read")


@dataclass(frozen=True, slots=True)
class AwardFacts:
    """What a contract takes from its award and tender."""

    award_id: str
    tender_id: str
    tender_number: str
    title: str
    item_code: str
    buyer_id: str
    agency_id: str
    price_fen: int
    encumbrance_id: str | None
    ruleset_id: str
    confirmed: bool


def award_facts(ctx: Ctx, award_id: str) -> AwardFacts:
    """The award and its tender as far as a contract needs them. Raises AwardNotFound."""
    row = ctx.session.execute(select(Award, Tender).join(Tender).where(Award.id == award_id)).one_or_none()
    if row is None:
        raise AwardNotFound
    award, tender = row
    return AwardFacts(
        award_id=award.id,
        tender_id=tender.id,
        tender_number=tender.number,
        title=tender.title,
        item_code=tender.item_code,
        buyer_id=tender.buyer_id,
        agency_id=award.agency_id,
        price_fen=award.price_fen,
        encumbrance_id=tender.encumbrance_id,
        ruleset_id=tender.ruleset_id,
        confirmed=award.status == "active" and award.confirmed_at is not None,
    )


def contract(ctx: Ctx, id: str) -> Contract:
    """One contract. Raises ContractNotFound."""
    found = ctx.session.get(Contract, id)
    if found is None:
        raise ContractNotFound
    return found


def milestone(ctx: Ctx, id: str) -> Milestone:
    """One milestone. Raises MilestoneNotFound."""
    found = ctx.session.get(Milestone, id)
    if found is None:
        raise MilestoneNotFound
    return found


def locked(ctx: Ctx, id: str) -> Contract:
    """A contract read after its lock: of two confirmations none misses the other. Raises ContractNotFound."""
    ctx.lock(f"contract/{id}")
    found = ctx.session.get(Contract, id, populate_existing=True)
    if found is None:
        raise ContractNotFound
    return found


def confirmation_due(ctx: Ctx, found: Contract) -> datetime | None:
    """Until when the other side should confirm or return a draft; None while nobody or everybody has confirmed.

    Source: rulebook contract.counterparty_confirm_workdays.
    """
    first = found.buyer_confirmed_at or found.agency_confirmed_at
    if first is None or not found.waiting_for:
        return None
    return add_workdays(ctx, first, int(rules_of(ctx, found.ruleset_id)["contract.counterparty_confirm_workdays"]))


def by_award(ctx: Ctx, award_id: str) -> Contract | None:
    """The contract of an award, if one was drawn up."""
    return ctx.session.scalar(select(Contract).where(Contract.award_id == award_id))


def milestones(ctx: Ctx, contract_id: str) -> Sequence[Milestone]:
    """The milestones of a contract in their order."""
    wanted = select(Milestone).where(Milestone.contract_id == contract_id).order_by(Milestone.seq)
    return ctx.session.scalars(wanted).all()


def deliverables(ctx: Ctx, contract_id: str) -> Sequence[Deliverable]:
    """Every delivered file of a contract, oldest first."""
    wanted = select(Deliverable).where(Deliverable.contract_id == contract_id)
    wanted = wanted.order_by(Deliverable.uploaded_at, Deliverable.milestone_id, Deliverable.version)
    return ctx.session.scalars(wanted).all()


def side_of(ctx: Ctx, found: Contract) -> str:
    """The actor's side: "buyer" or "agency". Raises ContractNotFound for anybody else, as if it were not there."""
    sides = {found.buyer_id: "buyer", found.agency_id: "agency"}
    side = sides.get(ctx.actor.organisation_id or "")
    if side is None:
        raise ContractNotFound
    return side


def is_side(ctx: Ctx, found: Contract, side: str) -> bool:
    """Whether the actor stands on that side of a contract. side: "buyer" or "agency"."""
    return ctx.actor.organisation_id == (found.buyer_id if side == "buyer" else found.agency_id)


def own_milestone(ctx: Ctx, id: str, side: str) -> tuple[Milestone, Contract]:
    """A milestone and its contract for that side of it. Raises MilestoneNotFound for anybody else."""
    part = milestone(ctx, id)
    found = contract(ctx, part.contract_id)
    if not is_side(ctx, found, side):
        raise MilestoneNotFound
    return part, found


def readable(ctx: Ctx, id: str) -> Contract:
    """A contract that the actor may read whole: a party of it, or an overseer. Raises ContractNotFound."""
    found = contract(ctx, id)
    if not oversees(ctx):
        side_of(ctx, found)
    return found


def oversees(ctx: Ctx) -> bool:
    """Whether the actor reads every contract by office."""
    return any(ctx.actor.may(permission) for permission in OVERSEERS)


def deliverable_file(ctx: Ctx, id: str) -> tuple[Deliverable, Path]:
    """A delivered file for its parties and overseers. Raises DeliverableNotFound, FileMissing."""
    found = ctx.session.get(Deliverable, id)
    if found is None:
        raise DeliverableNotFound
    try:
        readable(ctx, found.contract_id)
    except ContractNotFound:
        raise DeliverableNotFound from None
    path = folder(ctx) / found.stored_name
    if not path.is_file() or path.stat().st_size != found.size:
        raise FileMissing
    return found, path


def folder(ctx: Ctx) -> Path:
    """Where deliverables lie (setting MARKETPLACE_FILES)."""
    return Path(ctx.settings["MARKETPLACE_FILES"]) / "deliverables"


def published() -> Select[Contract]:
    """合同公示: contracts that came into force; key (signed_at, id)."""
    return select(Contract).where(Contract.status.in_(PUBLISHED))


def published_of(ctx: Ctx, award_id: str) -> Contract | None:
    """The contract of an award, once it has come into force."""
    return ctx.session.scalar(published().where(Contract.award_id == award_id))


def by_number(ctx: Ctx, number: str) -> Contract:
    """A published contract by its number. Raises ContractNotFound."""
    found = ctx.session.scalar(published().where(Contract.number == number))
    if found is None:
        raise ContractNotFound
    return found


def of_organisation(organisation_id: str) -> Select[Contract]:
    """The contracts of one party, drafts included; key (id,)."""
    return select(Contract).where(or_(Contract.buyer_id == organisation_id, Contract.agency_id == organisation_id))


def open_contracts(agency_id: str) -> Select[Contract]:
    """Contracts of an agency that are still to be signed or carried out; key (id,)."""
    return select(Contract).where(
        Contract.agency_id == agency_id, Contract.status.in_(("pending", "returned", "active"))
    )


def signing_delays(organisation_id: str | None = None) -> Select[SigningDelay]:
    """Awards that still count and whose contract is overdue, of one party or of all; key (award_id,)."""
    wanted = (
        select(SigningDelay)
        .join(Award, Award.id == SigningDelay.award_id)
        .where(SigningDelay.settled_at.is_(None), Award.status == "active")
    )
    if organisation_id is None:
        return wanted
    return wanted.where(or_(SigningDelay.buyer_id == organisation_id, SigningDelay.agency_id == organisation_id))


def late_count(ctx: Ctx, contract_id: str) -> int:
    """How many milestones of a contract were late."""
    return sum(1 for part in milestones(ctx, contract_id) if part.late_since is not None)


def names(ctx: Ctx, rows: Iterable[Contract]) -> dict[str, str]:
    """The names of both parties of some contracts: organisation id → name."""
    wanted = {id for row in rows for id in (row.buyer_id, row.agency_id)}
    found = ctx.session.execute(select(Organisation.id, Organisation.name).where(Organisation.id.in_(wanted)))
    return {row.id: row.name for row in found}


def award_to_draw(ctx: Ctx, tender_number: str) -> AwardFacts:
    """The award of the actor's own tender that a contract may be drawn for. Raises AwardNotFound."""
    wanted = (
        select(Award.id)
        .join(Tender, Tender.id == Award.tender_id)
        .where(Tender.number == tender_number, Award.status == "active", Tender.buyer_id == ctx.actor.organisation_id)
        .order_by(Award.id.desc())
        .limit(1)
    )
    found = ctx.session.scalar(wanted)
    if found is None:
        raise AwardNotFound
    return award_facts(ctx, found)


def changes(ctx: Ctx, contract_id: str) -> Sequence[ContractChange]:
    """The proposed changes of a contract in their order, decided or not."""
    wanted = select(ContractChange).where(ContractChange.contract_id == contract_id)
    return ctx.session.scalars(wanted.order_by(ContractChange.seq)).all()


def open_change(ctx: Ctx, contract_id: str) -> ContractChange | None:
    """The change that waits for the agency, if any."""
    return ctx.session.scalar(select(ContractChange).where(ContractChange.open_key == contract_id))


def change(ctx: Ctx, id: str) -> tuple[ContractChange, Contract]:
    """A change and its contract for a party of it. Raises ChangeNotFound."""
    found = ctx.session.get(ContractChange, id)
    contract_ = ctx.session.get(Contract, found.contract_id) if found else None
    if found is None or contract_ is None or not any(is_side(ctx, contract_, side) for side in ("buyer", "agency")):
        raise ChangeNotFound
    return found, contract_


def dispute_of(ctx: Ctx, milestone_id: str) -> MilestoneDispute | None:
    """What the buyer disputes of a milestone, ended or not."""
    return ctx.session.get(MilestoneDispute, milestone_id)


def disputes_of(ctx: Ctx, contract_id: str) -> dict[str, MilestoneDispute]:
    """The disputes of a contract by milestone, ended ones too."""
    wanted = select(MilestoneDispute).where(MilestoneDispute.contract_id == contract_id)
    return {row.milestone_id: row for row in ctx.session.scalars(wanted)}


def disputed_fen(ctx: Ctx, milestone_id: str) -> int:
    """What of a milestone need not be paid now: disputed, or conceded."""
    found = dispute_of(ctx, milestone_id)
    return found.disputed_fen if found is not None and found.state in {"open", "conceded"} else 0
