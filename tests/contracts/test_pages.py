"""Contracts through the browser."""

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from marketplace.contracts import queries
from marketplace.contracts.models import Contract
from marketplace.kernel.clock import SimulatedClock, shanghai_date
from marketplace.kernel.context import Runtime
from marketplace.kernel.errors import DomainError
from marketplace.testing.contracts import PDF, Parties, Work, a_contract, a_draft, deliver, parts_of, some_parties
from marketplace.testing.identity import a_member

# What is asked here of the database is asked again elsewhere, on both.
pytestmark = pytest.mark.once

SignIn = Callable[[FlaskClient, str], FlaskClient]
Browser = Callable[[str], FlaskClient]


@pytest.fixture
def parties(work: Work) -> Any:
    with work() as ctx:
        return some_parties(ctx, username="chengbei")


@pytest.fixture
def browser(client: FlaskClient, sign_in: SignIn, parties: Parties) -> Any:
    def enter(side: Browser) -> Any:
        return sign_in(client, f"chengbei-{side}")

    return enter


def drafting(clock: SimulatedClock, **over: Any) -> Any:
    today = shanghai_date(clock())
    return {
        "content": "编制环境影响报告书",
        "starts_on": today.isoformat(),
        "ends_on": (today + timedelta(days=60)).isoformat(),
        "milestone_title": ["初稿", "终稿", ""],
        "milestone_percent": ["40", "60", ""],
        "milestone_due": [(today + timedelta(days=days)).isoformat() for days in (20, 60)] + [""],
        **over,
    }


def tender_number(work: Work, parties: Parties) -> Any:
    with work() as ctx:
        return queries.award_facts(ctx, parties.award_id).tender_number


def test_the_page_confirms_the_text_that_it_has_shown(browser: Browser, work: Work, parties: Parties) -> None:
    draft = a_draft(work, parties)
    agency = browser("agency")
    assert f"/confirm?revision={draft.revision}" in agency.get(f"/agency/contracts/{draft.id}").text
    asked = agency.get(f"/agency/contracts/{draft.id}/confirm?revision={draft.revision}")
    assert 'name="revision" value="1"' in asked.text
    a_draft(work, parties, content="另行约定的内容")
    answer = agency.post(f"/agency/contracts/{draft.id}/confirm", data={"revision": "1"})
    assert answer.status_code == 409
    assert "合同文本在您阅读后已被修改" in answer.text


def test_the_whole_way_from_draft_to_acceptance_without_script(
    browser: Browser, work: Work, parties: Parties, clock: SimulatedClock
) -> None:
    buyer = browser("buyer")
    number = tender_number(work, parties)
    assert "与中选金额一致" in buyer.get(f"/awards/{number}/contract/new").text
    drawn = buyer.post(f"/awards/{number}/contract/new", data=drafting(clock))
    assert drawn.status_code == 303
    page = buyer.get(drawn.location)
    assert "合同草稿已生成" in page.text
    with work() as ctx:
        contract = queries.by_award(ctx, parties.award_id)
    assert contract is not None
    confirm = f"/contracts/{contract.id}/confirm"
    assert "双方都确认后合同生效" in buyer.get(f"/buyer{confirm}").text
    assert buyer.post(f"/buyer{confirm}").status_code == 303
    agency = browser("agency")
    assert agency.post(f"/agency{confirm}").status_code == 303
    part = parts_of(work, contract)[0]
    sent = agency.post(
        f"/agency/milestones/{part.id}/deliver",
        data={"file": (io.BytesIO(PDF), "初稿.pdf"), "note": "请审阅"},
        content_type="multipart/form-data",
    )
    assert sent.status_code == 303
    assert "初稿.pdf" in agency.get(sent.location).text
    buyer = browser("buyer")
    assert buyer.post(f"/buyer/milestones/{part.id}/accept").status_code == 303
    assert "验收通过" in buyer.get(f"/buyer/contracts/{contract.id}").text


def test_a_wrong_plan_comes_back_with_what_was_typed(
    browser: Browser, work: Work, parties: Parties, clock: SimulatedClock
) -> None:
    number = tender_number(work, parties)
    answer = browser("buyer").post(
        f"/awards/{number}/contract/new", data=drafting(clock, milestone_percent=["40", "50", ""])
    )
    assert answer.status_code == 422
    assert "现为90%" in answer.text
    assert "编制环境影响报告书" in answer.text


def test_a_row_half_filled_is_pointed_out(
    browser: Browser, work: Work, parties: Parties, clock: SimulatedClock
) -> None:
    number = tender_number(work, parties)
    answer = browser("buyer").post(
        f"/awards/{number}/contract/new", data=drafting(clock, milestone_percent=["100", "", ""])
    )
    assert answer.status_code == 422
    assert "每个付款节点须填写名称、比例和日期" in answer.text


def test_a_returned_draft_shows_its_reason_on_the_form(browser: Browser, work: Work, parties: Parties) -> None:
    draft = a_draft(work, parties)
    answer = browser("agency").post(f"/agency/contracts/{draft.id}/return", data={"reason": "缺少现场监测"})
    assert answer.status_code == 303
    page = browser("buyer").get(f"/awards/{draft.tender_number}/contract/new").text
    assert "缺少现场监测" in page
    assert "提交初稿" in page


