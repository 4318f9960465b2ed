"""Our tenders as OCDS releases: valid by the published schema, complete, and silent about what is sealed."""

import gzip
import json
from functools import cache
from pathlib import Path

import pytest
from jsonschema import Draft4Validator

from marketplace.integration.releases import METHODS, PREFIX
from marketplace.tenders import service
from marketplace.testing.tenders import a_bid, a_buying_actor, a_tender, let_it_close, some_bidders

# The release schema of OCDS 1.1.5 (standard.open-contracting.org, Apache License 2.0).
SCHEMA = Path(__file__).with_name("release-schema-1.1.5.json.gz")


@cache
def validator():
    return Draft4Validator(json.loads(gzip.decompress(SCHEMA.read_bytes())))


def release_of(client, tender):
    package = client.get(f"/api/v1/tenders/{tender.number}/ocds.json").json
    assert package["uri"].endswith(f"/tenders/{tender.number}/ocds.json")
    [release] = package["releases"]
    assert [f"{list(error.path)}: {error.message}" for error in validator().iter_errors(release)] == []
    return release


@pytest.fixture
def buyer(work):
    return a_buying_actor(work)


def test_the_schema_refuses_what_is_no_release():
    assert list(validator().iter_errors({"ocid": "x", "tag": ["no such tag"]}))


def test_a_published_notice_is_a_tender_release(client, work, buyer):
    release = release_of(client, a_tender(work, buyer))
    assert release["ocid"].startswith(f"{PREFIX}-ZJ-")
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
    assert [party["roles"] for party in release["parties"]] == [["buyer", "procuringEntity"], ["supplier"]]


def test_a_draft_has_no_release(client, work, buyer):
    assert client.get("/api/v1/tenders/ZJ-2026-000001/ocds.json").status_code == 404
