"""The JSON door: enter, look up, keep one's own entry."""

import pytest

from marketplace.agencies import queries
from marketplace.agencies.rules import COMMITMENTS
from marketplace.identity.rules import make_uscc
from marketplace.testing.agencies import an_agency, an_identity_number
from marketplace.testing.identity import a_colleague

# What is asked here of the database is asked again elsewhere, on both.
pytestmark = pytest.mark.once

ENTRY = {
    "name": "湖南求实检测有限公司",
    "uscc": make_uscc("json"),
    "entity_type": "legal_person",
    "region": "430000",
    "legal_representative": "刘洋",
    "contact": "陈晨",
    "phone": "13812345678",
    "scopes": ["ZJ-02"],
    "commitments": list(COMMITMENTS),
    "username": "qiushi",
    "password": "juniper-violin-4417",
}


@pytest.fixture
def mine(work, client, sign_in):
    """A signed-in agency."""
    with work() as ctx:
        agency = an_agency(ctx, scopes=["ZJ-01", "ZJ-02"])
        a_colleague(ctx, agency.id, username="lixiaomei")
    sign_in(client, "lixiaomei")
    return agency


def test_an_agency_enters_by_json_and_is_found(client):
    entered = client.post("/api/v1/agencies", json=ENTRY)
    assert (entered.status_code, entered.json["standing"]) == (201, "active")
    assert "password" not in entered.json
    found = client.get("/api/v1/agencies", query_string={"q": "求实"}).json
    assert [row["uscc"] for row in found["items"]] == [ENTRY["uscc"]]
    page = client.get(f"/api/v1/agencies/{ENTRY['uscc']}").json
    assert (page["agency"]["contact"], [scope["item_code"] for scope in page["scopes"]]) == ("陈*", ["ZJ-02"])


def test_a_refusal_is_a_problem_document_with_its_field(client):
    refused = client.post("/api/v1/agencies", json={**ENTRY, "scopes": ["ZJ-03"]})
    assert refused.status_code == 422
    assert refused.json["code"] == "agency.qualification_required"
    assert list(refused.json["errors"]) == ["qualification_ZJ-03"]
    assert refused.json["detail"]


def test_a_second_entry_is_a_conflict(client):
    client.post("/api/v1/agencies", json=ENTRY)
    again = client.post("/api/v1/agencies", json={**ENTRY, "username": "qiushi2"})
    assert (again.status_code, again.json["code"]) == (409, "agency.already_entered")


def test_a_stranger_must_make_a_login(client):
    alone = {name: value for name, value in ENTRY.items() if name not in {"username", "password"}}
    assert client.post("/api/v1/agencies", json=alone).status_code == 422


def test_an_entry_with_certificates_is_taken_whole(client):
    paper = {
        "item_code": "ZJ-03",
        "title": "地灾甲级",
        "number": "1",
        "holder": ENTRY["name"],
        "valid_from": "2024-01-01",
        "valid_to": "2027-01-01",
    }
    entry = {**ENTRY, "scopes": ["ZJ-03"], "qualifications": [paper]}
    assert client.post("/api/v1/agencies", json=entry).status_code == 201
    page = client.get(f"/api/v1/agencies/{ENTRY['uscc']}").json
    assert page["qualifications"][0]["valid_to"] == "2027-01-01"


def test_an_agency_keeps_its_own_entry(client, mine, work):
    base = "/api/v1/agency"
    details = {"legal_representative": "王强", "contact": "赵敏", "phone": "13512345678"}
    assert client.patch(f"{base}/profile", json=details).status_code == 200
    assert client.post(f"{base}/scopes", json={"item_code": "ZJ-04"}).status_code == 201
    assert client.delete(f"{base}/scopes/ZJ-04").status_code == 204
    paper = {"item_code": "ZJ-03", "title": "甲", "number": "1", "holder": mine.name, "valid_from": "2026-01-01"}
    added = client.post(f"{base}/qualifications", json=paper)
    assert added.status_code == 201
    renewed = client.post(
        f"{base}/qualifications/{added.json['id']}/renewal", json={"number": "2", "valid_from": "2026-01-01"}
    )
    assert renewed.json["renews_id"] == added.json["id"]
    person = {
        "name": "张三",
        "id_number": an_identity_number(2),
        "certificate_title": "造价",
        "certificate_number": "1",
    }
    listed = client.post(f"{base}/people", json=person)
    assert (listed.json["name"], "id_number" in listed.json) == ("张*", False)
    assert client.delete(f"{base}/people/{listed.json['id']}").status_code == 204
    assert client.post(f"{base}/leave").json["standing"] == "left"
    with work() as ctx:
        assert queries.agency(ctx, mine.id).contact == "赵敏"


def test_eligibility_tells_every_reason(client, mine):
    free = client.get("/api/v1/agency/eligibility", query_string={"item_code": "ZJ-02"}).json
    assert free == {"may_bid": True, "bars": []}
    barred = client.get("/api/v1/agency/eligibility?item_code=ZJ-03&lang=en").json
    assert [bar["code"] for bar in barred["bars"]] == ["agency.scope_missing", "agency.qualification_missing"]
    assert all(bar["remedy"] for bar in barred["bars"])


def test_only_checkers_note_an_after_check(client, mine):
    response = client.post(f"/api/v1/agencies/{mine.uscc}/check", json={"passed": True, "note": "一致"})
    assert response.status_code == 403


def test_a_checker_notes_the_result(client, work, sign_in):
    from marketplace.testing.identity import a_member

    with work() as ctx:
        agency = an_agency(ctx)
        a_member(ctx, "operator", username="yunying")
    sign_in(client, "yunying")
    assert (
        client.post(f"/api/v1/agencies/{agency.uscc}/check", json={"passed": True, "note": "一致"}).status_code == 200
    )
    with work() as ctx:
        assert queries.agency(ctx, agency.id).checked_at is not None
