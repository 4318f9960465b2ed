"""Credit through pages and JSON."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from marketplace.agencies import queries as agencies
from marketplace.credit import appeals, queries
from marketplace.testing.contracts import Parties, Work, a_finished_contract, some_parties
from marketplace.testing.credit import a_review, an_incident, marks
from marketplace.testing.identity import a_member

# What is asked here of the database is asked again elsewhere, on both.
pytestmark = pytest.mark.once

SignIn = Callable[[FlaskClient, str], FlaskClient]
Browser = Callable[[str], FlaskClient]


@pytest.fixture
def parties(work: Work) -> Any:
    with work() as ctx:
        a_member(ctx, "authority", username="authority")
        return some_parties(ctx, username="credit")


@pytest.fixture
def browser(client: FlaskClient, sign_in: SignIn, parties: Parties) -> Any:
    return lambda who: sign_in(client, who if who == "authority" else f"credit-{who}")


def uscc(work: Work, parties: Parties) -> Any:
    with work() as ctx:
        return agencies.agency(ctx, parties.agency_id).uscc


# --- pages ------------------------------------------------------------------------------------------------------------


def test_a_buyer_rates_on_one_page(browser: Browser, work: Work, parties: Parties) -> None:
    contract = a_finished_contract(work, parties)
    url = f"/buyer/reviews/{contract.id}"
    assert "服务质量" in browser("buyer").get(url).text
    answer = browser("buyer").post(url, data={**marks(4), "comment": "成果规范"})
    assert answer.status_code == 303
    assert "评价已提交" in browser("buyer").get(answer.location).text


def test_a_missing_mark_is_pointed_out(browser: Browser, work: Work, parties: Parties) -> None:
    contract = a_finished_contract(work, parties)
    form = marks(4)
    del form["charge"]
    answer = browser("buyer").post(f"/buyer/reviews/{contract.id}", data=form)
    assert answer.status_code == 422
    assert 'id="f-charge-error"' in answer.text


def test_the_desk_address_leads_to_the_review(browser: Browser, work: Work, parties: Parties) -> None:
    contract = a_finished_contract(work, parties)
    answer = browser("buyer").get(f"/buyer/contracts/{contract.id}/review")
    assert answer.location.endswith(f"/buyer/reviews/{contract.id}")


def test_the_agency_replies_and_the_public_reads_it(
    browser: Browser, client: FlaskClient, work: Work, parties: Parties
) -> None:
    review = a_review(work, parties)
    answer = browser("agency").post(f"/agency/reviews/{review.id}", data={"text": "感谢认可，继续改进"})
    assert answer.status_code == 303
    assert "感谢认可" in client.get(f"/rankings/{uscc(work, parties)}").text


def test_the_agency_sees_every_point_explained_and_appeals(browser: Browser, work: Work, parties: Parties) -> None:
    an_incident(work, parties.agency_id)
    page = browser("agency").get("/agency/credit").text
    assert "投诉查实" in page
    assert "-5.00" in page
    with work() as ctx:
        entry = ctx.session.scalars(queries.entries(parties.agency_id)).one()
    url = f"/agency/entries/{entry.id}/appeal"
    assert "申诉理由" in browser("agency").get(url).text
    assert browser("agency").post(url, data={"reason": ""}).status_code == 422
    answer = browser("agency").post(url, data={"reason": "事实不清"})
    assert "暂不计分" in browser("agency").get(answer.location).text


@pytest.mark.parametrize("what", ["entry", "review"])
def test_the_authority_decides_an_appeal_from_its_list(
    browser: Browser, work: Work, parties: Parties, what: str
) -> None:
    fact = an_incident(work, parties.agency_id) if what == "entry" else a_review(work, parties, each=2)
    with work(parties.agency) as ctx:
        verb = appeals.appeal_entry if what == "entry" else appeals.appeal_review
        appeal = verb(ctx, fact.id, reason="与我机构无关")
    assert appeal.id in browser("authority").get("/regulator/ratings").text
    url = f"/regulator/appeals/{appeal.id}"
    assert "与我机构无关" in browser("authority").get(url).text
    assert browser("authority").post(url, data={"upheld": "true"}).status_code == 422
    assert browser("authority").post(url, data={"upheld": "true", "reason": "查证属实"}).status_code == 303
    with work() as ctx:
        grade = queries.grade_of(ctx, parties.agency_id)
    assert grade is not None
    assert grade.points == 10_000


def test_blocked_words_vanish_and_are_counted(
    browser: Browser, client: FlaskClient, work: Work, parties: Parties
) -> None:
    review = a_review(work, parties, comment="请找张三13900000000")
    url = f"/regulator/ratings/{review.id}"
    assert "13900000000" in browser("authority").get(url).text
    assert browser("authority").post(url, data={"reason": "boring"}).status_code == 422
    assert browser("authority").post(url, data={"reason": "personal_data"}).status_code == 303
    page = client.get(f"/rankings/{uscc(work, parties)}").text
    assert "13900000000" not in page
    assert "泄露个人信息" in page


@pytest.mark.parametrize("path", ["/rankings", "/ratings"])
def test_the_ranking_explains_its_method(client: FlaskClient, work: Work, parties: Parties, path: str) -> None:
    a_review(work, parties, each=4)
    page = client.get(path).text
    assert "90.00" in page
    assert "50：30：20" in page


def test_the_ranking_can_be_asked_for_one_service(client: FlaskClient, work: Work, parties: Parties) -> None:
    a_review(work, parties)
    name = uscc(work, parties)
    assert name in client.get("/rankings?item=ZJ-01").text
    assert name not in client.get("/rankings?item=ZJ-99").text


def test_an_agency_without_facts_has_a_page(client: FlaskClient, work: Work, parties: Parties) -> None:
    assert "还没有形成信用分" in client.get(f"/rankings/{uscc(work, parties)}").text


@pytest.mark.parametrize("path", ["/agency/reviews/{id}", "/agency/reviews/{id}/appeal"])
def test_another_agency_finds_no_review(
    client: FlaskClient, sign_in: SignIn, work: Work, parties: Parties, path: str
) -> None:
    review = a_review(work, parties)
    with work() as ctx:
        some_parties(ctx, username="stranger")
    assert sign_in(client, "stranger-agency").get(path.format(id=review.id)).status_code == 404


def test_hostile_words_stay_words(browser: Browser, client: FlaskClient, work: Work, parties: Parties) -> None:
    a_review(work, parties, comment='"><img src=x onerror=alert(1)>')
    page = client.get(f"/rankings/{uscc(work, parties)}").text
    assert "<img src=x" not in page


@pytest.mark.parametrize(
    ("path", "words"), [("/rankings", "How the score is made"), ("/rankings/{uscc}", "The score point by point")]
)
def test_public_pages_have_english(client: FlaskClient, work: Work, parties: Parties, path: str, words: str) -> None:
    a_review(work, parties)
    assert words in client.get(path.format(uscc=uscc(work, parties)) + "?lang=en").text


# --- JSON -------------------------------------------------------------------------------------------------------------


def test_a_review_runs_through_json(browser: Browser, work: Work, parties: Parties) -> None:
    contract = a_finished_contract(work, parties)
    written = browser("buyer").post(f"/api/v1/contracts/{contract.id}/review", json={**marks(5), "comment": "好"})
    assert written.status_code == 201
    again = browser("buyer").post(f"/api/v1/contracts/{contract.id}/review", json=marks(5))
    assert (again.status_code, again.get_json()["code"]) == (409, "credit.already_reviewed")
    answered = browser("agency").post(f"/api/v1/reviews/{written.get_json()['id']}/reply", json={"text": "谢谢"})
    assert answered.get_json()["reply"] == "谢谢"


def test_a_mark_outside_the_scale_is_a_problem_at_its_field(browser: Browser, work: Work, parties: Parties) -> None:
    contract = a_finished_contract(work, parties)
    answer = browser("buyer").post(f"/api/v1/contracts/{contract.id}/review", json=marks(5, time=9))
    assert (answer.status_code, list(answer.get_json()["errors"])) == (422, ["time"])


def test_the_authority_records_a_decided_fact_and_everybody_reads_the_grade(
    browser: Browser, client: FlaskClient, work: Work, parties: Parties
) -> None:
    path = f"/api/v1/agencies/{uscc(work, parties)}"
    fact = {"kind": "complaint", "reference": "苏处〔2026〕1号", "decided_at": "2026-03-01T10:00:00+08:00"}
    assert browser("buyer").post(f"{path}/score-entries", json=fact).status_code == 403
    assert browser("authority").post(f"{path}/score-entries", json=fact).status_code == 201
    grade = client.get(f"{path}/grades").get_json()["items"][0]
    assert grade["points"] == sum(line["points"] for line in grade["lines"])
    assert client.get(f"{path}/score-entries").get_json()["items"][0]["kind"] == "complaint"


def test_appeals_run_through_json(browser: Browser, work: Work, parties: Parties) -> None:
    entry = an_incident(work, parties.agency_id)
    filed = browser("agency").post(f"/api/v1/score-entries/{entry.id}/appeal", json={"reason": "事实不清"})
    assert filed.status_code == 201
    assert [item["id"] for item in browser("authority").get("/api/v1/credit-appeals").get_json()["items"]] == [
        filed.get_json()["id"]
    ]
    decided = browser("authority").post(
        f"/api/v1/credit-appeals/{filed.get_json()['id']}/decision", json={"upheld": False, "reason": "事实清楚"}
    )
    assert decided.get_json()["status"] == "dismissed"


def test_an_import_is_a_dry_run_by_default(browser: Browser, work: Work, parties: Parties) -> None:
    content = (
        "统一社会信用代码,类别,文号,认定日期,认定机关,事由\n"
        f"{uscc(work, parties)},complaint,1号,2026-02-10,省生态环境厅,\n,,,,,\n"
    ).encode()

    def send(**form: Any) -> Any:
        return browser("authority").post(
            "/api/v1/credit-feeds/csv/imports", data={"file": (io.BytesIO(content), "records.csv"), **form}
        )

    tried = send()
    assert (tried.status_code, tried.get_json()["recorded"], tried.get_json()["dry_run"]) == (200, 1, True)
    assert {problem["row"] for problem in tried.get_json()["problems"]} == {3}
    assert send(dry_run="false").get_json()["recorded"] == 1
    assert send().get_json()["known"] == 1
