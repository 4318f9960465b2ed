"""What an accepted milestone gives to pay."""

from dataclasses import dataclass
from datetime import datetime

from marketplace.budgets.queries import balances
from marketplace.contracts import queries as contracts
from marketplace.kernel.context import Ctx
from marketplace.payments.errors import NothingDue
from marketplace.rulebook import queries as rulebook


@dataclass(frozen=True, slots=True)
class DueFacts:
    """What a payment order takes from contract and budget; amounts in fen."""

    milestone_id: str
    contract_id: str
    contract_number: str
    title: str
    department_id: str
    agency_id: str
    encumbrance_id: str
    amount_fen: int
    due_at: datetime
    daily_bp: int
    late_rate_bp: int | None


def due_facts(ctx: Ctx, milestone_id: str, *, needed_fen: int | None = None) -> DueFacts:
    """An accepted milestone whose money stands as due in a budget. Raises NothingDue, MilestoneNotFound.

    needed_fen: what must still be due; the undisputed amount unless parts of it were deducted before.
    """
    milestone = contracts.milestone(ctx, milestone_id)
    contract = contracts.contract(ctx, milestone.contract_id)
    if contract.encumbrance_id is None or milestone.payment_due_at is None or milestone.amount_fen <= 0:
        raise NothingDue
    owed_fen = milestone.amount_fen - contracts.disputed_fen(ctx, milestone.id) if needed_fen is None else needed_fen
    if owed_fen <= 0 or balances.stages(ctx, contract.encumbrance_id)["due"] < owed_fen:
        raise NothingDue
    return DueFacts(
        milestone_id=milestone.id,
        contract_id=contract.id,
        contract_number=contract.number,
        title=f"{contract.title}（{milestone.title}）",
        department_id=contract.buyer_id,
        agency_id=contract.agency_id,
        encumbrance_id=contract.encumbrance_id,
        amount_fen=milestone.amount_fen,
        due_at=milestone.payment_due_at,
        daily_bp=int(rulebook.rules_of(ctx, contract.ruleset_id)["payment.overdue_daily_bp"]),
        late_rate_bp=contract.late_rate_bp,
    )


def accepted_at(ctx: Ctx, milestone_id: str) -> datetime:
    """When a milestone that is due was accepted."""
    found = contracts.milestone(ctx, milestone_id).accepted_at
    assert found is not None
    return found
