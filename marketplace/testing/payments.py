"""Builders for payments: an accepted milestone of a department's contract, its order, and the people who pay it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, fields
from itertools import count
from typing import Any

from marketplace.budgets import service as budgets
from marketplace.budgets.models import BudgetLine
from marketplace.contracts import queries as contracts
from marketplace.identity import queries as identity
from marketplace.kernel.clock import shanghai_date
from marketplace.kernel.context import Ctx
from marketplace.kernel.money import Fen
from marketplace.kernel.ports import Actor
from marketplace.payments import invoices, queries, service
from marketplace.payments.models import Invoice, PaymentOrder
from marketplace.payments.ports import Gateway, Payee
from marketplace.payments.queries import claims
from marketplace.testing.contracts import Parties, a_finished_contract, parts_of, some_parties
from marketplace.testing.identity import a_colleague

Work = Callable[..., AbstractContextManager[Ctx]]
ACCOUNT = "6222020001112223334"
_invoices = count(1)


@dataclass(frozen=True)
class Payers:
    """A department's contract whose result was accepted, and the two persons who pay it."""

    parties: Parties
    maker: Actor
    checker: Actor
    contract_id: str
    milestone_id: str


def some_payers(work: Work, *, source: str = "own", payee: bool = True, username: str = "") -> Payers:
    """One accepted milestone that holds the whole amount. source: treasury or own money.

    username: the persons sign in as "<username>-maker" and "<username>-checker", the agency as "<username>-agency".
    """
    with work() as ctx:
        parties = some_parties(ctx, encumbered=True, username=username)
        for line in ctx.session.query(BudgetLine).where(BudgetLine.department_id == parties.buyer.organisation_id):
            line.source = source
        department = parties.buyer.organisation_id or ""
        names = (f"{username}-maker", f"{username}-checker") if username else ("", "")
        maker = a_colleague(ctx, department, "finance", username=names[0])
        checker = a_colleague(ctx, department, "finance", username=names[1])
    if payee:
        with work(parties.agency) as ctx:
            service.set_payee(
                ctx, parties.agency_id, kind="bank_account", account=ACCOUNT, bank_name="中国工商银行南京城北支行"
            )
    contract = a_finished_contract(work, parties)
    return Payers(parties, maker, checker, contract.id, parts_of(work, contract)[0].id)


def a_prepared_order(work: Work, payers: Payers) -> PaymentOrder:
    """The order that acceptance causes, still a draft."""
    with work() as ctx:
        return service.prepare(ctx, payers.milestone_id)


def a_checked_invoice(work: Work, payers: Payers) -> Invoice:
    """The whole amount of the milestone, invoiced by the agency and found genuine by the department."""
    with work(payers.parties.agency) as ctx:
        milestone = contracts.milestone(ctx, payers.milestone_id)
        contract = contracts.contract(ctx, payers.contract_id)
        tax_fen = milestone.amount_fen * 6 // 106
        entered = invoices.enter(
            ctx,
            milestone.id,
            number=f"26{next(_invoices):018d}",
            issued_on=shanghai_date(ctx.now),
            buyer_code=identity.organisation(ctx, contract.buyer_id).uscc,
            seller_code=identity.organisation(ctx, contract.agency_id).uscc,
            net_fen=milestone.amount_fen - tax_fen,
            tax_fen=tax_fen,
            gross_fen=milestone.amount_fen,
        )
    with work(payers.maker) as ctx:
        return invoices.check(ctx, entered.id, genuine=True)


def a_submitted_order(work: Work, payers: Payers) -> PaymentOrder:
    """An order that waits for the second person."""
    order = a_prepared_order(work, payers)
    a_checked_invoice(work, payers)
    with work(payers.maker) as ctx:
        return service.submit(ctx, order.id)


def an_approved_order(work: Work, payers: Payers) -> PaymentOrder:
    """An order that a worker may send."""
    order = a_submitted_order(work, payers)
    with work(payers.checker) as ctx:
        return service.approve(ctx, order.id)


def an_approved_part(work: Work, payers: Payers, *, amount_fen: int = 100) -> PaymentOrder:
    """One small approved order of many on the same accepted milestone."""
    return approved_parts(work, payers, 1, amount_fen=amount_fen)[0]


def approved_parts(work: Work, payers: Payers, count: int, *, amount_fen: int = 100) -> list[PaymentOrder]:
    """Many small approved orders on one accepted milestone, for tests and benches that need hundreds."""
    with work(payers.maker) as ctx:
        base = service.prepare(ctx, payers.milestone_id)
        facts = {field.name: getattr(base, field.name) for field in fields(claims.DueFacts)}
        rail = queries.gateway(ctx, queries.gateway_name(ctx, base.encumbrance_id))
        return [_approved(ctx, payers, rail, {**facts, "amount_fen": amount_fen}) for _ in range(count)]


def _approved(ctx: Ctx, payers: Payers, rail: Gateway, facts: dict[str, Any]) -> PaymentOrder:
    payee = Payee("bank_account", ACCOUNT, "江苏诚达咨询有限公司", "中国工商银行南京城北支行")
    id, number = ctx.new_id(), f"{ctx.number('ZF')}-PART"
    frozen = rail.prepare_transfer(number, Fen(facts["amount_fen"]), payee, "服务费", "测试")
    row = PaymentOrder(
        id=id, number=number, claim_id=id, live_key=id, gateway=rail.name, state="approved", prepared_at=ctx.now,
        made_by=payers.maker.login_id, made_at=ctx.now, approved_by=payers.checker.login_id, approved_at=ctx.now,
        payload=ctx.keys.encrypt(frozen.payload), digest=frozen.digest, next_action_at=ctx.now, provider_ids={},
        **facts,
    )  # fmt: skip
    ctx.session.add(row)
    ctx.session.flush()
    budgets.to_transit(ctx, row.encumbrance_id, amount_fen=row.amount_fen, reference=queries.reference(row))
    return row


__all__ = [
    "ACCOUNT",
    "Payers",
    "a_checked_invoice",
    "a_prepared_order",
    "a_submitted_order",
    "an_approved_order",
    "an_approved_part",
    "approved_parts",
    "some_payers",
]
