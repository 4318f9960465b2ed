"""Receipts on the pages: one for each thing an agency did, found again at any time, and by nobody else."""

import json
import re

import pytest

from marketplace.audit import service as audit
from marketplace.audit import verifier
from marketplace.tenders import service
from marketplace.testing import tenders as make
from marketplace.testing.plugin import SameOrigin

OFFER = {"price_fen": "86,000.00", "days": "18"}
WHOLE = {"receipt": [], "inclusion": [], "head": []}


@pytest.fixture
def firms(work):
    return make.some_bidders(work, 2, usernames=["jia", "yi"])


@pytest.fixture
def app(app):
    app.test_client_class = SameOrigin
    return app


@pytest.fixture
def jia(app, sign_in, firms):
    return sign_in(app.test_client(), "jia")


@pytest.fixture
def yi(app, sign_in, firms):
    return sign_in(app.test_client(), "yi")


def read(browser, address, status=200):
    response = browser.get(address)
    assert response.status_code == status, response.text[-2000:]
    return response.text


def done(browser, address, **form):
    """Post a form; the page that says what was done."""
    response = browser.post(address, data=form)
    assert response.status_code == 303, response.text[-2000:]
    return read(browser, response.location)


def linked(page, end):
    return re.search(rf'href="([^"]*/receipts/[^"]*{end})"', page)[1]


def kept(browser, page):
    """The file behind the button of a receipt's page, after the verifier has seen it."""
    receipt = json.loads(read(browser, linked(page, r"[0-9a-f]\.json")))
    assert verifier.check_document(receipt) == {"receipt": []}
    return receipt


def listed(browser, tender):
    page = read(browser, f"/tenders/{tender.number}/receipts")
    return re.findall(r"/receipts/([0-9a-f]{64})\"", page)


def addresses(tender, leaf):
    return [f"/tenders/{tender.number}/receipts/{leaf}{end}" for end in ("", ".json", "/proof.json")]


def seal(work):
    with work() as ctx:
        audit.seal(ctx)


def the_bids_of(browser, tender, clock):
    """Placed, changed, withdrawn, placed anew and changed: the receipts, each from the page that said it was done."""

    def step(end, **form):
        clock.advance(seconds=1)
        return kept(browser, done(browser, f"/tenders/{tender.number}/bid{end}", **form))

    first = step("", **OFFER)
    second = step("", **OFFER, replaces=first["digest"])
    gone = step("/withdraw", digest=second["digest"])
    assert "已撤回" in read(browser, "/agency/bids")
    again = step("", **OFFER)
    return [first, second, gone, again, step("", **OFFER, replaces=again["digest"])]


def test_every_step_of_a_bid_has_a_receipt_that_is_found_again_and_by_nobody_else(work, clock, jia, yi):
    tender = make.a_tender(work)
    mine = the_bids_of(jia, tender, clock)
    kinds = ["placed", "replaced", "withdrawn", "placed", "replaced"]
    assert [receipt["kind"] for receipt in mine] == [f"tender.bid.{kind}" for kind in kinds]
    assert listed(jia, tender) == [receipt["leaf"] for receipt in mine]
    assert f"/tenders/{tender.number}/receipts" in read(jia, "/agency/bids")
    assert f"/tenders/{tender.number}/receipts" in read(jia, f"/tenders/{tender.number}")
    hers = kept(yi, done(yi, f"/tenders/{tender.number}/bid", **OFFER))
    assert listed(yi, tender) == [hers["leaf"]]
    pages = [read(jia, addresses(tender, receipt["leaf"])[0]) for receipt in mine]
    assert ["以最新的回执为准" in page for page in pages] == [True, True, False, True, False]
    nothing = [read(yi, address, 404) for address in addresses(tender, "0" * 64)]
    for receipt in mine:
        told = [read(yi, address, 404) for address in addresses(tender, receipt["leaf"])]
        assert [text.replace(receipt["leaf"], "0" * 64) for text in told] == nothing
    elsewhere = make.a_tender(work)
    assert {jia.get(address).status_code for address in addresses(elsewhere, mine[0]["leaf"])} == {404}


def test_what_is_found_again_is_what_was_given(work, clock, firms, jia):
    tender = make.a_tender(work)
    given = [make.a_bid(work, firms[0], tender.id, 8_000_000)]
    clock.advance(seconds=1)
    with work(firms[0]) as ctx:
        given.append(service.withdraw_bid(ctx, tender.id))
    files = [json.loads(read(jia, addresses(tender, receipt["leaf"])[1])) for receipt in given]
    assert files == given
    assert jia.get(f"/api/v1/tenders/{tender.id}/receipts").json == given


