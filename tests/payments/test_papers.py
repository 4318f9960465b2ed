"""Invoices, what a payment leaves out, and the account of a contract."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.budgets import queries as budgets
from marketplace.budgets.queries import balances
from marketplace.contracts import queries as contracts
from marketplace.identity import queries as identity
from marketplace.kernel.clock import shanghai_date
from marketplace.kernel.errors import WrongState
from marketplace.kernel.money import Fen
from marketplace.ledger import check
from marketplace.payments import errors, flight, invoices, payees, queries, rules, service
from marketplace.payments.ports import Prepared
from marketplace.testing.payments import (
    a_checked_invoice,
    a_prepared_order,
    a_submitted_order,
    an_approved_order,
    some_payers,
)
from tests.payments.paying import soon

NEW = {"kind": "bank_account", "account": "6222020009998887776", "bank_name": "中国建设银行南京分行"}


@pytest.fixture
def payers(work):
    return some_payers(work)


@pytest.fixture
def face(work, payers):
    """What stands on a fitting invoice."""
    with work() as ctx:
        contract = contracts.contract(ctx, payers.contract_id)
        amount = contracts.milestone(ctx, payers.milestone_id).amount_fen
        return {
            "number": "26322000000000000001",
            "issued_on": shanghai_date(ctx.now),
            "buyer_code": identity.organisation(ctx, contract.buyer_id).uscc,
            "seller_code": identity.organisation(ctx, contract.agency_id).uscc,
            "net_fen": amount - 100,
            "tax_fen": 100,
            "gross_fen": amount,
        }


def enter(work, payers, face, **over):
    with work(payers.parties.agency) as ctx:
        return invoices.enter(ctx, payers.milestone_id, **{**face, **over})


def stages(work, order):
    with work() as ctx:
        assert check.run(ctx) == []
        return {k: v for k, v in balances.stages(ctx, order.encumbrance_id).items() if v}


def test_nothing_is_submitted_before_its_invoice_is_found_genuine(work, payers, face):
    order = a_prepared_order(work, payers)
    entered = enter(work, payers, face)
    with pytest.raises(errors.InvoiceMissing), work(payers.maker) as ctx:
        service.submit(ctx, order.id)
    with work(payers.maker) as ctx:
        invoices.check(ctx, entered.id, genuine=True)
        assert service.submit(ctx, order.id).state == "submitted"


def test_paying_before_the_invoice_needs_a_reason_that_stays_on_the_order(work, payers):
    order = a_prepared_order(work, payers)
    with work(payers.maker) as ctx:
        assert (
            service.submit(ctx, order.id, without_invoice="合同第七条约定预付").without_invoice == "合同第七条约定预付"
        )


@pytest.mark.parametrize(
    ("over", "error", "field"),
    [
        ({"number": "123"}, errors.InvoiceNumberInvalid, "number"),
        ({"number": "12345678", "code": "123"}, errors.InvoiceNumberInvalid, "number"),
        ({"number": "26322000000000000001", "code": "0320018001"}, errors.InvoiceNumberInvalid, "number"),
        ({"tax_fen": 99}, errors.InvoiceNotAdding, "gross_fen"),
        ({"buyer_code": "91320000000000000X"}, errors.InvoicePartyWrong, "buyer_code"),
        ({"seller_code": ""}, errors.InvoicePartyWrong, "seller_code"),
        ({"red_of": "26322000000000000009"}, errors.InvoiceRedUnfit, "red_of"),
    ],
)
def test_a_face_that_does_not_fit_is_refused_with_its_field(work, payers, face, over, error, field):
    with pytest.raises(error) as refused:
        enter(work, payers, face, **over)
    assert refused.value.field == field


def test_an_invoice_of_tomorrow_or_of_too_much_is_refused(work, payers, face):
    with pytest.raises(errors.InvoiceFuture):
        enter(work, payers, face, issued_on=face["issued_on"] + timedelta(days=1))
    with pytest.raises(errors.InvoiceTooLarge):
        enter(work, payers, face, net_fen=face["net_fen"] + 1, gross_fen=face["gross_fen"] + 1)


def test_a_number_is_taken_in_once(work, payers, face):
    half = face["gross_fen"] // 2
    part = face | {"net_fen": half, "tax_fen": 0, "gross_fen": half}
    enter(work, payers, part)
    with pytest.raises(errors.DuplicateInvoice):
        enter(work, payers, part)
    enter(work, payers, part, number="12345678", code="032001800111")


def test_a_red_invoice_takes_one_back_whole_and_once(work, payers, face):
    first = enter(work, payers, face)
    with work(payers.maker) as ctx:
        invoices.check(ctx, first.id, genuine=True)
    red = enter(work, payers, face, number="26322000000000000002", red_of=first.number)
    with work(payers.maker) as ctx:
        invoices.check(ctx, red.id, genuine=True)
        assert queries.invoiced_fen(ctx, payers.milestone_id, ("checked",)) == 0
    with pytest.raises(errors.InvoiceAlreadyRed):
        enter(work, payers, face, number="26322000000000000003", red_of=first.number)
    enter(work, payers, face, number="26322000000000000004")


def test_only_the_two_sides_handle_an_invoice(work, payers, face):
    stranger = some_payers(work)
    with pytest.raises(errors.PaymentNotFound), work(stranger.parties.agency) as ctx:
        invoices.enter(ctx, payers.milestone_id, **face)
    row = enter(work, payers, face)
    with pytest.raises(errors.InvoiceNotFound), work(stranger.maker) as ctx:
        invoices.check(ctx, row.id, genuine=True)
    with pytest.raises(errors.ReasonNeeded), work(payers.maker) as ctx:
        invoices.check(ctx, row.id, genuine=False)


@given(st.text("0123456789 ABC", max_size=21), st.text("0123456789", max_size=13))
def test_a_number_is_of_one_kind_or_none(number, code):
    fits = rules.invoice_number_fits(code, number)
    digits = number.isdigit() and number.isascii()
    digital, paper = not code and len(number) == 20, len(code) in {10, 12} and len(number) == 8
    assert fits == (digits and (digital or paper))


def test_a_penalty_goes_back_to_the_line_and_a_retention_is_paid_on_its_day(runtime, work, clock, sandbox, payers):
    order = a_prepared_order(work, payers)
    whole, held, fine = order.amount_fen, order.amount_fen * 3 // 100, 5_000
    day = shanghai_date(clock()) + timedelta(days=30)
    with work() as ctx:
        before = balances.available_fen(ctx, budgets.encumbrance(ctx, order.encumbrance_id).line_id)
    a_checked_invoice(work, payers)
    with work(payers.maker) as ctx:
        service.deduct(ctx, order.id, kind="retention", amount_fen=held, basis="合同第九条", release_on=day)
        service.deduct(ctx, order.id, kind="penalty", amount_fen=fine, basis="合同第十二条，逾期一天")
        assert service.submit(ctx, order.id).amount_fen == whole - held - fine
    with work(payers.checker) as ctx:
        service.approve(ctx, order.id)
    flight.run_due(runtime)
    assert stages(work, order) == {"due": held, "paid": whole - held - fine}
    with work() as ctx:
        assert balances.available_fen(ctx, budgets.encumbrance(ctx, order.encumbrance_id).line_id) == before + fine
    clock.advance(days=31)
    runtime.settle()
    with work() as ctx:
        (later,) = ctx.session.scalars(queries.orders(None, ["draft"]))
        assert (later.amount_fen, later.replaces, later.milestone_id) == (held, None, payers.milestone_id)
        assert later.due_at > clock()
    with work(payers.maker) as ctx:
        service.submit(ctx, later.id)
    with work(payers.checker) as ctx:
        service.approve(ctx, later.id)
    flight.run_due(runtime)
    assert stages(work, order) == {"paid": whole - fine}
    assert sorted(row["amount_fen"] for row in sandbox.moved()) == sorted([held, whole - held - fine])


def test_a_returned_payment_is_paid_anew_with_the_same_deductions_booked_once(runtime, work, clock, sandbox, payers):
    order = a_prepared_order(work, payers)
    a_checked_invoice(work, payers)
    with work(payers.maker) as ctx:
        service.deduct(ctx, order.id, kind="penalty", amount_fen=700, basis="合同第十二条")
        service.submit(ctx, order.id)
    with work(payers.checker) as ctx:
        service.approve(ctx, order.id)
    flight.run_due(runtime)
    sandbox.finish(order.number, "REFUND")
    with work() as ctx:
        row = queries.order(ctx, order.id)
        told = queries.gateway(ctx, "sandbox").query(_prepared(ctx, row), deadline=soon())
        service.apply_observation(ctx, order.id, told)
        assert row.state == "returned"
    net = order.amount_fen - 700
    assert stages(work, order) == {"due": net}
    with work(payers.maker) as ctx:
        again = service.replace(ctx, order.id)
        assert (again.replaces, again.amount_fen) == (order.id, net)
        with pytest.raises(errors.DeductionBooked):
            service.drop(ctx, again.id, queries.lines(ctx, again.id)[0].id)
        service.submit(ctx, again.id)
    with work(payers.checker) as ctx:
        service.approve(ctx, again.id)
    flight.run_due(runtime)
    assert stages(work, order) == {"paid": net}


def _prepared(ctx, row):
    return Prepared.of("transfer", row.number, Fen(row.amount_fen), ctx.keys.decrypt(row.payload))


@pytest.mark.parametrize(
    ("facts", "error"),
    [
        ({"kind": "penalty", "amount_fen": 0}, errors.DeductionTooLarge),
        ({"kind": "penalty", "amount_fen": 10**12}, errors.DeductionTooLarge),
        ({"kind": "penalty", "amount_fen": 100, "basis": " "}, errors.ReasonNeeded),
        ({"kind": "retention", "amount_fen": 100}, errors.ReleaseDayWrong),
        ({"kind": "retention", "amount_fen": 900_000, "days": 10}, errors.RetentionAboveCap),
    ],
)
def test_a_deduction_that_does_not_fit_is_refused(work, clock, payers, facts, error):
    order = a_prepared_order(work, payers)
    days = facts.pop("days", None)
    day = shanghai_date(clock()) + timedelta(days=days) if days else None
    with pytest.raises(error), work(payers.maker) as ctx:
        service.deduct(ctx, order.id, **{"basis": "合同第九条", "release_on": day, **facts})


def test_a_dropped_deduction_is_paid_again_and_a_submitted_order_takes_none(work, payers):
    order = a_submitted_order(work, payers)
    with pytest.raises(WrongState), work(payers.maker) as ctx:
        service.deduct(ctx, order.id, kind="penalty", amount_fen=1, basis="合同")
    with work(payers.checker) as ctx:
        service.send_back(ctx, order.id, reason="漏扣违约金")
    with work(payers.maker) as ctx:
        service.deduct(ctx, order.id, kind="penalty", amount_fen=1, basis="合同")
        (line,) = queries.lines(ctx, order.id)
        assert service.drop(ctx, order.id, line.id).amount_fen == order.amount_fen


def test_a_signed_contract_keeps_its_account_until_both_sides_change_it(runtime, work, sandbox, payers):
    runtime.settle()
    order = a_prepared_order(work, payers)
    a_checked_invoice(work, payers)
    with work(payers.parties.agency) as ctx, pytest.raises(errors.NothingToChange):
        payees.ask_change(ctx, payers.contract_id, document="补-1")
    with work(payers.parties.agency) as ctx:
        service.set_payee(ctx, payers.parties.agency_id, **NEW)
    with pytest.raises(errors.ContractPayeeDiffers), work(payers.maker) as ctx:
        service.submit(ctx, order.id)
    with work(payers.parties.agency) as ctx:
        asked = payees.ask_change(ctx, payers.contract_id, document="补-1")
    with pytest.raises(errors.ChangePending), work(payers.parties.agency) as ctx:
        payees.ask_change(ctx, payers.contract_id, document="补-2")
    with pytest.raises(errors.ReasonNeeded), work(payers.checker) as ctx:
        payees.decide_change(ctx, asked.id, agree=False)
    with work(payers.checker) as ctx:
        assert payees.decide_change(ctx, asked.id, agree=True).state == "agreed"
    with work(payers.maker) as ctx:
        assert service.submit(ctx, order.id).payee_hint == "••••7776"
    with work(payers.checker) as ctx:
        service.approve(ctx, order.id)
    flight.run_due(runtime)
    assert len(sandbox.moved()) == 1


def test_a_refused_change_leaves_the_account_as_it_was(work, payers):
    an_approved_order(work, payers)
    with work(payers.parties.agency) as ctx:
        service.set_payee(ctx, payers.parties.agency_id, **NEW)
        asked = payees.ask_change(ctx, payers.contract_id, document="补-1")
    stranger = some_payers(work)
    with pytest.raises(errors.ChangeNotFound), work(stranger.checker) as ctx:
        payees.decide_change(ctx, asked.id, agree=True)
    with work(payers.checker) as ctx:
        payees.decide_change(ctx, asked.id, agree=False, reason="未见补充协议原件")
        assert queries.contract_payee(ctx, payers.contract_id).account_hint != asked.account_hint
