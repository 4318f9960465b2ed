"""Our tenders as OCDS releases: valid by the published schema, complete, and silent about what is sealed."""

import gzip
import json
from functools import cache
from pathlib import Path

import pytest
from jsonschema import Draft4Validator

from marketplace.contracts import service as signing
from marketplace.integration.releases import BIDS, ENQUIRIES, METHODS
from marketplace.tenders import queries, service
from marketplace.testing.contracts import a_draft as a_contract_draft
from marketplace.testing.contracts import some_parties
from marketplace.testing.tenders import a_bid, a_buying_actor, a_draft, a_tender, let_it_close, some_bidders

# The release schema of OCDS 1.1.5 and of its extension for bids (open-contracting.org, Apache License 2.0).
SCHEMA = Path(__file__).with_name("release-schema-1.1.5.json.gz")
EXTENSION = Path(__file__).with_name("bid-extension-1.1.5.json.gz")


def merged(whole, part):
    """A JSON merge patch (RFC 7396), which is what an extension of OCDS is."""
    if not isinstance(whole, dict) or not isinstance(part, dict):
        return part
    return {**whole, **{key: merged(whole.get(key, {}), value) for key, value in part.items()}}


@cache
def validator():
    whole, part = (json.loads(gzip.decompress(path.read_bytes())) for path in (SCHEMA, EXTENSION))
    return Draft4Validator(merged(whole, part))


def release_of(client, tender):
    package = client.get(f"/api/v1/tenders/{tender.number}/ocds.json").json
    assert package["uri"].endswith(f"/tenders/{tender.number}/ocds.json")
    [release] = package["releases"]
    assert (BIDS in package["extensions"]) is ("bids" in release)
    assert (ENQUIRIES in package["extensions"]) is ("enquiries" in release["tender"])
    assert [f"{list(error.path)}: {error.message}" for error in validator().iter_errors(release)] == []
    return release


@pytest.fixture
def buyer(work):
    return a_buying_actor(work)


def test_the_schema_refuses_what_is_no_release():
    assert list(validator().iter_errors({"ocid": "x", "tag": ["no such tag"]}))


@pytest.mark.once
def test_the_schema_refuses_a_bid_of_an_unknown_state():
    release = {"ocid": "x-1", "id": "1", "date": "2026-03-02T01:00:00Z", "tag": ["award"], "initiationType": "tender"}
    bid = {"id": "1", "status": "valid"}
    assert not list(validator().iter_errors({**release, "bids": {"details": [bid]}}))
    assert list(validator().iter_errors({**release, "bids": {"details": [{**bid, "status": "no such state"}]}}))


def test_a_published_notice_is_a_tender_release(client, work, buyer):
    release = release_of(client, a_tender(work, buyer))
    assert release["ocid"].startswith("ocds-000000-ZJ-")
    assert release["tag"] == ["tender"]
    assert release["tender"]["value"] == {"amount": 90_000, "currency": "CNY"}
    assert release["tender"]["awardCriteria"] == "priceOnly"
    assert "awards" not in release
    assert METHODS["inquiry"] == "selective"


def test_questions_are_enquiries_without_an_asker_and_changes_are_amendments(client, work, buyer, clock):
    tender = a_tender(work, buyer)
    [bidder] = some_bidders(work, 1)
    with work(bidder) as ctx:
        asked = service.ask(ctx, tender.id, question="是否踏勘现场？")
    [enquiry] = release_of(client, tender)["tender"]["enquiries"]
    assert enquiry["description"] == "是否踏勘现场？"
    assert "answer" not in enquiry
    clock.advance(hours=1)
    with work(buyer) as ctx:
        service.amend(ctx, tender.id, reason="增加踏勘", ceiling_fen=9_500_050, service_workdays=30)
        service.answer(ctx, asked.id, answer="统一组织踏勘。", changes_notice=True)
    release = release_of(client, tender)
    [enquiry], [amendment] = release["tender"]["enquiries"], release["tender"]["amendments"]
    assert release["tag"] == ["tender", "tenderAmendment"]
    assert (enquiry["answer"], enquiry["dateAnswered"]) == ("统一组织踏勘。", "2026-03-02T02:00:00Z")
    assert set(enquiry) == {"id", "date", "description", "answer", "dateAnswered"}, "nobody learns who asks"
    assert amendment["rationale"] == "增加踏勘"
    assert "服务期限（工作日）：20 → 30" in amendment["description"]
    assert release["tender"]["value"]["amount"] == 95_000.5
    assert release["date"] == "2026-03-02T02:00:00Z"


