"""The rules and the calendar as JSON."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from marketplace.kernel.context import Ctx
from marketplace.rulebook import queries
from marketplace.testing.identity import a_member

Work = Callable[..., AbstractContextManager[Ctx]]
SignIn = Callable[[Any, str], Any]


@pytest.fixture
def operator(client: Any, work: Work, sign_in: SignIn) -> Any:
    with work() as ctx:
        a_member(ctx, "operator", username="operator-li")
    return sign_in(client, "operator-li")


def test_the_rules_of_a_region_and_of_an_id_are_the_same(client: Any, work: Work) -> None:
    found = client.get("/api/v1/rules?region=130200").json
    assert found["region"] == "130200"
    assert found["entries"]["bidding.countdown_seconds"] == {
        "value": 300,
        "unit": "second",
        "source": "tangshan-2018",
        "unconfirmed": False,
        "region": "130200",
    }
    assert len(found["entries"]) == len(queries.defaults().definitions)
    assert client.get(f"/api/v1/rules/{found['id']}").json == found


def test_an_instant_chooses_the_version(client: Any) -> None:
    before = client.get("/api/v1/rules?region=320000&at=2026-03-11T00:00:00%2B08:00").json
    after = client.get("/api/v1/rules?region=320000&at=2026-03-13T00:00:00%2B08:00").json
    assert before["region"] == "000000"
    assert after["region"] == "320000"


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/api/v1/rules?region=32", 422, "rulebook.region_invalid"),
        ("/api/v1/rules/nothing", 404, "rulebook.rule_set_not_found"),
        ("/api/v1/rule-sets/nothing", 404, "rulebook.rule_set_not_found"),
    ],
)
def test_what_is_not_there_is_a_problem_document(client: Any, path: Any, status: Any, code: Any) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    assert answer.json["code"] == code


def test_publishing_needs_the_permission(client: Any) -> None:
    assert client.post("/api/v1/rules", json={"region": "320000", "values": {}}).status_code == 401


def test_a_published_version_holds_at_once_and_can_be_read(operator: Any) -> None:
    body = {"region": "370000", "name": "山东省", "values": {"award.publicity_workdays": {"value": 4, "source": "x"}}}
    answer = operator.post("/api/v1/rules", json=body)
    assert answer.status_code == 201
    assert operator.get("/api/v1/rules?region=370102").json["entries"]["award.publicity_workdays"]["value"] == 4
    assert (
        operator.get(f"/api/v1/rule-sets/{answer.json['id']}").json["values"]["award.publicity_workdays"]["value"] == 4
    )
    assert [row["version"] for row in operator.get("/api/v1/rule-sets?region=370000").json["items"]] == [1]


def test_a_cap_is_refused_with_its_own_code(operator: Any) -> None:
    answer = operator.post("/api/v1/rules", json={"region": "320000", "values": {"registration.number_cap": 5}})
    assert answer.status_code == 422
    assert answer.json["code"] == "rulebook.rule_not_settable"


def test_a_year_of_days_is_read_and_a_day_is_set(operator: Any) -> None:
    days = operator.get("/api/v1/calendar?year=2026").json["items"]
    assert len(days) == 365
    assert {"day": "2026-02-14", "is_workday": True, "note": "春节调休上班"} in days
    answer = operator.post("/api/v1/calendar", json={"day": "2026-03-06", "is_workday": False, "note": "检修"})
    assert answer.json == {"day": "2026-03-06", "is_workday": False, "note": "检修"}
    assert answer.json in operator.get("/api/v1/calendar?year=2026").json["items"]
