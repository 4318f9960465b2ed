"""Third act: contract, delivery, acceptance, payment, review."""

import re
from io import BytesIO

from marketplace.identity.queries import organisation
from marketplace.testing.contracts import PDF
from tests.flows.entering import stages


def the_contract_is_made(market, buyer, agency, number):
    """Drawn up by the buyer, confirmed by both; it stands in public. Returns its id."""
    person = market.person(buyer)
    page = person.press(
        f"/awards/{number}/contract/new",
        "生成草稿",
        content="开展地质灾害危险性评估，提交评估报告并通过专家评审。",
        starts_on=market.day(0),
        ends_on=market.day(40),
        milestone_title=["提交野外调查成果", "提交评估报告"],
        milestone_percent=["30", "70"],
        milestone_due=[market.day(15), market.day(40)],
    )
    assert "合同草稿已生成" in page
    contract_id = re.search(r"/buyer/contracts/([0-9a-f]+)", person.at)[1]
    person.press(f"/buyer/contracts/{contract_id}/confirm", "确认合同")
    program = market.program(agency)
    signed = program.post(f"/contracts/{contract_id}/confirmation", name="confirm-contract")
    assert (signed["status"], signed["amount_fen"]) == ("active", "59800.00")
    assert signed["number"] in market.public.read("/contracts")
    market.anybody.get(f"/contract-notices/{signed['number']}", name="show-contract-notice")
    return contract_id


def parts(market, agency, contract_id):
    """The milestones as the agency's program reads them."""
    return market.program(agency).get(f"/contracts/{contract_id}", name="show-contract")["milestones"]


def the_first_result_is_returned_once(market, buyer, agency, part):
    """Uploaded by page, sent back with a reason, delivered again by program, accepted by page."""
    page = market.person(agency).press(
        f"/agency/milestones/{part['id']}/deliver",
        "提交成果",
        file=(BytesIO(PDF), "野外调查成果.pdf"),
        note="第一稿",
    )
    assert "野外调查成果.pdf" in page
    judge = f"/buyer/milestones/{part['id']}"
    page = market.person(buyer).press(f"{judge}/return", "退回成果", reason="缺少北侧边坡的钻孔柱状图。")
    assert "缺少北侧边坡的钻孔柱状图" in page
    file = market.program(agency).upload(
        f"/milestones/{part['id']}/deliverables", "野外调查成果（修改）.pdf", PDF, name="deliver", note="已补充"
    )
    assert (file["version"], file["media_type"]) == (2, "application/pdf")
    assert market.person(buyer).fetch(f"/deliverables/{file['id']}/file").data == PDF
    market.public.read(f"/deliverables/{file['id']}/file", status=303)
    assert "验收通过" in market.person(buyer).press(f"{judge}/accept", "验收通过")


def the_second_result_is_accepted_by_program(market, buyer, agency, part):
    """Two requests."""
    market.program(agency).upload(f"/milestones/{part['id']}/deliverables", "评估报告.pdf", PDF, note="")
    program = market.program(buyer)
    assert program.post(f"/milestones/{part['id']}/acceptance", name="accept-delivery")["status"] == "met"


def what_is_due_is_paid(market, maker, checker, line_id, amount):
    """The clock prepares, one person submits, another approves, the sandbox moves the money."""
    market.runtime.settle()
    program = market.program(maker)
    (order,) = program.get("/payments?state=draft", name="list-payments")["items"]
    steps = f"/dept/payments/{order['number']}"
    assert "尚无查验通过" in market.person(maker).press(f"{steps}/submit", "经办提交", status=422)
    the_invoice_is_taken_in(market, maker, order, amount)
    market.person(maker).press(f"{steps}/submit", "经办提交")
    page = market.person(maker).press(f"{steps}/approve", "复核通过", status=422)
    assert "经办" in page
    assert program.get(f"/payments/{order['id']}")["state"] == "submitted"
    assert [row for row in market.sandbox.moved() if row["number"] == order["number"]] == []
    market.person(checker).press(f"{steps}/approve", "复核通过")
    assert stages(market, maker, line_id)["transit"] == amount
    market.runtime.settle()
    assert program.get(f"/payments/{order['id']}", name="show-payment")["state"] == "paid"
    (moved,) = [row for row in market.sandbox.moved() if row["number"] == order["number"]]
    assert moved["amount_fen"] == int(amount.replace(".", ""))
    assert "已支付" in market.person(maker).read(steps)


def the_invoice_is_taken_in(market, maker, order, amount):
    """Entered and found genuine on the department's pages."""
    with market.runtime.work(write=False) as ctx:
        buyer, seller = (organisation(ctx, order[f"{side}_id"]).uscc for side in ("department", "agency"))
    face = {"number": f"26{int(order['number'][8:14]):018d}", "issued_on": market.today.isoformat()}
    face |= {"buyer_code": buyer, "seller_code": seller, "net_fen": amount, "tax_fen": "0", "gross_fen": amount}
    person = market.person(maker)
    page = person.press(f"/milestones/{order['milestone_id']}/invoices/new", "登记发票", **face)
    assert "待查验" in page
    assert "已查验" in person.press(person.at, "记录查验结果", genuine="true", page=page)


def the_service_is_rated(market, buyer, agency, contract_id):
    """Five marks from the buyer's program, the reply on the agency's page; both are public, and the grade moves."""
    uscc = market.uscc[agency]
    before = market.anybody.get(f"/agencies/{uscc}")["agency"]["score_points"]
    marks = {"quality": 5, "time": 5, "attitude": 5, "charge": 4, "conformity": 5}
    comment = "评估意见具体，专家组织有序。"
    review = market.program(buyer).post(
        f"/contracts/{contract_id}/review", {**marks, "comment": comment}, name="write-review", status=201
    )
    again = market.program(buyer).post(f"/contracts/{contract_id}/review", marks, name="review-twice", status=409)
    assert again["title"]
    page = market.person(agency).press(f"/agency/reviews/{review['id']}", "提交回应", text="感谢评价，我们继续改进。")
    assert "回应已提交" in page
    market.runtime.settle()
    agency_now = market.anybody.get(f"/agencies/{uscc}")["agency"]
    assert agency_now["score_points"] != before
    assert agency_now["stars"]
    shown = market.public.read(f"/rankings/{uscc}")
    assert comment in shown
    assert "感谢评价，我们继续改进。" in shown
    newest = market.anybody.get(f"/agencies/{uscc}/grades", name="list-grades")["items"][0]
    assert newest["points"] == agency_now["score_points"]
    assert f"{agency_now['stars']}" in market.public.read(f"/agencies/{uscc}")
