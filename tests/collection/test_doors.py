"""Pages, JSON and terminal of collecting."""

import pytest
from click.testing import CliRunner

from marketplace.collection import queries, sender, service
from marketplace.collection.cli import collection
from marketplace.payments.ports import Observation, Outcome
from marketplace.testing.collection import SELLER, a_debtor, an_offered_collection, now
from marketplace.testing.reconciliation import two_clerks
from marketplace.web.terminal import Opener


@pytest.fixture
def debtor(work):
    return a_debtor(work, username="col")


def test_an_enterprise_pays_by_code_without_a_script(runtime, work, client, sign_in, clock, sandbox, debtor):
    sign_in(client, "col-buyer")
    assert debtor.milestone_id in client.get("/buyer/payments").text
    made = client.post("/buyer/payments", data={"milestone_id": debtor.milestone_id, "way": "qr"})
    assert made.status_code == 303
    path = made.headers["Location"].split("?")[0]
    assert 'http-equiv="refresh"' in client.get(path).text
    sender.run_due(runtime)
    page = client.get(path).text
    assert "<svg" in page
    assert SELLER not in page
    again = client.post("/buyer/payments", data={"milestone_id": debtor.milestone_id, "way": "qr"})
    assert (again.status_code, "已有未完成的收款单" in again.text) == (409, True)
    sandbox.pay(path.rsplit("/", 1)[1], deliver=False)
    clock.advance(seconds=30)
    sender.run_due(runtime)
    done = client.get(path).text
    assert "已付款" in done
    assert 'http-equiv="refresh"' not in done
    assert "收款回单" in client.get(f"{path}/receipt").text
    assert "Receipt" in client.get(f"{path}/receipt?lang=en").text
    sign_in(client, "col-agency")
    assert client.post(f"{path}/refund", data={"request_key": "A", "amount": "x", "reason": ""}).status_code == 422
    too_much = client.post(f"{path}/refund", data={"request_key": "A", "amount": "999999.00", "reason": "x"})
    assert (too_much.status_code, "超过可退余额" in too_much.text) == (409, True)
    back = client.post(f"{path}/refund", data={"request_key": "A", "amount": "1.00", "reason": "多收"})
    assert back.status_code == 303
    sender.run_due(runtime)
    assert "已退款" in client.get(path).text


def test_an_enterprise_may_give_up_and_pay_on_a_page(runtime, work, client, sign_in, sandbox, debtor):
    sign_in(client, "col-buyer")
    made = client.post("/buyer/payments", data={"milestone_id": debtor.milestone_id, "way": "page"})
    path = made.headers["Location"].split("?")[0]
    sender.run_due(runtime)
    assert "alipay.trade.page.pay" in client.get(path).text
    assert client.post(f"{path}/cancel").status_code == 303
    assert "正在关闭" in client.get(path).text
    assert client.post("/buyer/payments", data={"milestone_id": debtor.milestone_id, "way": "cash"}).status_code == 422


def test_the_agency_says_where_it_is_paid(work, client, sign_in):
    a_debtor(work, username="age", merchant=False)
    sign_in(client, "age-agency")
    assert client.post("/agency/collections", data={"seller": "12"}).status_code == 422
    assert client.post("/agency/collections", data={"seller": SELLER}).status_code == 303
    page = client.get("/agency/collections?done=merchant").text
    assert "0777" in page
    assert SELLER not in page


def test_strangers_see_nothing(runtime, work, client, sign_in, sandbox, debtor):
    row = an_offered_collection(runtime, work, debtor)
    assert client.get(f"/collections/{row.number}").status_code == 303
    a_debtor(work, username="oth")
    sign_in(client, "oth-buyer")
    assert client.get(f"/collections/{row.number}").status_code == 404
    assert client.get(f"/api/v1/collections/{row.number}").status_code == 404
    assert client.get("/finance/collections").status_code == 403
    assert client.get("/api/v1/collections").json["items"] == []


def late(runtime, work, clock, debtor):
    row = an_offered_collection(runtime, work, debtor)
    clock.advance(hours=1)
    runtime.settle()
    with work() as ctx:
        service.apply(ctx, row.id, Observation("query", row.number, Outcome.SUCCEEDED, operation="payment"))
        ((receipt, _),) = ctx.session.execute(queries.receipts("waiting")).all()
    return row, receipt


def test_a_clerk_allocates_what_came_late(runtime, work, client, sign_in, clock, sandbox, debtor):
    two_clerks(work, username="clk")
    row, receipt = late(runtime, work, clock, debtor)
    sign_in(client, "clk-one")
    assert row.number in client.get("/finance/receipts").text
    assert client.post(f"/finance/receipts/{receipt.id}/allocate", data={"reason": ""}).status_code == 422
    assert client.post(f"/finance/receipts/{receipt.id}/allocate", data={"reason": "付款人确认"}).status_code == 303
    assert now(work, row).state == "paid"
    assert client.post(f"/finance/receipts/{receipt.id}/refund", data={"reason": "x"}).status_code == 409
    assert row.number in client.get("/finance/collections?state=paid").text
    assert client.get("/finance/refunds").status_code == 200


def test_json_has_the_same_verbs(runtime, work, client, sign_in, clock, sandbox, debtor):
    two_clerks(work, username="clk")
    sign_in(client, "col-agency")
    assert client.put("/api/v1/merchant", json={"seller": SELLER}).json["hint"].endswith("0777")
    sign_in(client, "col-buyer")
    made = client.post("/api/v1/collections", json={"milestone_id": debtor.milestone_id})
    assert (made.status_code, made.json["state"]) == (201, "created")
    number = made.json["number"]
    sender.run_due(runtime)
    assert client.get(f"/api/v1/collections/{number}").json["action"].endswith(number)
    assert client.post(f"/api/v1/collections/{number}/cancel").json["state"] == "closing"
    clock.advance(hours=1)
    runtime.settle()
    sign_in(client, "col-agency")
    refused = client.post(
        f"/api/v1/collections/{number}/refunds", json={"request_key": "R", "amount": "1.00", "reason": "x"}
    )
    assert refused.json["type"].endswith("collection.not_refundable")
    with work() as ctx:
        row = queries.by_number(ctx, number)
        service.apply(ctx, row.id, Observation("query", number, Outcome.SUCCEEDED, operation="payment"))
    sign_in(client, "clk-one")
    (receipt,) = client.get("/api/v1/unallocated-receipts").json["items"]
    path = f"/api/v1/unallocated-receipts/{receipt['id']}"
    assert client.post(f"{path}/allocate", json={"reason": "确认"}).json["state"] == "paid"
    assert client.post(f"{path}/refund", json={"reason": "确认"}).status_code == 404
    sign_in(client, "col-agency")
    back = client.post(
        f"/api/v1/collections/{number}/refunds", json={"request_key": "R", "amount": "1.00", "reason": "多收"}
    )
    assert (back.status_code, back.json["amount"]) == (201, "1.00")


def test_the_terminal_runs_and_lists(app, runtime, work, clock, sandbox, debtor):
    def shell(*words):
        return CliRunner().invoke(collection, words, obj=Opener(lambda: app)).output

    row, _ = late(runtime, work, clock, debtor)
    assert row.number in shell("list", "--state", "closed")
    assert row.number in shell("receipts")
    assert "0 collections" in shell("run")
