"""Last act: a complaint ends in removal, a receipt proves itself, the books balance."""

import json
import re
import subprocess
import sys
from datetime import timedelta

from marketplace.audit import queries as audit
from marketplace.ledger import check
from tests.flows.choosing import the_enterprise_posts_by_program


def a_complaint_is_upheld(market, agency):
    """Filed by anybody on a page, taken up and decided by the regulator."""
    page = market.public.press(
        "/complaints/new",
        "提交投诉",
        about_kind="agency",
        about_number=market.uscc[agency],
        category="collusion",
        text="该机构在投标前与其他机构商定报价，有聊天记录为证。",
        complainant_name="许先生",
        phone="13913300177",
    )
    number = re.search(r"TS-[0-9]{4}-[0-9]+", page)[0]
    assert "许先生" not in market.public.read(f"/complaints/{number}")
    regulator = market.person("jianguan")
    path = re.search(r"/regulator/complaints/[0-9a-f]{32}", regulator.read("/regulator/complaints"))[0]
    assert "许先生" in regulator.press(path, "受理")
    market.wait(2)
    regulator.press(
        path, "作出决定", upheld="true", finding_kind="collusion", decision="聊天记录经核验属实，构成串通报价。"
    )
    assert market.anybody.get(f"/complaints/{number}", name="show-complaint")["state"] == "upheld"


def the_agency_is_removed(market, agency):
    """The nightly sweep opens the case, the agency defends itself, another regulator decides."""
    market.until(market.clock() + timedelta(days=1))
    person = market.person(agency)
    path = re.search(r"/agency/cases/([0-9a-f]{32})", person.read("/agency/cases"))
    assert path, "the night has opened no case"
    assert "系个人行为" in person.press(path[0], "提交申辩", text="相关聊天系个人行为，请求从轻处理。")
    program = market.program("shenpi")
    case_id = path[1]
    assert program.get("/exit-cases", name="list-exit-cases")["items"][0]["id"] == case_id
    reason = "串通报价事实清楚，申辩理由不成立，依规清退；在履合同继续履行。"
    decided = program.post(f"/exit-cases/{case_id}/decision", {"confirm": True, "reason": reason}, name="decide-exit")
    assert (decided["state"], decided["consequence"]) == ("confirmed", "remove")
    assert reason in market.public.read("/lists/black")
    found = market.anybody.get(f"/agencies/{market.uscc[agency]}")["agency"]
    assert found["standing"] == "expelled"
    assert "已清退" in market.public.read(f"/agencies/{market.uscc[agency]}")


def it_can_neither_bid_nor_enter_again(market, agency, buyer, application):
    """A new notice of the enterprise is closed to it; so is the entry."""
    tender = the_enterprise_posts_by_program(market, buyer)
    program = market.program(agency)
    (bar, *_) = program.get(f"/tenders/{tender['id']}/eligibility", name="ask-eligibility-barred")
    assert bar["remedy"]
    facts = {"price_fen": "50000.00", "days": 20}
    refused = program.post(f"/tenders/{tender['id']}/bids", facts, name="bid-barred", status=403)
    assert (refused["code"], refused["facts"]) == ("tender.not_eligible", {"bar": bar["code"]})
    offer = market.person(agency).read(f"/tenders/{tender['number']}/bid/eligibility")
    assert bar["text"] in offer
    program.get(f"/tenders/{tender['id']}/bids/mine", status=404)
    again = market.anybody.post("/agencies", application, name="enter-again-refused", status=409)
    assert again["title"]


def a_receipt_proves_itself(market, receipt, folder):
    """On the verify page, and by the one-file verifier with the proof from the public log."""
    market.until(market.clock() + timedelta(minutes=2))
    page = market.public.press("/verify", "核验", document=json.dumps(receipt, ensure_ascii=False))
    assert "回执签名和内容" in page
    assert not re.search("签名与内容不符|不是您指定的公钥", page)
    proof = market.anybody.get(f"/log/proof?leaf={receipt['leaf']}", name="prove-inclusion")
    head = market.anybody.get("/log/head", name="log-head")
    assert proof["head"] == head
    tool = folder / "verifier.py"
    tool.write_text(market.public.fetch("/log/verifier.py").text, encoding="utf-8")
    bundle = {"receipt": receipt, **proof}
    assert run(tool, folder, bundle, head["public_key"]) == (0, ["receipt: 通过", "inclusion: 通过", "head: 通过"])
    forged = {**bundle, "receipt": {**receipt, "at": "2026-03-01T00:00:00+00:00"}}
    code, lines = run(tool, folder, forged, head["public_key"])
    assert code == 1
    assert "签名与内容不符" in lines[0]


def run(tool, folder, document, key):
    """The verifier as a stranger runs it: another process, only the file and the market's key."""
    file = folder / "bundle.json"
    file.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    told = subprocess.run(
        [sys.executable, "-I", str(tool), str(file), "--key", key], capture_output=True, text=True, check=False
    )
    return told.returncode, told.stdout.strip().splitlines()


def the_books_balance_and_the_log_holds(market):
    """The same checks as `ledger check` and `audit verify`."""
    with market.runtime.work(write=False) as ctx:
        assert check.run(ctx) == []
        assert audit.problems(ctx) == []
