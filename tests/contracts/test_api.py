"""Contracts through the JSON door."""

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from marketplace.kernel.clock import SimulatedClock, shanghai_date
from marketplace.testing.contracts import PDF, Parties, Work, a_contract, a_draft, parts_of, some_parties

# What is asked here of the database is asked again elsewhere, on both.
pytestmark = pytest.mark.once

SignIn = Callable[[FlaskClient, str], FlaskClient]
Browser = Callable[[str], FlaskClient]


@pytest.fixture
def parties(work: Work) -> Any:
    with work() as ctx:
        return some_parties(ctx, username="api")


@pytest.fixture
def side(client: FlaskClient, sign_in: SignIn, parties: Parties) -> Any:
    return lambda name: sign_in(client, f"api-{name}")


def body(clock: SimulatedClock) -> Any:
    today = shanghai_date(clock())
    return {
        "content": "编制环境影响报告书",
        "starts_on": today.isoformat(),
        "ends_on": (today + timedelta(days=30)).isoformat(),
        "milestones": [{"title": "成果", "share_bp": 10_000, "due_on": (today + timedelta(days=30)).isoformat()}],
    }


def test_a_contract_runs_from_draft_to_completion(
    side: Browser, work: Work, parties: Parties, clock: SimulatedClock
) -> None:
    drawn = side("buyer").put(f"/api/v1/awards/{parties.award_id}/contract", json=body(clock))
    assert (drawn.status_code, drawn.get_json()["amount_fen"]) == (200, "88000.01")
    id = drawn.get_json()["id"]
    assert side("buyer").post(f"/api/v1/contracts/{id}/confirmation").get_json()["waiting_for"] == ["agency"]
    assert side("agency").post(f"/api/v1/contracts/{id}/confirmation").get_json()["status"] == "active"
    part = side("agency").get(f"/api/v1/contracts/{id}").get_json()["milestones"][0]
    sent = side("agency").post(
        f"/api/v1/milestones/{part['id']}/deliverables", data={"file": (io.BytesIO(PDF), "成果.pdf")}
    )
    assert (sent.status_code, sent.get_json()["size"]) == (201, len(PDF))
    file = side("buyer").get(f"/api/v1/deliverables/{sent.get_json()['id']}/file", buffered=True)
    assert file.data == PDF
    accepted = side("buyer").post(f"/api/v1/milestones/{part['id']}/acceptance")
    assert accepted.get_json()["status"] == "met"
    assert side("buyer").get(f"/api/v1/contracts/{id}").get_json()["status"] == "complete"


def test_a_second_confirmation_of_one_side_is_a_conflict_with_its_code(
    side: Browser, work: Work, parties: Parties
) -> None:
    draft = a_draft(work, parties)
    side("buyer").post(f"/api/v1/contracts/{draft.id}/confirmation")
    answer = side("buyer").post(f"/api/v1/contracts/{draft.id}/confirmation")
    assert (answer.status_code, answer.get_json()["code"]) == (409, "contract.already_confirmed")


def test_a_confirmed_contract_is_not_deleted(side: Browser, work: Work, parties: Parties) -> None:
    contract = a_contract(work, parties)
    answer = side("buyer").delete(f"/api/v1/contracts/{contract.id}")
    assert (answer.status_code, answer.get_json()["code"]) == (409, "contract.in_force")


def test_a_draft_is_deleted(side: Browser, work: Work, parties: Parties) -> None:
    draft = a_draft(work, parties)
    assert side("buyer").delete(f"/api/v1/contracts/{draft.id}").status_code == 204
    assert side("buyer").get(f"/api/v1/contracts/{draft.id}").status_code == 404


def test_a_wrong_file_is_a_problem_at_its_field(side: Browser, work: Work, parties: Parties) -> None:
    part = parts_of(work, a_contract(work, parties))[0]
    answer = side("agency").post(
        f"/api/v1/milestones/{part.id}/deliverables", data={"file": (io.BytesIO(PDF), "成果.docx")}
    )
    assert (answer.status_code, answer.get_json()["code"]) == (422, "contract.file_mismatch")
    assert list(answer.get_json()["errors"]) == ["file"]


def test_a_missing_file_is_a_shape_error(side: Browser, work: Work, parties: Parties) -> None:
    part = parts_of(work, a_contract(work, parties))[0]
    answer = side("agency").post(f"/api/v1/milestones/{part.id}/deliverables", data={"note": "没有文件"})
    assert (answer.status_code, list(answer.get_json()["errors"])) == (422, ["file"])


def test_the_public_reads_notices_without_the_text_of_the_contract(
    client: FlaskClient, work: Work, parties: Parties
) -> None:
    contract = a_contract(work, parties)
    items = client.get("/api/v1/contract-notices").get_json()["items"]
    assert [item["number"] for item in items] == [contract.number]
    assert "content" not in client.get(f"/api/v1/contract-notices/{contract.number}").get_json()


def test_a_stranger_gets_the_answer_of_a_missing_contract(
    client: FlaskClient, sign_in: SignIn, work: Work, parties: Parties
) -> None:
    contract = a_contract(work, parties)
    with work() as ctx:
        some_parties(ctx, username="stranger")
    stranger = sign_in(client, "stranger-buyer")
    answers = [stranger.get(f"/api/v1/contracts/{id}") for id in (contract.id, "0" * 32)]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].get_json() == answers[1].get_json()
