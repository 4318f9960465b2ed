"""发票: what an agency has issued for a milestone is taken in once and checked by the department.

It is asked for before payment, unless a reason is given.
"""

from typing import Any, Unpack

from marketplace.contracts import queries as contracts
from marketplace.identity import queries as identity
from marketplace.kernel.clock import shanghai_date
from marketplace.kernel.context import Ctx
from marketplace.payments import queries, rules
from marketplace.payments.errors import (
    InvoiceFuture,
    InvoiceMissing,
    InvoiceNotAdding,
    InvoiceNotFound,
    InvoiceNumberInvalid,
    InvoicePartyWrong,
    InvoiceRedUnfit,
    InvoiceTooLarge,
    PaymentNotFound,
    ReasonNeeded,
)
from marketplace.payments.events import InvoiceChecked, InvoiceEntered
from marketplace.payments.evidence import who
from marketplace.payments.models import Invoice, PaymentOrder
from marketplace.rulebook import queries as rulebook


def enter(ctx: Ctx, milestone_id: str, **facts: Unpack[rules.InvoiceFacts]) -> Invoice:
    """登记发票: take in an invoice of the agency for one milestone, once. facts: see rules.InvoiceFacts.

    Raises the domain's Invoice… refusals; a number that is known is refused as DuplicateInvoice.
    """
    milestone = contracts.milestone(ctx, milestone_id)
    contract = contracts.contract(ctx, milestone.contract_id)
    _require_side(ctx, contract.agency_id, contract.buyer_id)
    number, code = facts["number"].replace(" ", ""), facts.get("code", "").replace(" ", "")
    _require_sound(ctx, code, number, facts)
    _require_party(ctx, "buyer_code", facts["buyer_code"], contract.buyer_id)
    _require_party(ctx, "seller_code", facts["seller_code"], contract.agency_id)
    ctx.lock(f"payment-milestone/{milestone_id}")
    gross_fen, red_of = facts["gross_fen"], facts.get("red_of", "")
    first = _taken_back(ctx, milestone_id, red_of, gross_fen) if red_of else None
    known_fen = 0 if first else queries.invoiced_fen(ctx, milestone_id, ("entered", "checked"))
    if first is None and known_fen + gross_fen > milestone.amount_fen:
        raise InvoiceTooLarge(field="gross_fen")
    row = Invoice(
        id=ctx.new_id(),
        code=code,
        number=number,
        issued_on=facts["issued_on"],
        buyer_code=facts["buyer_code"].strip().upper(),
        seller_code=facts["seller_code"].strip().upper(),
        net_fen=facts["net_fen"],
        tax_fen=facts["tax_fen"],
        gross_fen=gross_fen,
        red_of=first.id if first else None,
        milestone_id=milestone_id,
        contract_id=contract.id,
        department_id=contract.buyer_id,
        agency_id=contract.agency_id,
        **_entered(ctx),
    )
    ctx.session.add(row)
    ctx.session.flush()
    ctx.record(InvoiceEntered(subject=f"invoice/{row.id}", number=number, gross_fen=gross_fen, red=bool(first)))
    return row


def _entered(ctx: Ctx) -> dict[str, Any]:
    return {"state": "entered", "entered_at": ctx.now, "entered_by": who(ctx)}


def _require_sound(ctx: Ctx, code: str, number: str, facts: rules.InvoiceFacts) -> None:
    """What an invoice says of itself must fit together."""
    if not rules.invoice_number_fits(code, number):
        raise InvoiceNumberInvalid(field="number")
    if facts["issued_on"] > shanghai_date(ctx.now):
        raise InvoiceFuture(field="issued_on")
    net_fen, tax_fen = facts["net_fen"], facts["tax_fen"]
    if net_fen + tax_fen != facts["gross_fen"] or net_fen <= 0 or tax_fen < 0:
        raise InvoiceNotAdding(field="gross_fen")


def check(ctx: Ctx, invoice_id: str, *, genuine: bool, reason: str = "") -> Invoice:
    """查验: the department says that an invoice is genuine, or why it is not. Raises InvoiceNotFound, ReasonNeeded."""
    ctx.require("payment.make")
    row = ctx.session.get(Invoice, invoice_id, with_for_update=True, populate_existing=True)
    if row is None or row.state != "entered" or not _is_of(ctx, row.department_id):
        raise InvoiceNotFound
    if not genuine and not reason.strip():
        raise ReasonNeeded(field="reason")
    row.state, row.reason = "checked" if genuine else "refused", reason.strip()[:400]
    row.checked_at, row.checked_by = ctx.now, who(ctx)
    ctx.record(InvoiceChecked(subject=f"invoice/{row.id}", number=row.number, state=row.state))
    return row


def require(ctx: Ctx, row: PaymentOrder, *, without: str) -> None:
    """先票后款: refuse an order whose invoice is not there and checked, unless a reason is given that the checker sees.

    A retention was invoiced with its milestone. Raises InvoiceMissing.
    """
    ruleset = contracts.contract(ctx, row.contract_id).ruleset_id
    if not rulebook.rules_of(ctx, ruleset)["payment.invoice_first"]:
        return
    row.without_invoice = without.strip()[:400]
    if not row.without_invoice and queries.invoiced_fen(ctx, row.milestone_id, ("checked",)) < row.amount_fen:
        raise InvoiceMissing(contract=row.contract_number)


def _taken_back(ctx: Ctx, milestone_id: str, number: str, gross_fen: int) -> Invoice:
    first = queries.invoice_by_number(ctx, number.replace(" ", ""))
    if first is None or first.milestone_id != milestone_id or first.red_of is not None or first.gross_fen != gross_fen:
        raise InvoiceRedUnfit(field="red_of")
    return first


def _require_party(ctx: Ctx, field: str, said: str, organisation_id: str) -> None:
    party = identity.organisation(ctx, organisation_id)
    if said.strip().upper() != party.uscc:
        raise InvoicePartyWrong(field=field, name=party.name)


def _require_side(ctx: Ctx, agency_id: str, department_id: str) -> None:
    if ctx.actor.kind in {"system", "terminal"}:
        return
    if ctx.actor.organisation_id not in {agency_id, department_id}:
        raise PaymentNotFound
    ctx.require("agency.edit" if ctx.actor.organisation_id == agency_id else "payment.make")


def _is_of(ctx: Ctx, department_id: str) -> bool:
    return ctx.actor.kind in {"system", "terminal"} or ctx.actor.organisation_id == department_id
