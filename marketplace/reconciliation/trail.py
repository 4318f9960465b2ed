"""一分钱的来龙去脉: one fen of a payment, stop by stop, from the appropriation document to the receipt.

The same stops are found from either end, or the trail says what is missing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from marketplace.budgets import queries as budgets
from marketplace.contracts import queries as contracts
from marketplace.kernel.context import Ctx
from marketplace.ledger.queries import TraceStep
from marketplace.payments import queries as payments
from marketplace.payments.errors import PaymentNotFound
from marketplace.payments.queries import course
from marketplace.reconciliation.queries import movements, proofs, statements

STOPS = (
    "document", "line", "encumbrance", "contract", "milestone", "order", "evidence", "statement", "book", "receipt",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Stop:
    """One station. kind: one of STOPS; amount_fen: what passed there together with our fen; proof: a hash or an id.

    file_id: of the receipt whose file can be fetched.
    """

    kind: str
    name: str
    at: datetime | date | None = None
    amount_fen: int | None = None
    proof: str = ""
    file_id: str = ""


@dataclass(frozen=True, slots=True)
class Trail:
    """The stops that were found, in the order of the money, and the kinds that are not there yet."""

    order: movements.PaidOrder
    fen: int
    stops: list[Stop]
    missing: list[str]

    @property
    def whole(self) -> bool:
        """Whether the fen can be followed from end to end."""
        return not self.missing


def walk(ctx: Ctx, order: movements.PaidOrder, fen: int = 1) -> Trail:
    """Follow the n-th fen of a payment. fen: counted from 1. Raises PaymentNotFound for one beyond the amount."""
    if not 1 <= fen <= order.amount_fen:
        raise PaymentNotFound
    stops = [*_budget(ctx, order, fen), *_work(ctx, order), *_payment(ctx, order)]
    found = {stop.kind for stop in stops}
    return Trail(order, fen, stops, [kind for kind in STOPS if kind not in found])


def walk_back(ctx: Ctx, statement_id: str, seq: int, fen: int = 1) -> Trail:
    """The same trail, begun at a line of the provider's book. Raises PaymentNotFound for a line that proves nothing."""
    for claim in proofs.claims_of_line(ctx, statement_id, seq):
        kind, id, what = claim.split("/")
        if kind == "order" and what == "pay":
            return walk(ctx, payments.order(ctx, id), fen)
    raise PaymentNotFound


def _budget(ctx: Ctx, order: movements.PaidOrder, fen: int) -> list[Stop]:
    """Document, line, encumbrance: which share of the payment our fen is part of says which line it came from."""
    steps = course.trace(ctx, order)
    mine = _share_of(steps, fen)
    if mine is None:
        return []
    root = mine.source.root
    documents = [step for step in steps if step.posting.kind == "appropriate" and step.target.root == root]
    line = budgets.line(ctx, root.partition("/")[2])
    held = budgets.encumbrance(ctx, order.encumbrance_id)
    stops = [
        Stop("document", step.posting.reference, step.posting.business_date, step.posting.amount_fen, step.posting.id)
        for step in sorted(documents, key=lambda step: (step.posting.created_at, step.posting.id))
    ]
    return [
        *stops,
        Stop("line", f"{line.fiscal_year} {line.name}", line.created_at, proof=line.id),
        Stop("encumbrance", held.reference, held.opened_at, mine.posting.amount_fen, mine.posting.id),
    ]


def _share_of(steps: Sequence[TraceStep], fen: int) -> TraceStep | None:
    """Shares are taken in the order of their postings; the n-th fen lies in the one that reaches it."""
    settled = [step for step in steps if step.target.kind == "paid"]
    passed = 0
    for step in sorted(settled, key=lambda step: (step.posting.created_at, step.posting.id)):
        passed += step.posting.amount_fen
        if passed >= fen:
            return step
    return None


def _work(ctx: Ctx, order: movements.PaidOrder) -> list[Stop]:
    contract = contracts.contract(ctx, order.contract_id)
    part = contracts.milestone(ctx, order.milestone_id)
    files = [file for file in contracts.deliverables(ctx, contract.id) if file.milestone_id == part.id]
    stops = [Stop("contract", contract.number, contract.signed_at, contract.amount_fen, contract.id)]
    if part.accepted_at is not None:
        proof = files[-1].sha256 if files else part.id
        stops.append(Stop("milestone", part.title, part.accepted_at, part.amount_fen, proof))
    return stops


def _payment(ctx: Ctx, order: movements.PaidOrder) -> list[Stop]:
    stops = [Stop("order", order.number, order.approved_at, order.amount_fen, order.digest or order.id)]
    facts = [fact for fact in course.observations(ctx, order.id) if fact.outcome == "succeeded"]
    if facts:
        ids = "，".join(str(id) for id in order.provider_ids.values() if id) or facts[0].code
        stops.append(Stop("evidence", ids, facts[0].occurred_at or facts[0].seen_at, order.amount_fen, facts[0].sha256))
    found = proofs.match_of(ctx, f"order/{order.id}/pay")
    if found is not None:
        match, line = found
        book = statements.statement(ctx, match.statement_id)
        stops.append(Stop("statement", line.line_id, line.at, -line.amount_fen, f"{match.statement_id}/{match.seq}"))
        stops.append(Stop("book", f"{book.account} {book.day}", book.imported_at, -book.outgo_fen, book.sha256))
    proof = payments.proof_of(ctx, order.id)
    if proof is not None:
        shown = proof.sha256 or f"paper/{proof.id}"
        stops.append(
            Stop(
                "receipt", proof.document, proof.occurred_on, order.amount_fen, shown, proof.id if proof.sha256 else ""
            )
        )
    return stops