def test_sealed_bids_are_not_in_a_release_and_the_award_is(client, work, buyer, runtime, clock):
    tender = a_tender(work, buyer)
    before = release_of(client, tender)
    bidders = some_bidders(work, 3)
    for bidder, price in zip(bidders, (8_000_000, 8_100_000, 8_200_000), strict=True):
        a_bid(work, bidder, tender.id, price)
    assert release_of(client, tender) == before, "how many have bid is nobody's business"
    let_it_close(runtime, clock, tender.id)
    release = release_of(client, tender)
    assert release["tag"] == ["tender", "award"]
    [award] = release["awards"]
    assert (award["status"], award["value"]["amount"]) == ("pending", 80_000)
    assert award["suppliers"][0]["id"] == bidders[0].organisation_id
    roles = [party["roles"] for party in release["parties"]]
    assert roles == [["buyer", "procuringEntity"], ["tenderer", "supplier"], ["tenderer"], ["tenderer"]]
    details = release["bids"]["details"]
    assert [(bid["status"], bid["value"]["amount"]) for bid in details] == [
        ("valid", 80_000),
        ("valid", 81_000),
        ("valid", 82_000),
    ]
    assert [bid["tenderers"][0]["id"] for bid in details] == [bidder.organisation_id for bidder in bidders]


def test_an_excluded_bid_says_why_and_a_cancelled_tender_that_it_is(client, work, runtime, clock):
    buyer = a_buying_actor(work)
    tender = a_tender(work, buyer, screening=True)
    bidders = some_bidders(work, 3)
    for bidder in bidders:
        a_bid(work, bidder, tender.id, 8_000_000)
    let_it_close(runtime, clock, tender.id)
    with work(buyer) as ctx:
        first = queries.offers(ctx, tender.id)[0]
        service.exclude_offer(ctx, first.id, reason="未提供公告要求的证书")
        service.cancel(ctx, tender.id, reason="项目终止")
    release = release_of(client, tender)
    bids = {bid["id"]: bid for bid in release["bids"]["details"]}
    [why] = bids[first.id]["documents"]
    assert (bids[first.id]["status"], why["description"]) == ("disqualified", "未提供公告要求的证书")
    assert {bid["status"] for id, bid in bids.items() if id != first.id} == {"valid"}
    assert (release["tag"], release["tender"]["status"]) == (["tender", "tenderCancellation"], "cancelled")


def test_a_contract_in_force_is_in_the_release_and_a_draft_of_one_is_not(client, work):
    with work() as ctx:
        parties = some_parties(ctx)
    contract = a_contract_draft(work, parties)
    with work() as ctx:
        tender = queries.tender(ctx, contract.tender_id)
    assert "contracts" not in release_of(client, tender)
    for side in (parties.buyer, parties.agency):
        with work(side) as ctx:
            signing.confirm(ctx, contract.id, revision=contract.revision)
    release = release_of(client, tender)
    [made] = release["contracts"]
    assert (made["id"], made["awardID"], made["status"]) == (contract.number, release["awards"][0]["id"], "active")
    assert made["value"] == {"amount": 88_000.01, "currency": "CNY"}
    assert release["tag"][-1] == "contract"


def test_a_draft_has_no_release_not_even_for_its_buyer(client, work, sign_in):
    buyer = a_buying_actor(work, username="buyer-one")
    draft = a_draft(work, buyer)
    address = f"/api/v1/tenders/{draft.number}/ocds.json"
    assert client.get(address).status_code == 404
    assert sign_in(client, "buyer-one").get(address).status_code == 404
