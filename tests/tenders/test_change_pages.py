"""The pages and the JSON door of changes, questions and ends, as their users walk them."""

import pytest

from marketplace.audit import verifier
from marketplace.tenders import queries
from marketplace.tenders.queries import changes
from marketplace.testing.plugin import SameOrigin
from marketplace.testing.tenders import a_bid, a_buying_actor, a_tender, some_bidders

# What is asked here of the database is asked again elsewhere, on both.
pytestmark = pytest.mark.once


@pytest.fixture
def tender(work):
    """An open tender of `yezhu` with a sealed bid of `jia`."""
    buyer = a_buying_actor(work, username="yezhu")
    firm = some_bidders(work, 1, usernames=["jia"])[0]
    tender = a_tender(work, buyer)
    a_bid(work, firm, tender.id, 8_000_000)
    return tender


def test_a_change_is_checked_published_and_confirmed_in_one_step(work, client, tender, sign_in):
    sign_in(client, "yezhu")
    address = f"/buyer/tenders/{tender.number}/amend"
    page = client.get(address).text
    assert tender.title in page
    form = {
        "reason": "按专家意见调整",
        "title": tender.title,
        "content": tender.content,
        "conditions": tender.conditions,
        "service_workdays": "30",
        "ceiling_fen": "90000.00",
        "method": "lowest",
    }
    check = client.post(address, data=form)
    assert check.status_code == 200
    assert "已提交的报价须由机构确认后方才有效" in check.text
    with work() as ctx:
        assert queries.tender(ctx, tender.id).notice_version == 1
    assert client.post(address, data={**form, "step": "publish"}).status_code == 303
    notice = client.get(f"/tenders/{tender.number}").text
    assert "第 2 版" in notice
    assert "按专家意见调整" in notice
    assert client.post(address, data={**form, "reason": ""}).status_code == 422
    assert client.post(address, data={**form, "ceiling_fen": "abc"}).status_code == 422
    assert "没有任何变更" in client.post(address, data=form).text
    sign_in(client, "jia")
    assert "须确认" in client.get("/agency/bids").text
    assert "须确认" in client.get(f"/tenders/{tender.number}/bid/eligibility").text
    assert f"/tenders/{tender.number}/bid/confirm" in client.get("/desk").text
    shown = client.get(f"/tenders/{tender.number}/bid/confirm").text
    assert "30" in shown
    assert client.post(f"/tenders/{tender.number}/bid/confirm", data={"notice_version": "1"}).status_code == 409
    done = client.post(f"/tenders/{tender.number}/bid/confirm", data={"notice_version": "2"})
    assert done.status_code == 303
    assert "须确认" not in client.get("/agency/bids").text
    assert "报价已确认" in client.get(done.location).text
    receipt = client.get(f"{done.location.partition('?')[0]}.json").json
    assert (receipt["kind"], verifier.check_document(receipt)) == ("tender.bid.confirmed", {"receipt": []})


def test_a_question_is_asked_answered_and_read_by_everybody(work, app, client, tender, sign_in):
    sign_in(client, "jia")
    assert client.get(f"/tenders/{tender.number}/ask").status_code == 200
    assert client.post(f"/tenders/{tender.number}/ask", data={"question": ""}).status_code == 422
    assert client.post(f"/tenders/{tender.number}/ask", data={"question": "是否踏勘现场？"}).status_code == 303
    with work() as ctx:
        row = changes.clarifications(ctx, tender.id)[0]
    sign_in(client, "yezhu")
    assert row.id in client.get("/desk").text
    assert "是否踏勘现场" in client.get(f"/buyer/questions/{row.id}").text
    refused = client.post(f"/buyer/questions/{row.id}", data={"answer": "踏勘。", "changes_notice": "true"})
    assert refused.status_code == 422
    assert "须先变更公告" in refused.text
    assert client.post(f"/buyer/questions/{row.id}", data={"answer": "自行踏勘。"}).status_code == 303
    public = app.test_client().get(f"/tenders/{tender.number}").text
    assert "自行踏勘。" in public
    assert app.test_client().get(f"/tenders/{tender.number}?lang=en").status_code == 200


def test_a_tender_is_ended_and_posted_anew_from_its_pages(work, client, tender, sign_in):
    sign_in(client, "yezhu")
    address = f"/buyer/tenders/{tender.number}/cancel"
    assert "作废" in client.get(address).text
    assert client.post(address, data={"reason": "条件写错", "kind": "kind"}).status_code == 422
    done = client.post(address, data={"reason": "条件写错", "kind": "reposted"})
    assert done.status_code == 303
    assert "/check" in done.location
    assert "重新发布" in client.get(f"/tenders/{tender.number}").text
    assert client.post(f"/buyer/tenders/{tender.number}/repost").status_code == 409


def test_the_json_door_amends_confirms_asks_answers_and_ends(app, sign_in, tender):
    app.test_client_class = SameOrigin
    buyer, firm = sign_in(app.test_client(), "yezhu"), sign_in(app.test_client(), "jia")
    root = f"/api/v1/tenders/{tender.id}"
    made = buyer.post(f"{root}/amendments", json={"reason": "调整", "service_workdays": 30})
    assert (made.status_code, made.json["version"], made.json["effect"]) == (201, 2, "confirm")
    assert firm.get(f"{root}/amendments").json[0]["reason"] == "调整"
    sure = firm.post(f"{root}/bids/mine/confirmation", json={"notice_version": 2})
    assert (sure.status_code, sure.json["kind"]) == (200, "tender.bid.confirmed")
    assert firm.get(f"{root}/bids/mine").json["notice_version"] == 2
    asked = firm.post(f"{root}/clarifications", json={"question": "是否踏勘？"}).json
    said = buyer.post(f"/api/v1/clarifications/{asked['id']}/answer", json={"answer": "是"})
    assert said.status_code == 200
    assert "asker" not in str(firm.get(f"{root}/clarifications").json)
    ended = buyer.post(f"{root}/cancellation", json={"reason": "不再采购", "kind": "void"})
    assert ended.json["stage"] == "cancelled"
    again = buyer.post(f"{root}/repost", json={"reason": "重新发布"})
    assert (again.status_code, again.json["stage"]) == (201, "draft")