def test_sealed_receipts_are_proven_after_the_opening_and_not_before(work, runtime, clock, sign_in, jia):
    tender = make.a_tender(work)
    mine = the_bids_of(jia, tender, clock)
    seal(work)
    page, _, proof = addresses(tender, mine[0]["leaf"])
    assert "开启以前" in read(jia, page)
    assert "proof.json" not in read(jia, page)
    read(jia, proof, 409)
    for other in make.some_bidders(work, 2):
        make.a_bid(work, other, tender.id, 8_700_000)
    make.let_it_close(runtime, clock, tender.id)
    seal(work)
    sign_in(jia, "jia")
    assert f"/tenders/{tender.number}/receipts" in read(jia, "/agency/bids")
    for receipt in mine:
        page, file, proof = addresses(tender, receipt["leaf"])
        assert linked(read(jia, page), "proof.json") == proof
        assert json.loads(read(jia, file)) == receipt
        bundle = json.loads(read(jia, proof))
        assert bundle["receipt"] == receipt
        assert verifier.check_document(bundle, receipt["public_key"]) == WHOLE


@pytest.mark.once
def test_the_file_is_taken_by_the_page_and_by_the_single_file_verifier(work, jia, tmp_path):
    tender = make.a_tender(work)
    receipt = kept(jia, done(jia, f"/tenders/{tender.number}/bid", **OFFER))
    file = jia.get(addresses(tender, receipt["leaf"])[1])
    assert file.headers["Content-Disposition"].startswith("attachment")
    assert file.headers["Cache-Control"] == "no-store"
    path = tmp_path / "receipt.json"
    path.write_bytes(file.data)
    assert verifier.main([str(path), "--key", receipt["public_key"]]) == 0
    assert "通过" in jia.post("/verify", data={"document": file.text}).text
    path.write_bytes(file.data.replace(receipt["digest"].encode(), b"0" * 64))
    assert verifier.main([str(path)]) == 1


def test_an_objection_has_a_receipt_in_the_list_of_its_agency_alone(work, runtime, clock, sign_in, firms, jia, yi):
    tender = make.a_tender(work)
    for firm, price in zip(firms, (8_600_000, 8_000_000), strict=True):
        make.a_bid(work, firm, tender.id, price)
    make.a_bid(work, make.some_bidders(work, 1)[0], tender.id, 8_700_000)
    make.let_it_close(runtime, clock, tender.id)
    sign_in(jia, "jia")
    sign_in(yi, "yi")
    page = done(jia, f"/awards/{tender.number}/objection", grounds="业绩不实")
    assert "异议已提交" in page
    receipt = kept(jia, page)
    assert receipt["kind"] == "tender.objection.filed"
    seal(work)
    bundle = json.loads(read(jia, addresses(tender, receipt["leaf"])[2]))
    assert verifier.check_document(bundle, receipt["public_key"]) == WHOLE
    assert "我提出的异议" in read(jia, "/agency/bids")
    assert "我提出的异议" not in read(yi, "/agency/bids")
    assert {yi.get(address).status_code for address in addresses(tender, receipt["leaf"])} == {404}
    assert receipt["leaf"] not in listed(yi, tender)


@pytest.mark.once
def test_a_bid_of_a_cancelled_tender_is_still_in_the_list_of_its_agency(work, jia, yi):
    buyer = make.a_buying_actor(work)
    tender = make.a_tender(work, buyer)
    receipt = kept(jia, done(jia, f"/tenders/{tender.number}/bid", **OFFER))
    with work(buyer) as ctx:
        service.cancel(ctx, tender.id, reason="不再采购", kind="void")
    assert tender.number in read(jia, "/agency/bids")
    assert tender.number not in read(yi, "/agency/bids")
    assert listed(jia, tender) == [receipt["leaf"]]


@pytest.mark.once
def test_the_list_of_one_who_did_nothing_says_so_and_buyers_have_none(app, work, sign_in, jia):
    tender = make.a_tender(work, make.a_buying_actor(work, username="yezhu"))
    assert "还没有回执" in read(jia, f"/tenders/{tender.number}/receipts")
    read(sign_in(app.test_client(), "yezhu"), f"/tenders/{tender.number}/receipts", 403)
