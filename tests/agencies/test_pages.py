"""The entry journey, the directory and an agency's own pages, through the HTML door."""

import re
from datetime import timedelta

import pytest

from marketplace.agencies import queries, service
from marketplace.agencies.rules import COMMITMENTS
from marketplace.audit import service as audit
from marketplace.audit import verifier
from marketplace.identity.queries import organisation
from marketplace.identity.rules import make_uscc
from marketplace.kernel.clock import shanghai_date
from marketplace.testing.agencies import a_certificate, an_agency, an_identity_number
from marketplace.testing.identity import a_colleague, a_member

# What is asked here of the database is asked again elsewhere, on both.
pytestmark = pytest.mark.once

PARTY = {
    "scopes": ["ZJ-02", "ZJ-03"],
    "name": "西藏雪域工程咨询有限公司",
    "uscc": make_uscc("journey"),
    "entity_type": "legal_person",
    "region": "540000",
    "legal_representative": "扎西顿珠",
    "contact": "卓玛央金",
    "phone": "13908911234",
    "introduction": "",
    "qualification_ZJ-03_title": "地质灾害评估资质甲级",
    "qualification_ZJ-03_number": "藏地灾评甲001",
    "qualification_ZJ-03_valid_from": "2024-01-01",
    "qualification_ZJ-03_valid_to": "2027-12-31",
}
PLEDGE = {"commitments": list(COMMITMENTS), "username": "xueyu", "password": "juniper-violin-4417"}


@pytest.fixture
def mine(work, client, sign_in):
    """A signed-in agency."""
    with work() as ctx:
        agency = an_agency(ctx, scopes=["ZJ-01", "ZJ-02"])
        a_colleague(ctx, agency.id, username="lixiaomei")
    sign_in(client, "lixiaomei")
    return agency


def text_of(response):
    return response.get_data(as_text=True)


def test_an_agency_enters_in_three_pages_and_gets_a_receipt(client, work):
    assert "机构入驻" in text_of(client.get("/agency/join"))
    chosen = client.get("/agency/join?go=1&scopes=ZJ-02&scopes=ZJ-03")
    assert chosen.status_code == 303
    details = text_of(client.get(chosen.location))
    assert "qualification_ZJ-03_number" in details
    assert "qualification_ZJ-02_number" not in details
    check = client.post("/agency/join/details", data=PARTY)
    assert check.status_code == 200
    assert "藏地灾评甲001" in text_of(check)
    done = client.post("/agency/join/confirm", data={**PARTY, **PLEDGE})
    assert done.status_code == 303
    page = text_of(client.get(done.location))
    assert "已入驻" in page
    receipt = client.get(re.search(r'href="([^"]+/receipt\.json)"', page)[1]).json
    assert (receipt["kind"], receipt["event"]["data"]["uscc"]) == ("agency.entry.admitted", PARTY["uscc"])
    assert verifier.check_document(receipt) == {"receipt": []}
    assert client.get(f"{done.location}/proof.json").status_code == 409
    with work() as ctx:
        audit.seal(ctx)
    proof = client.get(re.search(r'href="([^"]+/receipt/proof\.json)"', text_of(client.get(done.location)))[1]).json
    assert verifier.check_document(proof) == {"receipt": [], "inclusion": [], "head": []}
    assert proof["receipt"] == receipt
    with work() as ctx:
        agency = queries.by_uscc(ctx, PARTY["uscc"])
        assert (agency.standing, queries.bars(ctx, agency.id, "ZJ-03", ctx.now)) == ("active", [])


def test_the_new_login_signs_in_and_acts(client, work, sign_in):
    client.post("/agency/join/confirm", data={**PARTY, **PLEDGE})
    sign_in(client, "xueyu")
    assert client.get("/agency/profile").status_code == 200


def test_no_service_chosen_is_told_on_the_first_page(client):
    response = client.get("/agency/join?go=1")
    assert response.status_code == 422
    assert "请至少选择一项服务事项" in text_of(response)


def test_every_wrong_field_is_told_at_once(client):
    response = client.post("/agency/join/details", data={"scopes": ["ZJ-03"], "uscc": "1"})
    page = text_of(response)
    assert response.status_code == 422
    for field in ("name", "entity_type", "region", "contact", "phone", "qualification_ZJ-03_number"):
        assert f'href="#f-{field}"' in page


def test_a_wrong_code_and_an_expired_certificate_are_told_together(client):
    wrong = {**PARTY, "uscc": "91320000000000000X", "qualification_ZJ-03_valid_to": "2025-01-01"}
    page = text_of(client.post("/agency/join/details", data=wrong))
    assert 'href="#f-uscc"' in page
    assert 'href="#f-qualification_ZJ-03"' in page
    assert 'id="f-qualification_ZJ-03"' in page


