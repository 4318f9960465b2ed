"""The catalogue as JSON."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from marketplace.catalogue import rules
from marketplace.kernel.context import Ctx
from marketplace.testing.catalogue import item_facts
from marketplace.testing.identity import a_member

# What is asked here of the database is asked again elsewhere, on both.
pytestmark = pytest.mark.once

Work = Callable[..., AbstractContextManager[Ctx]]
SignIn = Callable[[Any, str], Any]

ITEM = {
    "code": "CS-77",
    "name": "节能评估报告编制",
    "field": "节能评估",
    "authority": "发展改革部门",
    "basis": "《中华人民共和国节约能源法》第十五条",
    "qualification_mode": "licence",
    "qualifications": ["甲级", "乙级"],
    "result": "节能报告",
    "time_limit_workdays": 15,
    "price_mode": "market",
    "parent_item": "固定资产投资项目节能审查",
    "kept_from": "2026-03-02",
}


@pytest.fixture
def authority(client: Any, work: Work, sign_in: SignIn) -> Any:
    with work() as ctx:
        a_member(ctx, "authority", username="authority-zhao")
    return sign_in(client, "authority-zhao")


def test_items_are_listed_narrowed_and_paged(client: Any) -> None:
    whole = client.get("/api/v1/catalogue").json
    assert [row["code"] for row in whole["items"]] == [f"ZJ-{number:02d}" for number in range(1, 15)]
    assert whole["next"] is None
    assert [row["code"] for row in client.get("/api/v1/catalogue?mode=register").json["items"]] == ["ZJ-01", "ZJ-13"]
    assert client.get("/api/v1/catalogue?kept=false").json["items"] == []


def test_an_item_is_added_read_edited_cancelled_and_restored(authority: Any) -> None:
    added = authority.post("/api/v1/catalogue", json=ITEM)
    assert added.status_code == 201
    assert added.json.items() >= ITEM.items()
    edit = {key: value for key, value in ITEM.items() if key != "code"} | {"time_limit_workdays": 9, "version": 1}
    assert authority.put("/api/v1/catalogue/CS-77", json=edit).json["version"] == 2
    cancelled = authority.post("/api/v1/catalogue/CS-77/cancel", json={"reason": "废止"}).json
    assert (cancelled["kept"], cancelled["cancelled_on"]) == (False, "2026-03-02")
    assert authority.post("/api/v1/catalogue/CS-77/restore", json={"reason": "恢复"}).json["kept"] is True
    history = authority.get("/api/v1/catalogue/CS-77/history").json["items"]
    assert [row["verb"] for row in history] == ["added", "edited", "cancelled", "restored"]


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("get", "/catalogue/ZJ-99", None, 404, "catalogue.item_not_found"),
        ("get", "/catalogue/ZJ-99/history", None, 404, "catalogue.item_not_found"),
        ("post", "/catalogue", ITEM | {"code": "ZJ-01"}, 409, "catalogue.item_exists"),
        ("post", "/catalogue", ITEM | {"qualifications": []}, 422, "catalogue.qualification_missing"),
        ("post", "/catalogue/ZJ-01/restore", {"reason": "恢复"}, 409, "kernel.wrong_state"),
        ("post", "/catalogue/import", {"csv": "编号"}, 422, "catalogue.import_refused"),
        ("post", "/catalogue/import", {"csv": ""}, 422, "catalogue.csv_unreadable"),
    ],
)
def test_refusals_are_problem_documents(
    authority: Any, method: Any, path: Any, body: Any, status: Any, code: Any
) -> None:
    answer = getattr(authority, method)(f"/api/v1{path}", json=body)
    assert answer.status_code == status
    assert answer.json["code"] == code


def test_a_file_is_imported_or_only_checked(authority: Any, work: Work) -> None:
    with work() as ctx:
        text = rules.write_csv([item_facts(ctx, code="CS-88")])
    checked = authority.post("/api/v1/catalogue/import", json={"csv": text, "dry_run": True}).json
    assert (checked["written"], checked["added"], checked["errors"]) == (False, ["CS-88"], [])
    assert authority.get("/api/v1/catalogue/CS-88").status_code == 404
    assert authority.post("/api/v1/catalogue/import", json={"csv": text}).json["written"] is True
    assert authority.get("/api/v1/catalogue/CS-88").status_code == 200


def test_a_dry_run_lists_every_error(authority: Any, work: Work) -> None:
    with work() as ctx:
        text = rules.write_csv([item_facts(ctx, code="CS-88", name="", time_limit_workdays=0)])
    errors = authority.post("/api/v1/catalogue/import", json={"csv": text, "dry_run": True}).json["errors"]
    assert [(error["line"], error["column"], error["code"]) for error in errors] == [
        (2, "事项名称", "catalogue.item_text_missing"),
        (2, "服务时限（工作日）", "catalogue.time_limit_invalid"),
    ]


def test_changing_the_catalogue_needs_the_permission(client: Any) -> None:
    assert client.post("/api/v1/catalogue", json=ITEM).status_code == 401
