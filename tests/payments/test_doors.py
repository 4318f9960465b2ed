"""Pages, JSON, terminal and the providers' address."""

import pytest
from click.testing import CliRunner

from marketplace.payments import flight, queries
from marketplace.payments.cli import payments
from marketplace.payments.models import GatewayNotice
from marketplace.testing.payments import ACCOUNT, a_checked_invoice, a_prepared_order, an_approved_order, some_payers
from marketplace.web.terminal import Opener


@pytest.fixture
def payers(work):
    return some_payers(work, username="pay")


def state_of(work, order):
    with work() as ctx:
        return queries.order(ctx, order.id).state


def test_two_persons_pay_through_the_pages(runtime, work, client, sign_in, sandbox, payers):
    order = a_prepared_order(work, payers)
    sign_in(client, "pay-maker")
    assert order.number in client.get("/dept/payments?state=draft").text
    assert client.get(f"/dept/payments/{order.number}/submit").status_code == 200
    refused = client.post(f"/dept/payments/{order.number}/submit")
    assert refused.status_code == 422
    assert "尚无查验通过的足额发票" in refused.text
    a_checked_invoice(work, payers)
    assert client.post(f"/dept/payments/{order.number}/submit").status_code == 303
    own = client.post(f"/dept/payments/{order.number}/approve")
    assert own.status_code == 422
    assert "不能是同一人" in own.text
    sign_in(client, "pay-checker")
    client.post(f"/dept/payments/{order.number}/approve")
    flight.run_due(runtime)
    page = client.get(f"/dept/payments/{order.number}?done=approve").text
    assert "已支付" in page
    assert "appropriate" in page
    assert ACCOUNT not in page
    assert ACCOUNT[-4:] in page
    english = client.get(f"/dept/payments/{order.number}?lang=en").text
    assert "Where the money came from" in english


def test_a_missing_reason_is_asked_for_at_its_field(work, client, sign_in, payers):
    order = a_prepared_order(work, payers)
    sign_in(client, "pay-maker")
    answer = client.post(f"/dept/payments/{order.number}/hold", data={"reason": ""})
    assert answer.status_code == 422
    assert 'href="#f-reason"' in answer.text
    assert state_of(work, order) == "draft"
    client.post(f"/dept/payments/{order.number}/hold", data={"reason": "核对合同"})
    assert state_of(work, order) == "held"


def test_a_treasury_receipt_is_entered_and_confirmed_on_the_page(runtime, work, client, sign_in):
    payers = some_payers(work, source="treasury", username="tre")
    order = an_approved_order(work, payers)
    flight.run_due(runtime)
    sign_in(client, "tre-maker")
    assert client.get(f"/dept/payments/{order.number}/receipt").status_code == 200
    facts = {"outcome": "paid", "document": "国支88号", "occurred_on": "2026-03-03"}
    assert client.post(f"/dept/payments/{order.number}/receipt", data=facts).status_code == 303
    with work() as ctx:
        receipt = queries.receipts(ctx, order.id)[0]
    sign_in(client, "tre-checker")
    assert client.post(f"/dept/payments/{order.number}/receipts/{receipt.id}/confirm").status_code == 303
    assert state_of(work, order) == "paid"


def test_the_agency_registers_where_it_is_paid_and_sees_its_payments(work, client, sign_in):
    payers = some_payers(work, username="age", payee=False)
    order = a_prepared_order(work, payers)
    sign_in(client, "age-agency")
    wrong = client.post("/agency/payments", data={"kind": "bank_account", "account": "12", "bank_name": "工商银行"})
    assert wrong.status_code == 422
    assert "f-account-error" in wrong.text
    client.post("/agency/payments", data={"kind": "bank_account", "account": ACCOUNT, "bank_name": "工商银行"})
    page = client.get("/agency/payments?done=saved").text
    assert order.number in page
    assert "••••3334" in page
    assert ACCOUNT not in page


def test_the_public_and_other_departments_see_no_payment(work, client, sign_in, payers):
    order = a_prepared_order(work, payers)
    assert client.get(f"/dept/payments/{order.number}").status_code == 303
    assert client.get(f"/api/v1/payments/{order.id}").status_code == 401
    some_payers(work, username="oth")
    sign_in(client, "oth-maker")
    assert client.get(f"/dept/payments/{order.number}").status_code == 404
    assert client.get(f"/api/v1/payments/{order.id}").status_code == 404
    assert client.get("/api/v1/payments").json["items"] == []