def test_going_back_keeps_what_was_typed(client):
    page = text_of(client.post("/agency/join/details", data={**PARTY, "back": "1"}))
    assert "西藏雪域工程咨询有限公司" in page
    assert "藏地灾评甲001" in page


def test_a_missing_commitment_or_password_keeps_the_agency_out(client, work):
    half = client.post("/agency/join/confirm", data={**PARTY, **PLEDGE, "commitments": ["truth"]})
    assert half.status_code == 422
    assert "还有 4 项承诺未确认" in text_of(half)
    weak = client.post("/agency/join/confirm", data={**PARTY, **PLEDGE, "password": "123"})
    assert weak.status_code == 422
    assert 'href="#f-password"' in text_of(weak)
    with work() as ctx:
        assert queries.find_by_uscc(ctx, PARTY["uscc"]) is None


def test_the_check_page_never_carries_a_password(client):
    page = text_of(client.post("/agency/join/confirm", data={**PARTY, **PLEDGE, "commitments": []}))
    assert "juniper-violin-4417" not in page


def test_the_old_address_leads_to_the_journey(client):
    assert client.get("/agencies/join").location.endswith("/agency/join")


@pytest.mark.parametrize("word", ["环境", "水土", "诚达", "江苏", "造价"])
def test_a_word_of_two_characters_is_found_in_the_directory(client, work, word):
    with work() as ctx:
        agency = an_agency(ctx, scopes=["ZJ-01", "ZJ-02"])
        an_agency(ctx, name="云南某某检测中心", region="530000", scopes=["ZJ-04"], introduction="")
    page = text_of(client.get("/agencies", query_string={"q": word}))
    assert agency.name in page
    assert "云南某某检测中心" not in page


def test_the_directory_filters_by_item_region_stars_and_standing(client, work):
    with work() as ctx:
        one = an_agency(ctx, scopes=["ZJ-02"], region="320509")
        two = an_agency(ctx, scopes=["ZJ-01"], region="430000")
        service.set_grade(ctx, two.id, score_points=8800, stars=4, is_new=False)
        service.suspend(ctx, two.id, reason="逾期", until=None)
    for query, found, missing in (
        ({"item": "ZJ-02"}, one, two),
        ({"region": "320000"}, one, two),
        ({"stars": "4"}, two, one),
        ({"standing": "suspended"}, two, one),
    ):
        page = text_of(client.get("/agencies", query_string={**query, "lang": "zh"}))
        assert (found.name in page, missing.name in page) == (True, False)


def test_a_percent_sign_is_a_letter_and_no_wildcard(client, work):
    with work() as ctx:
        agency = an_agency(ctx)
    assert agency.name not in text_of(client.get("/agencies?q=%25"))


def test_the_public_page_masks_people_and_shows_standing(client, work):
    with work() as ctx:
        agency = an_agency(ctx, contact="李晓梅", phone="13912345678")
        service.add_practitioner(
            ctx,
            agency.id,
            name="张三丰",
            id_number=an_identity_number(3),
            certificates=[{"title": "一级注册造价工程师", "number": "建造001"}],
        )
        service.suspend(ctx, agency.id, reason="拒签合同", until=ctx.now + timedelta(days=90))
    page = text_of(client.get(f"/agencies/{agency.uscc.lower()}"))
    for hidden in ("张三丰", "李晓梅", "13912345678", an_identity_number(3)):
        assert hidden not in page
    for shown in ("张**", "139****5678", "一级注册造价工程师", "拒签合同", "暂停至2026-05-31", "暂停服务"):
        assert shown in page


def test_an_unknown_code_is_a_404_in_words(client):
    response = client.get("/agencies/91320000000000000X")
    assert response.status_code == 404
    assert "没有找到该中介服务机构" in text_of(response)


def test_the_profile_is_saved_and_says_so(client, mine):
    data = {"legal_representative": "王强", "contact": "赵敏", "phone": "0518-85551234", "introduction": "新简介"}
    response = client.post("/agency/profile", data=data, follow_redirects=True)
    assert "已保存" in text_of(response)
    assert "新简介" in text_of(response)
    wrong = client.post("/agency/profile", data={**data, "phone": "1"})
    assert wrong.status_code == 422
    assert 'href="#f-phone"' in text_of(wrong)


