"""Supervision through its pages, its JSON and its terminal."""

import re

import pytest
from click.testing import CliRunner

from marketplace.agencies import queries as agencies
from marketplace.contracts import queries as contracts
from marketplace.supervision import cli, queries, service
from marketplace.testing.agencies import an_agency
from marketplace.testing.contracts import a_contract, some_parties
from marketplace.testing.identity import a_colleague
from marketplace.testing.supervision import a_case, a_complaint, a_finding, a_regulator
from marketplace.web.terminal import Opener

# What is asked here of the database is asked again elsewhere, on both.
pytestmark = pytest.mark.once

FORM = {
    "about_kind": "agency",
    "category": "quality",
    "text": "报告数据与现场不符。",
    "complainant_name": "赵海燕",
    "phone": "13851234567",
}


@pytest.fixture
def agency(work):
    with work() as ctx:
        row = an_agency(ctx, name="连云港诚信环境咨询有限公司")
        a_colleague(ctx, row.id, "agency", username="jigou")
        a_regulator(ctx, "jianguan1")
        a_regulator(ctx, "jianguan2")
        return row


def _text(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.get_data(as_text=True)))


def test_anybody_files_a_complaint_and_follows_it_by_number(client, agency):
    assert client.get("/complaints/new").status_code == 200
    answer = client.post("/complaints/new", data={**FORM, "about_number": agency.uscc})
    assert answer.status_code == 303
    receipt = client.get(answer.location)
    assert "投诉已提交，请记下受理编号" in _text(receipt)
    assert "TS-2026-000001" in _text(receipt)
    assert "赵海燕" not in _text(receipt)
    assert "报告数据" not in _text(receipt)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("about_number", "ZJ-0", "没有找到编号为“ZJ-0”的投诉对象"),
        ("text", "", "此项必填"),
        ("category", "x", "请从列出的选项中选择"),
    ],
)
def test_a_wrong_complaint_is_shown_again_with_the_reason(client, agency, field, value, said):
    answer = client.post("/complaints/new", data={**FORM, "about_number": agency.uscc, field: value})
    assert answer.status_code == 422
    assert said in _text(answer)
    assert "报告数据与现场不符。" in answer.get_data(as_text=True) or field == "text"


def test_an_unknown_complaint_is_not_found(client):
    assert client.get("/complaints/TS-2026-999999").status_code == 404


def test_a_regulator_takes_a_complaint_up_and_decides_it(client, sign_in, work, agency):
    with work() as ctx:
        id = a_complaint(ctx, agencies.agency(ctx, agency.id)).id
    browser = sign_in(client, "jianguan1")
    assert "TS-2026-000001" in _text(browser.get("/regulator/complaints"))
    page = browser.get(f"/regulator/complaints/{id}")
    assert "赵海燕" in _text(page)
    assert browser.post(f"/regulator/complaints/{id}/accept").status_code == 303
    wrong = browser.post(f"/regulator/complaints/{id}/decide", data={"upheld": "true"})
    assert wrong.status_code == 422
    done = browser.post(f"/regulator/complaints/{id}/decide", data={"upheld": "true", "decision": "反映属实"})
    assert done.status_code == 303
    assert "投诉属实" in _text(browser.get(done.location))
    with work(write=False) as ctx:
        assert [row.kind for row in ctx.session.scalars(queries.findings(agency.id))] == ["complaint_verified"]
    assert _text(browser.get("/regulator/complaints?state=upheld")).count("TS-2026-000001") == 1


def test_the_agency_answers_a_complaint_without_learning_who_complained(client, sign_in, work, clock, agency):
    with work() as ctx:
        row = a_complaint(ctx, agencies.agency(ctx, agency.id))
    browser = sign_in(client, "jigou")
    assert browser.get(f"/agency/complaints/{row.id}").status_code == 404
    with work() as ctx:
        service.accept(ctx, row.id)
    assert row.number in _text(browser.get("/agency/cases"))
    assert row.number in _text(browser.get("/desk"))
    page = _text(browser.get(f"/agency/complaints/{row.id}"))
    assert "报告数据与现场不符" in page
    assert "赵海燕" not in page
    assert browser.post(f"/agency/complaints/{row.id}", data={"text": ""}).status_code == 422
    filed = browser.post(f"/agency/complaints/{row.id}", data={"text": "现场记录齐全，附照片编号。"})
    assert filed.status_code == 303
    more = browser.post(f"/api/v1/complaints/{row.id}/answer", json={"text": "补充：复测一致。"})
    assert more.json["answer"] == "现场记录齐全，附照片编号。\n\n补充：复测一致。"
    assert "赵海燕" not in browser.get("/api/v1/agency/complaints").text
    assert row.number not in _text(browser.get("/desk"))
    clock.advance(days=14)
    assert sign_in(client, "jigou").post(f"/agency/complaints/{row.id}", data={"text": "又补充。"}).status_code == 422
    assert "现场记录齐全" in _text(sign_in(client, "jianguan1").get(f"/regulator/complaints/{row.id}"))


