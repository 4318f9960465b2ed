"""The verbs on payment orders: two persons, frozen content, one live order for a milestone."""

import pytest

from marketplace.budgets.queries import balances
from marketplace.kernel.errors import NotPermitted, WrongState
from marketplace.ledger import check
from marketplace.payments import deadlines, errors, flight, queries, service
from marketplace.payments.queries import course
from marketplace.testing.contracts import some_parties
from marketplace.testing.identity import a_colleague, a_member
from marketplace.testing.payments import (
    ACCOUNT,
    a_prepared_order,
    a_submitted_order,
    an_approved_order,
    some_payers,
)
from tests.payments.orders import stages


@pytest.fixture
def payers(work):
    return some_payers(work)


def test_acceptance_prepares_an_order_by_itself(runtime, work, payers):
    runtime.settle()
    with work() as ctx:
        order = queries.live_for(ctx, payers.milestone_id)
        assert order is not None
        assert (order.state, order.gateway, order.made_by) == ("draft", "sandbox", None)
        assert order.amount_fen == balances.stages(ctx, order.encumbrance_id)["due"]


def test_treasury_money_has_its_own_rail(work):
    assert a_prepared_order(work, some_payers(work, source="treasury")).gateway == "treasury"


def test_preparing_again_gives_the_same_order(work, payers):
    assert a_prepared_order(work, payers).id == a_prepared_order(work, payers).id


def test_a_second_live_order_is_refused_by_the_database(work, payers):
    from sqlalchemy.orm import make_transient

    order = a_prepared_order(work, payers)
    with pytest.raises(errors.AlreadyPaying), work() as ctx:
        twin = queries.order(ctx, order.id)
        ctx.session.expunge(twin)
        make_transient(twin)
        twin.id, twin.number = ctx.new_id(), "ZF-TWIN"
        ctx.session.add(twin)


def test_a_milestone_that_was_not_accepted_is_not_paid(work):
    from marketplace.testing.contracts import a_contract, parts_of

    with work() as ctx:
        parties = some_parties(ctx, encumbered=True)
    part = parts_of(work, a_contract(work, parties))[0]
    with pytest.raises(errors.NothingDue), work() as ctx:
        service.prepare(ctx, part.id)


def test_an_enterprises_contract_is_not_paid_from_a_budget(work):
    from marketplace.testing.contracts import a_finished_contract, parts_of

    with work() as ctx:
        parties = some_parties(ctx)
    part = parts_of(work, a_finished_contract(work, parties))[0]
    with work() as ctx:
        deadlines.prepare(ctx, part.id)
        assert queries.live_for(ctx, part.id) is None


def test_maker_and_checker_are_two_persons(work, payers):
    order = a_submitted_order(work, payers)
    with pytest.raises(errors.SamePerson), work(payers.maker) as ctx:
        service.approve(ctx, order.id)
    with work() as ctx:
        assert queries.order(ctx, order.id).state == "submitted"


def test_the_database_refuses_one_person_too(work, payers):
    order = an_approved_order(work, payers)
    with pytest.raises(errors.SamePerson), work() as ctx:
        queries.order(ctx, order.id).approved_by = payers.maker.login_id


def test_nobody_approves_an_order_that_nobody_submitted(work, payers):
    order = a_prepared_order(work, payers)
    with pytest.raises(WrongState), work(payers.checker) as ctx:
        service.approve(ctx, order.id)


def test_a_clerk_without_the_right_does_not_approve(work, payers):
    order = a_submitted_order(work, payers)
    with pytest.raises(NotPermitted), work(payers.parties.buyer) as ctx:
        service.approve(ctx, order.id)


def test_another_departments_finance_sees_nothing(work, payers):
    order = a_submitted_order(work, payers)
    with work() as ctx:
        stranger = a_member(ctx, "department", "finance")
    for verb in (service.approve, service.submit):
        with pytest.raises(errors.PaymentNotFound), work(stranger) as ctx:
            verb(ctx, order.id)
    with pytest.raises(errors.PaymentNotFound), work(stranger) as ctx:
        queries.readable(ctx, queries.order(ctx, order.id))


def test_approval_freezes_the_content_and_moves_the_money_to_transit(work, payers):
    order = an_approved_order(work, payers)
    assert order.digest is not None
    assert stages(work, order) == {"transit": order.amount_fen}
    with work() as ctx:
        payload = ctx.keys.decrypt(order.payload or "").decode()
        assert ACCOUNT in payload
        assert ACCOUNT not in (order.payload or "")


def test_without_payee_details_nothing_is_submitted(work):
    payers = some_payers(work, payee=False)
    order = a_prepared_order(work, payers)
    with pytest.raises(errors.PayeeMissing), work(payers.maker) as ctx:
        service.submit(ctx, order.id)