def test_a_return_without_a_reason_is_refused_on_its_page(browser: Browser, work: Work, parties: Parties) -> None:
    draft = a_draft(work, parties)
    answer = browser("agency").post(f"/agency/contracts/{draft.id}/return", data={"reason": " "})
    assert answer.status_code == 422
    assert 'id="f-reason-error"' in answer.text


def test_a_refused_file_is_explained_at_its_field(browser: Browser, work: Work, parties: Parties) -> None:
    part = parts_of(work, a_contract(work, parties))[0]
    answer = browser("agency").post(
        f"/agency/milestones/{part.id}/deliver",
        data={"file": (io.BytesIO(b"MZ\x90"), "成果.pdf")},
        content_type="multipart/form-data",
    )
    assert answer.status_code == 422
    assert "可执行文件不能上传" in answer.text


def test_no_file_is_explained_at_its_field(browser: Browser, work: Work, parties: Parties) -> None:
    part = parts_of(work, a_contract(work, parties))[0]
    answer = browser("agency").post(f"/agency/milestones/{part.id}/deliver", data={"note": "忘了附件"})
    assert (answer.status_code, "请选择文件" in answer.text) == (422, True)


def test_a_file_is_served_as_an_attachment_that_is_not_sniffed(browser: Browser, work: Work, parties: Parties) -> None:
    part = parts_of(work, a_contract(work, parties))[0]
    id = deliver(work, parties, part.id)
    answer = browser("buyer").get(f"/deliverables/{id}/file", buffered=True)
    assert answer.data == PDF
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Type"] == "application/pdf"


def test_the_public_sees_contracts_in_force_and_no_draft(client: FlaskClient, work: Work, parties: Parties) -> None:
    draft = a_draft(work, parties)
    assert draft.number not in client.get("/contracts").text
    assert client.get(f"/contracts/{draft.number}").status_code == 404
    contract = a_contract_from(work, parties, draft)
    assert contract.number in client.get("/contracts").text
    page = client.get(f"/contracts/{contract.number}").text
    assert "88,000.01" in page
    assert "/deliverables/" not in page


def a_contract_from(work: Work, parties: Parties, draft: Contract) -> Any:
    from marketplace.contracts import service

    for side in (parties.buyer, parties.agency):
        with work(side) as ctx:
            found = service.confirm(ctx, draft.id)
    return found


@pytest.mark.parametrize(
    "path",
    ["/agency/contracts/{id}", "/agency/contracts/{id}/confirm", "/desk/contracts/{id}", "/agency/contracts/none"],
)
def test_a_stranger_and_a_missing_contract_get_the_same_answer(
    client: FlaskClient, sign_in: SignIn, work: Work, parties: Parties, path: str
) -> None:
    draft = a_draft(work, parties)
    with work() as ctx:
        some_parties(ctx, username="stranger")
    answer = sign_in(client, "stranger-agency").get(path.format(id=draft.id))
    assert answer.status_code == 404


def test_the_desk_leads_each_side_to_its_own_page(browser: Browser, work: Work, parties: Parties) -> None:
    draft = a_draft(work, parties)
    assert browser("agency").get(f"/desk/contracts/{draft.id}").location.endswith(f"/agency/contracts/{draft.id}")


def test_every_list_and_refusal_has_english(client: FlaskClient, work: Work, parties: Parties) -> None:
    a_contract(work, parties)
    page = client.get("/contracts?lang=en").text
    assert "Contracts confirmed by both sides" in page


def test_an_authority_ends_a_contract_from_its_page(
    client: FlaskClient, sign_in: SignIn, work: Work, parties: Parties
) -> None:
    contract = a_contract(work, parties)
    with work() as ctx:
        a_member(ctx, "authority", username="authority")
    authority = sign_in(client, "authority")
    url = f"/regulator/contracts/{contract.id}"
    assert f"{url}/terminate" in authority.get(url).text
    assert authority.post(f"{url}/terminate", data={"reason": ""}).status_code == 422
    assert authority.post(f"{url}/terminate", data={"reason": "机构停业"}).status_code == 303
    assert "机构停业" in authority.get(url).text


def test_hostile_words_stay_words(browser: Browser, work: Work, parties: Parties, clock: SimulatedClock) -> None:
    number = tender_number(work, parties)
    form = drafting(clock, content="<script>alert(1)</script>")
    drawn = browser("buyer").post(f"/awards/{number}/contract/new", data=form)
    page = browser("buyer").get(drawn.location).text
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_an_overdue_contract_stands_on_the_list(
    browser: Browser, work: Work, parties: Parties, runtime: Runtime, clock: SimulatedClock
) -> None:
    with work() as ctx:
        ctx.promise("contract.sign_due", parties.award_id, ctx.now)
    runtime.tick()
    assert "逾期未签订合同" in browser("buyer").get("/buyer/contracts").text


def test_every_refusal_speaks_both_languages() -> None:
    from babel.messages.pofile import read_po

    from marketplace.web.language import FOLDER

    known: dict[Any, Any] = {}
    for path in (FOLDER / "en").glob("*.po"):
        with path.open("rb") as stream:
            known |= {message.id: message.string for message in read_po(stream) if message.id}
    texts = {
        text
        for error in DomainError.all
        if error.__module__ in {"marketplace.contracts.errors", "marketplace.credit.errors"}
        for text in (error.message, error.remedy)
        if text
    }
    assert {text for text in texts if not known.get(text)} == set()