def test_another_agency_does_not_see_the_complaint(client, sign_in, work, agency):
    with work() as ctx:
        row = a_complaint(ctx, agencies.agency(ctx, agency.id))
        service.accept(ctx, row.id)
        an_agency(ctx, username="bieren", password="juniper-violin-4417")
    browser = sign_in(client, "bieren")
    assert browser.get(f"/agency/complaints/{row.id}").status_code == 404
    assert browser.post(f"/api/v1/complaints/{row.id}/answer", json={"text": "代答"}).status_code == 404
    assert browser.get("/api/v1/agency/complaints").json["items"] == []


def test_a_complaint_may_be_declined_with_a_reason(client, sign_in, work, agency):
    with work() as ctx:
        row = a_complaint(ctx, agencies.agency(ctx, agency.id))
    browser = sign_in(client, "jianguan1")
    assert browser.post(f"/regulator/complaints/{row.id}/refuse", data={}).status_code == 422
    assert browser.post(f"/regulator/complaints/{row.id}/refuse", data={"reason": "请走诉讼"}).status_code == 303
    browser.delete_cookie("marketplace_sign_in")
    assert "不予受理" in _text(browser.get(f"/complaints/{row.number}"))


@pytest.mark.parametrize(
    "path", ["/regulator/complaints", "/regulator/cases", "/regulator/findings/new", "/api/v1/complaints"]
)
def test_agencies_do_not_enter_the_regulators_rooms(client, sign_in, agency, path):
    assert sign_in(client, "jigou").get(path).status_code == 403


def test_a_case_goes_from_finding_to_the_public_list(client, sign_in, work, clock, runtime, agency):
    sign_in(client, "jianguan1")
    found = client.post(
        "/regulator/findings/new",
        data={"uscc": agency.uscc, "kind": "refuse_contract", "reference": "ZJ-2026-000009", "text": "中选后拒签合同"},
    )
    assert found.status_code == 303
    with work() as ctx:
        (row,) = service.sweep(ctx)
    assert "中选后拒签合同的，暂停" in _text(client.get("/regulator/cases"))
    early = client.post(f"/regulator/cases/{row.id}/decide", data={"confirm": "true", "reason": "事实清楚"})
    assert early.status_code == 409

    sign_in(client, "jigou")
    assert row.number in _text(client.get("/agency/cases"))
    assert "提交陈述申辩" in _text(client.get(f"/agency/cases/{row.id}"))
    assert client.post(f"/agency/cases/{row.id}", data={}).status_code == 422
    assert client.post(f"/agency/cases/{row.id}", data={"text": "合同与公告不符"}).status_code == 303
    assert client.get(f"/regulator/cases/{row.id}").status_code == 403

    sign_in(client, "jianguan2")
    page = client.get(f"/regulator/cases/{row.id}")
    assert "合同与公告不符" in _text(page)
    decided = client.post(f"/regulator/cases/{row.id}/decide", data={"confirm": "true", "reason": "理由不成立"})
    assert decided.status_code == 303
    assert "暂停" in _text(client.get(decided.location))
    assert row.number in _text(client.get("/regulator/cases?state=confirmed"))

    client.delete_cookie("marketplace_sign_in")
    public = _text(client.get("/lists/black"))
    assert "连云港诚信环境咨询有限公司" in public
    assert "理由不成立" in public
    assert "style=" not in client.get("/lists/black").get_data(as_text=True)


def test_a_suspension_is_lifted_from_the_case(client, sign_in, work, clock, agency):
    with work() as ctx:
        case_id = a_case(ctx, agency.id).id
    clock.advance(days=10)
    with work() as ctx:
        service.decide_case(ctx, case_id, confirm=True, reason="事实清楚")
        sanction_id = queries.sanction_of_case(ctx, case_id).id
    sign_in(client, "jianguan1")
    done = client.post(f"/regulator/sanctions/{sanction_id}/lift", data={"reason": "已整改"})
    assert done.status_code == 303
    assert "提前解除的理由：已整改" in _text(client.get(done.location))
    assert "目前没有执行中的清退或暂停" in _text(client.get("/lists/black"))