def test_a_payee_changed_after_submission_is_not_paid(work, payers):
    order = a_submitted_order(work, payers)
    with work(payers.parties.agency) as ctx:
        service.set_payee(
            ctx, payers.parties.agency_id, kind="bank_account", account="6222020009998887776", bank_name="建设银行"
        )
    with pytest.raises(errors.ContractPayeeDiffers), work(payers.checker) as ctx:
        service.approve(ctx, order.id)
    with work(payers.checker) as ctx:
        service.send_back(ctx, order.id, reason="收款信息已变更")
    with pytest.raises(errors.ContractPayeeDiffers), work(payers.maker) as ctx:
        service.submit(ctx, order.id)


def test_the_treasury_pays_no_alipay_account(work):
    payers = some_payers(work, source="treasury", payee=False)
    with work(payers.parties.agency) as ctx:
        service.set_payee(ctx, payers.parties.agency_id, kind="alipay_logon_id", account="pay@example.com")
    order = a_prepared_order(work, payers)
    with pytest.raises(errors.PayeeUnsuited), work(payers.maker) as ctx:
        service.submit(ctx, order.id)


@pytest.mark.parametrize(
    ("facts", "error"),
    [
        ({"kind": "bank_account", "account": "12", "bank_name": "建设银行"}, errors.AccountInvalid),
        ({"kind": "bank_account", "account": ACCOUNT}, errors.BankMissing),
        ({"kind": "alipay_logon_id", "account": ACCOUNT}, errors.AccountInvalid),
    ],
)
def test_unusable_payee_details_are_refused_with_their_field(work, payers, facts, error):
    with pytest.raises(error) as refused, work(payers.parties.agency) as ctx:
        service.set_payee(ctx, payers.parties.agency_id, **facts)
    assert refused.value.field in {"account", "bank_name"}


def test_an_agency_sets_only_its_own_payee(work, payers):
    with pytest.raises(errors.PaymentNotFound), work(payers.parties.agency) as ctx:
        service.set_payee(ctx, "0" * 32, kind="alipay_logon_id", account="pay@example.com")


def test_a_held_order_goes_on_or_is_withdrawn_and_replaced(work, payers):
    order = an_approved_order(work, payers)
    with work(payers.maker) as ctx:
        service.hold(ctx, order.id, reason="核对发票")
    with work(payers.checker) as ctx:
        assert service.resume(ctx, order.id).state == "approved"
    with work(payers.maker) as ctx:
        service.hold(ctx, order.id, reason="发票有误")
    with work(payers.checker) as ctx:
        service.withdraw(ctx, order.id, reason="发票有误，重新开具")
    assert stages(work, order) == {"due": order.amount_fen}
    with work(payers.maker) as ctx:
        again = service.replace(ctx, order.id)
        service.submit(ctx, again.id)
    with work(payers.checker) as ctx:
        service.approve(ctx, again.id)
    assert stages(work, order) == {"transit": order.amount_fen}


@pytest.mark.parametrize("reason", ["", "  "])
def test_holding_needs_a_reason(work, payers, reason):
    order = a_prepared_order(work, payers)
    with pytest.raises(errors.ReasonNeeded), work(payers.maker) as ctx:
        service.hold(ctx, order.id, reason=reason)


def test_an_order_that_left_is_not_held_and_an_open_one_not_replaced(runtime, work, payers, sandbox):
    order = an_approved_order(work, payers)
    sandbox.fault("system_error_not_done")
    flight.run_due(runtime)
    with pytest.raises(errors.AlreadySent), work(payers.maker) as ctx:
        service.hold(ctx, order.id, reason="太晚")
    with pytest.raises(errors.NotReplaceable), work(payers.maker) as ctx:
        service.replace(ctx, order.id)


def test_every_payment_is_traced_to_its_appropriation(runtime, work, payers, sandbox):
    order = an_approved_order(work, payers)
    flight.run_due(runtime)
    with work() as ctx:
        kinds = {step.posting.kind for step in course.trace(ctx, queries.order(ctx, order.id))}
        assert {"appropriate", "reserve", "obligate", "due", "transit", "settle"} <= kinds
        assert check.run(ctx) == []
        assert {step.type for step in course.steps(ctx, order.id)} == {
            "payment.order.prepared",
            "payment.order.submitted",
            "payment.order.approved",
            "payment.order.moved",
        }


def test_the_statutory_clock_counts_days_late_and_interest(runtime, work, clock, payers, sandbox):
    order = an_approved_order(work, payers)
    with work() as ctx:
        assert not course.clock_of(order, ctx.now).late
    clock.advance(days=40)
    with work() as ctx:
        late = course.clock_of(order, ctx.now)
        assert late.days_late == 10
        assert late.interest_fen == (order.amount_fen * 5 * 10 + 5_000) // 10_000
    flight.run_due(runtime)
    clock.advance(days=40)
    with work() as ctx:
        paid = queries.order(ctx, order.id)
        assert course.clock_of(paid, ctx.now).days_late == 10


def test_a_colleague_of_the_same_department_may_read(work, payers):
    order = a_prepared_order(work, payers)
    with work() as ctx:
        colleague = a_colleague(ctx, order.department_id, "finance")
    with work(colleague) as ctx:
        assert queries.readable(ctx, queries.order(ctx, order.id)).id == order.id
