"""Second act: the notice, the sealed bids, the opening, the objection, the letter."""

import json
import re
from datetime import datetime, timedelta

from marketplace.audit import verifier
from tests.flows.market import ITEM, REGION

CEILING = "80000.00"


def the_department_posts(market, username, line_id):
    """Five short pages and the button; the budget is put aside. Returns the number of the notice."""
    person = market.person(username)
    page = person.press(
        "/buyer/tenders/new", "保存并继续", item_code=ITEM, region=REGION, ceiling_fen=CEILING,
        title="城东棚改地块地质灾害危险性评估",
    )  # fmt: skip
    number = re.search(r"/buyer/tenders/(ZJ-[0-9-]+)/edit", person.at)[1]
    content = "对城东棚改地块开展地质灾害危险性评估，提交评估报告并通过专家评审。"
    edit = f"/buyer/tenders/{number}/edit"
    person.press(f"{edit}/requirement", "保存并继续", content=content, page=page, service_workdays="20")
    person.press(f"{edit}/money", "保存并继续", method="lowest", budget_line_id=line_id)
    page = person.press(f"{edit}/time", "保存并核对", closes_at=market.as_typed(market.after_workdays(4)))
    page = person.press(f"/buyer/tenders/{number}/check", "发布采购公告", page=page)
    assert "采购公告已发布" in page
    assert number in market.public.read("/tenders?text=棚改")
    return number


def the_enterprise_posts_by_program(market, username):
    """Draft and publication in two requests. Returns what the market says of the notice."""
    program = market.program(username)
    facts = {
        "title": "电池材料厂区边坡地质灾害危险性评估",
        "item_code": ITEM,
        "region": REGION,
        "content": "对厂区北侧边坡开展地质灾害危险性评估，提交报告。",
        "fund_source": "social",
        "payer": "buyer",
        "ceiling_fen": "60000.00",
        "method": "lowest",
        "service_workdays": 20,
        "closes_at": market.after_workdays(5).isoformat(),
    }
    draft = program.post("/tenders", facts, name="draft-tender", status=201)
    published = program.post(f"/tenders/{draft['id']}/publication", {}, name="publish-tender")
    assert (published["stage"], published["encumbrance_id"]) == ("open", None)
    return published


def notice(market, number):
    """The notice as everybody reads it."""
    return market.anybody.get(f"/tenders/{number}", name="show-tender")


def an_agency_bids_on_the_pages(market, username, number, price):
    """Eligibility, offer, check, receipt. Returns the receipt's file."""
    person = market.person(username)
    bid = f"/tenders/{number}/bid"
    assert f"{bid}/offer" in person.read(f"{bid}/eligibility")
    above = person.press(f"{bid}/offer", "下一步：核对", price_fen="80000.01", days="20", status=422)
    page = person.press(f"{bid}/offer", "下一步：核对", page=above, price_fen=price, days="18", lead="徐立群")
    assert "伍万玖仟捌佰元整" in page
    page = person.press(f"{bid}/check", "加密并提交报价", page=page)
    assert "报价已加密提交" in page
    return json.loads(person.fetch(re.search(r'href="([^"]+[0-9a-f]\.json)"', page)[1]).text)


def an_agency_bids_by_program(market, username, tender_id, price, *, name="", replaces=None):
    """Returns the signed receipt, which verifies without the market."""
    program = market.program(username)
    assert program.get(f"/tenders/{tender_id}/eligibility", name="ask-eligibility") == []
    facts = {"price_fen": price, "days": 20, "lead": "钱志国", **({"replaces": replaces} if replaces else {})}
    receipt = program.post(f"/tenders/{tender_id}/bids", facts, name=name, status=201)
    assert verifier.check_document(receipt) == {"receipt": []}
    return receipt


def an_agency_changes_its_bid(market, username, tender_id, receipt, price):
    """The new envelope names the one that it replaces; without that it is refused."""
    program = market.program(username)
    twice = {"price_fen": price, "days": 20}
    refused = program.post(f"/tenders/{tender_id}/bids", twice, name="bid-twice-refused", status=409)
    assert refused["code"] == "tender.bid_already_placed"
    changed = an_agency_bids_by_program(
        market, username, tender_id, price, name="change-bid", replaces=receipt["digest"]
    )
    assert program.get(f"/tenders/{tender_id}/bids/mine", name="my-bid")["digest"] == changed["digest"]