def test_a_regulator_opens_a_case_by_hand_only_when_the_rule_is_met(client, sign_in, work, agency):
    sign_in(client, "jianguan1")
    facts = {"uscc": agency.uscc, "rule": "collusion"}
    refused = client.post("/regulator/cases", data=facts)
    assert refused.status_code == 422
    assert "不能立案" in _text(refused)
    with work() as ctx:
        a_finding(ctx, agency.id, "collusion")
    opened = client.post("/regulator/cases", data=facts)
    assert opened.status_code == 303
    assert "已立案，并告知机构" in _text(client.get(opened.location))
    own = client.post(opened.location.split("?")[0] + "/decide", data={"confirm": "false", "reason": "证据不足"})
    assert own.status_code == 403


def test_json_tells_the_same_story(client, sign_in, work, clock, agency):
    filed = client.post("/api/v1/complaints", json={**FORM, "about_number": agency.uscc})
    assert filed.status_code == 201
    assert set(filed.json) & {"text", "complainant_name", "phone", "id"} == set()
    assert client.get(f"/api/v1/complaints/{filed.json['number']}").json["state"] == "filed"

    sign_in(client, "jianguan1")
    (listed,) = client.get("/api/v1/complaints").json["items"]
    assert client.post(f"/api/v1/complaints/{listed['id']}/acceptance").json["state"] == "accepted"
    decided = client.post(
        f"/api/v1/complaints/{listed['id']}/decision",
        json={"upheld": True, "decision": "属实", "finding_kind": "collusion"},
    )
    assert decided.json["state"] == "upheld"
    opened = client.post("/api/v1/exit-cases", json={"uscc": agency.uscc, "rule": "collusion"})
    assert (opened.status_code, opened.json["consequence"], opened.json["years"]) == (201, "remove", 3)
    case = f"/api/v1/exit-cases/{opened.json['id']}"
    found = client.post(
        "/api/v1/findings", json={"uscc": agency.uscc, "kind": "late", "reference": "HT-9", "text": "逾期"}
    )
    assert found.status_code == 201

    sign_in(client, "jigou")
    assert client.post(f"{case}/defence", json={"text": "没有串通"}).json["state"] == "defended"
    sign_in(client, "jianguan2")
    assert client.post(f"{case}/decision", json={"confirm": True, "reason": "属实"}).json["state"] == "confirmed"
    assert client.get(case).json["state"] == "confirmed"
    assert client.get("/api/v1/exit-cases").json["items"] == []
    (sanction,) = client.get("/api/v1/sanctions").json["items"]
    assert sanction["kind"] == "remove"
    refused = client.post(f"/api/v1/sanctions/{sanction['id']}/lift", json={"reason": "x"})
    assert (refused.status_code, refused.json["code"]) == (409, "supervision.sanction_not_liftable")


def test_json_declines_a_complaint(client, sign_in, work, agency):
    with work() as ctx:
        id = a_complaint(ctx, agencies.agency(ctx, agency.id)).id
    sign_in(client, "jianguan1")
    assert client.post(f"/api/v1/complaints/{id}/refusal", json={"reason": "请走诉讼"}).json["state"] == "refused"


def test_the_terminal_sweeps_and_lists_cases(app, work, agency):
    with work() as ctx:
        a_finding(ctx, agency.id)
    run = lambda *words: CliRunner().invoke(cli.supervision, words, obj=Opener(lambda: app))  # noqa: E731
    swept = run("sweep")
    assert (swept.exit_code, "1 cases opened" in swept.output) == (0, True)
    assert "0 cases opened" in run("sweep").output
    listed = run("cases").output
    assert "QT-2026-000001  noticed  refuse_contract" in listed
    assert run("cases", "--state", "confirmed").output == ""


def test_a_running_contract_goes_on_after_removal(work, clock):
    with work() as ctx:
        parties = some_parties(ctx)
    contract = a_contract(work, parties)
    with work() as ctx:
        case_id = a_case(ctx, contract.agency_id, "bribery").id
    clock.advance(days=10)
    with work() as ctx:
        service.decide_case(ctx, case_id, confirm=True, reason="行贿属实")
        assert agencies.agency(ctx, contract.agency_id).standing == "expelled"
        assert contracts.contract(ctx, contract.id).status == contract.status