def test_json_has_the_same_verbs(runtime, work, client, sign_in, sandbox, payers):
    sign_in(client, "pay-maker")
    made = client.post("/api/v1/payments", json={"milestone_id": payers.milestone_id})
    assert made.status_code == 201
    id = made.json["id"]
    a_checked_invoice(work, payers)
    assert client.post(f"/api/v1/payments/{id}/submit", json={}).json["state"] == "submitted"
    assert client.post(f"/api/v1/payments/{id}/approve").json["type"].endswith("payments.same_person")
    sign_in(client, "pay-checker")
    assert client.post(f"/api/v1/payments/{id}/approve").json["state"] == "approved"
    flight.run_due(runtime)
    paid = client.get("/api/v1/payments?state=paid").json["items"][0]
    assert (paid["id"], paid["payee_hint"]) == (id, "••••3334")
    assert ACCOUNT not in str(paid)


def test_json_sets_the_payee(work, client, sign_in):
    some_payers(work, username="jso", payee=False)
    sign_in(client, "jso-agency")
    assert client.get("/api/v1/payee").status_code == 409
    facts = {"kind": "alipay_logon_id", "account": "pay@example.com"}
    assert client.put("/api/v1/payee", json=facts).json["account_hint"] == "••••.com"
    assert client.put("/api/v1/payee", json={"kind": "cash", "account": "x"}).status_code == 422


def paid_order(runtime, work, payers):
    order = an_approved_order(work, payers)
    flight.run_due(runtime)
    return order


def test_a_returned_transfer_is_noticed_stored_first_and_applied_once(runtime, work, client, sandbox, payers):
    order = paid_order(runtime, work, payers)
    notice = sandbox.finish(order.number, "REFUND")["notice"]
    for _ in range(3):
        answer = client.post("/payments/notices/sandbox", data=notice, headers={"Sec-Fetch-Site": "cross-site"})
        assert (answer.status_code, answer.text) == (200, "success")
    assert state_of(work, order) == "paid"
    with work() as ctx:
        assert ctx.session.query(GatewayNotice).count() == 1
    runtime.settle()
    assert state_of(work, order) == "returned"


def test_a_forged_notice_is_kept_as_evidence_and_never_acknowledged(runtime, work, client, sandbox, payers):
    order = paid_order(runtime, work, payers)
    notice = sandbox.finish(order.number, "REFUND")["notice"]
    answer = client.post("/payments/notices/sandbox", data=notice.replace("REFUND", "REFUNE"))
    assert answer.text != "success"
    with work() as ctx:
        assert [row.state for row in ctx.session.query(GatewayNotice)] == ["rejected"]
    assert client.post("/payments/notices/nobody", data=notice).status_code == 404
    assert client.post("/payments/notices/sandbox", data=b"x" * 70_000).status_code == 413


def test_a_notice_alone_never_releases_money(runtime, work, client, sandbox, payers):
    sandbox.set(status="DEALING")
    order = paid_order(runtime, work, payers)
    notice = sandbox.finish(order.number, "FAIL")["notice"]
    sandbox.fault("bad_gateway", times=2)
    client.post("/payments/notices/sandbox", data=notice)
    runtime.settle()
    assert state_of(work, order) == "accepted"


def shell(app, *words):
    return CliRunner().invoke(payments, words, obj=Opener(lambda: app))


def test_the_terminal_pays_and_lists(app, runtime, work, sandbox, payers):
    order = an_approved_order(work, payers)
    assert "1 payment orders touched" in shell(app, "run").output
    listed = shell(app, "orders", "--state", "paid").output
    assert order.number in listed
    assert ACCOUNT not in listed


def test_the_terminal_enters_a_receipt_that_a_person_confirms(app, runtime, work):
    payers = some_payers(work, source="treasury")
    order = an_approved_order(work, payers)
    flight.run_due(runtime)
    done = shell(app, "receipt", order.number, "paid", "88号", "2026-03-03")
    assert "waits for confirmation" in done.output
    assert state_of(work, order) == "accepted"