def an_agency_withdraws(market, username, tender_id, digest):
    """The envelope is destroyed."""
    program = market.program(username)
    path = f"/tenders/{tender_id}/bids/mine"
    gone = program.post(f"{path}/withdrawal", {"digest": digest}, name="withdraw-bid")
    assert gone["kind"] == "tender.bid.withdrawn"
    program.get(path, status=404)


def an_agency_withdraws_on_the_page(market, username, number):
    """The same by page, asked once more before."""
    page = market.person(username).press(f"/tenders/{number}/bid/withdraw", "确认撤回")
    assert "报价已撤回" in page


def nobody_sees_anything_before_the_opening(market, number, tender_id):
    """No price, no bidder, no number of bids."""
    pages = market.public.read(f"/tenders/{number}") + market.person("jianguan").read(f"/tenders/{number}")
    assert [word for word in ("59800", "59,800", "61200", "61,200", "宏远", "中土") if word in pages] == []
    for part in ("offers", "exclusions", "awards", "objections"):
        assert market.anybody.get(f"/tenders/{tender_id}/{part}", name="offers-before-opening") == []


def sign_up_ends(market, number):
    """The clock reaches the closing; the market opens, ranks and proposes by itself."""
    closes_at = market_time(notice(market, number)["closes_at"])
    market.until(closes_at - timedelta(minutes=1))
    assert notice(market, number)["stage"] == "open"
    market.until(closes_at)
    found = notice(market, number)
    assert found["stage"] == "publicity"
    return found


def the_award_is_public(market, found, winner):
    """Ranking, price and publicity days on a page and as JSON. Returns the award."""
    page = market.public.read(f"/awards/{found['number']}")
    assert winner in page
    assert "59,800.00" in page
    ranked = market.anybody.get(f"/tenders/{found['id']}/offers", name="offers-after-opening")
    assert [(row["rank"], row["price_fen"]) for row in ranked] == [(1, 5_980_000), (2, 6_120_000), (3, 6_450_000)]
    (award,) = market.anybody.get(f"/tenders/{found['id']}/awards", name="list-awards")
    assert (award["status"], award["price_fen"]) == ("pending", 5_980_000)
    return award


def an_objection_stops_the_clock(market, username, found, award):
    """A loser objects; the publicity would have ended, but it does not."""
    program = market.program(username)
    grounds = {"grounds": "中选机构报价明显低于成本，请核实其投入计划。"}
    receipt = program.post(f"/awards/{award['id']}/objections", grounds, name="file-objection", status=201)
    assert verifier.check_document(receipt) == {"receipt": []}
    market.until(market_time(award["publicity_ends_at"]) + timedelta(hours=1))
    assert notice(market, found["number"])["stage"] == "objected"
    assert "因异议暂停计时" in market.public.read(f"/awards/{found['number']}")


def the_buyer_answers(market, username, found, award):
    """The objection is not upheld; the rest of the publicity runs from now."""
    (row,) = market.anybody.get(f"/tenders/{found['id']}/objections", name="list-objections")
    page = market.person(username).press(
        f"/objections/{row['id']}", "答复", upheld="false", reply="经核实，报价含全部现场工作，投入计划合理。"
    )
    assert "异议已答复" in page
    assert notice(market, found["number"])["stage"] == "publicity"
    (later,) = market.anybody.get(f"/tenders/{found['id']}/awards")
    assert later["publicity_ends_at"] > award["publicity_ends_at"]
    market.until(market_time(later["publicity_ends_at"]))
    assert notice(market, found["number"])["stage"] == "confirming"


def winner_and_buyer_confirm(market, winner, buyer, number):
    """The winner accepts, the buyer confirms; the letter carries a check code that everybody can look up."""
    market.person(winner).press(f"/awards/{number}", "接受中选")
    market.person(buyer).press(f"/buyer/tenders/{number}", "确认中选")
    letter = market.public.read(f"/awards/{number}/letter")
    assert "data:image/svg+xml" in letter
    code = re.search(r"验真码\s*<strong[^>]*>([^<]+)<", letter)[1]
    assert "该中选通知书真实有效" in market.public.read(f"/v/{code}")
    assert "真实有效" in market.public.press("/v", "核对", code=code.lower().replace("-", " "))
    assert market.anybody.get(f"/letters/{code}", name="check-letter")["price_fen"] == 5_980_000
    market.public.read("/v/AAAA-AAAA-AAAA-AAAA", status=404)


def market_time(text):
    """An instant from JSON."""
    return datetime.fromisoformat(text)