def test_a_service_without_its_certificate_is_refused_at_its_field(client, mine):
    response = client.post("/agency/scopes", data={"item_code": "ZJ-03"})
    assert response.status_code == 422
    assert 'href="#f-item_code"' in text_of(response)
    assert client.post("/agency/scopes", data={"item_code": "ZJ-04"}).status_code == 303
    assert client.post("/agency/scopes/ZJ-04/drop").status_code == 303


def test_a_certificate_is_registered_warned_about_and_renewed(client, mine, work):
    with work() as ctx:
        today = shanghai_date(ctx.now)
    paper = {
        "item_code": "ZJ-03",
        "title": "资质",
        "number": "甲1",
        "valid_from": str(today),
        "valid_to": str(today + timedelta(days=5)),
    }
    assert client.post("/agency/qualifications", data=paper).status_code == 303
    page = text_of(client.get("/agency/qualifications"))
    assert "还有 5 天到期" in page
    link = re.search(r'href="([^"]+/renew)"', page).group(1)
    renewal = {"number": "甲2", "valid_from": str(today), "valid_to": str(today + timedelta(days=500))}
    assert client.get(link).status_code == 200
    assert client.post(link, data={**renewal, "valid_to": "2020-01-01"}).status_code == 422
    assert client.post(link, data=renewal).status_code == 303
    assert "还有" not in text_of(client.get("/agency/qualifications"))


def test_another_agency_s_certificate_cannot_be_renewed(client, mine, work):
    with work() as ctx:
        name = "别的公司"
        other = an_agency(
            ctx, name=name, scopes=["ZJ-03"], qualifications=[a_certificate(ctx, item_code="ZJ-03", holder=name)]
        )
        paper = queries.qualifications(ctx, other.id)[0]
    link = f"/agency/qualifications/{paper.id}/renew"
    assert client.get(link).status_code == 404
    assert client.post(link, data={"number": "盗", "valid_from": "2026-01-01"}).status_code == 404


def test_people_are_listed_masked_and_removed(client, mine):
    number = an_identity_number(5)
    data = {"name": "张三丰", "id_number": number, "certificate_title": "造价师", "certificate_number": "1"}
    assert client.post("/agency/people", data={**data, "id_number": "1"}).status_code == 422
    page = text_of(client.post("/agency/people", data=data, follow_redirects=True))
    assert "张**" in page
    assert number not in page
    link = re.search(r'action="([^"]+/remove)"', page).group(1)
    assert "未登记执业人员" in text_of(client.post(link, follow_redirects=True))


def test_leaving_is_one_button_and_return_is_open(client, mine):
    assert "确认退出" in text_of(client.get("/agency/leave"))
    page = text_of(client.post("/agency/leave", follow_redirects=True))
    assert "可随时重新入驻" in page
    assert "重新入驻" in page


def test_leaving_is_refused_while_a_contract_is_open(client, mine, runtime):
    from marketplace.kernel.registry import Registry

    runtime.plugins["agency_ties"] = Registry("marketplace.agency_ties", {"contracts": lambda ctx, agency_id: 2})
    assert "还有 2 份合同" in text_of(client.get("/agency/leave"))
    assert client.post("/agency/leave").status_code == 422


def test_an_agency_s_own_pages_ask_strangers_to_sign_in(client):
    for path in ("/agency/profile", "/agency/qualifications", "/agency/people", "/agency/leave"):
        assert client.get(path).status_code == 303


def test_a_buyer_who_enters_a_new_agency_must_make_its_login(client, work, sign_in):
    with work() as ctx:
        a_member(ctx, "enterprise", username="caigou")
    sign_in(client, "caigou")
    assert 'name="password"' in text_of(client.post("/agency/join/details", data=PARTY))
    alone = {**PARTY, "commitments": list(COMMITMENTS)}
    response = client.post("/agency/join/confirm", data=alone)
    assert response.status_code == 422
    assert 'href="#f-username"' in text_of(response)


def test_an_agency_that_left_comes_back_under_its_new_name_by_its_own_login(client, mine, work):
    client.post("/agency/leave")
    known = text_of(client.get("/agency/join/details?scopes=ZJ-02"))
    assert mine.uscc in known
    back = {**PARTY, "scopes": ["ZJ-02"], "uscc": mine.uscc, "name": "江苏诚达工程咨询集团有限公司"}
    check = text_of(client.post("/agency/join/details", data=back))
    assert 'name="password"' not in check
    assert client.post("/agency/join/confirm", data={**back, "commitments": list(COMMITMENTS)}).status_code == 303
    with work() as ctx:
        agency = queries.agency(ctx, mine.id)
        assert (agency.standing, agency.name) == ("active", "江苏诚达工程咨询集团有限公司")
        assert organisation(ctx, mine.id).name == agency.name
