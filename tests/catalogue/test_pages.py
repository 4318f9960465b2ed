"""The catalogue for everybody, and for the authority that keeps it."""

import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from flask.testing import FlaskClient

from marketplace.catalogue import queries, rules, service
from marketplace.kernel.context import Ctx
from marketplace.testing.catalogue import an_item, item_facts
from marketplace.testing.identity import a_member

# What is asked here of the database is asked again elsewhere, on both.
pytestmark = pytest.mark.once

Work = Callable[..., AbstractContextManager[Ctx]]
SignIn = Callable[[FlaskClient, str], FlaskClient]

FORM = {
    "code": "CS-77",
    "name": "节能评估报告编制",
    "field": "节能评估",
    "authority": "发展改革部门",
    "basis": "《中华人民共和国节约能源法》第十五条",
    "qualification_mode": "conditions",
    "qualifications": "",
    "result": "节能报告",
    "time_limit_workdays": "15",
    "price_mode": "market",
    "parent_item": "",
    "kept_from": "2026-03-02",
}


@pytest.fixture
def authority(client: FlaskClient, work: Work, sign_in: SignIn) -> FlaskClient:
    with work() as ctx:
        a_member(ctx, "authority", username="authority-zhao")
    return sign_in(client, "authority-zhao")


def text(answer: Any) -> str:
    return str(answer.get_data(as_text=True))


def upload(content: bytes, step: str = "check") -> dict[str, Any]:
    return {"file": (io.BytesIO(content), "catalogue.csv"), "step": step}


def test_everybody_reads_the_catalogue(client: FlaskClient) -> None:
    page = text(client.get("/catalogue"))
    assert all(f"ZJ-{number:02d}" in page for number in range(1, 15))
    assert "/catalogue/new" not in page


@pytest.mark.parametrize(
    ("query", "there", "gone"),
    [
        ("q=消防", "ZJ-13", "ZJ-12"),
        ("mode=cma", "ZJ-07", "ZJ-08"),
        ("authority=应急管理部门", "ZJ-11", "ZJ-13"),
        ("state=cancelled", "没有符合条件的事项", "ZJ-01"),
        ("state=all", "ZJ-01", "没有符合条件的事项"),
    ],
)
def test_the_catalogue_is_filtered_and_searched(client: FlaskClient, query: Any, there: Any, gone: Any) -> None:
    page = text(client.get(f"/catalogue?{query}"))
    assert there in page
    assert gone not in page


def test_an_item_shows_all_its_facts_and_its_doubt(client: FlaskClient) -> None:
    page = text(client.get("/catalogue/ZJ-03"))
    for words in (
        "《地质灾害防治条例》",
        "行政许可",
        "甲级；",
        "20个工作日",
        "市场调节价",
        "2018-06-20",
        "待行业主管部门核实",
        "列入目录",
    ):
        assert words in page


def test_an_unknown_item_is_404_in_words(client: FlaskClient) -> None:
    answer = client.get("/catalogue/ZJ-99")
    assert answer.status_code == 404
    assert "没有编号为“ZJ-99”" in text(answer)


def test_the_export_is_a_file_that_can_be_imported(client: FlaskClient, work: Work) -> None:
    answer = client.get("/catalogue.csv")
    assert answer.mimetype == "text/csv"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="catalogue.csv"'
    with work() as ctx:
        report = service.import_csv(ctx, answer.data)
    assert len(report.unchanged) == 14
    assert report.errors == []


@pytest.mark.parametrize(
    "path", ["/catalogue/new", "/catalogue/import", "/catalogue/ZJ-01/edit", "/catalogue/ZJ-01/state"]
)
def test_only_the_authority_keeps_the_catalogue(client: FlaskClient, work: Work, sign_in: SignIn, path: Any) -> None:
    with work() as ctx:
        a_member(ctx, "enterprise", username="buyer-wang")
    assert sign_in(client, "buyer-wang").get(path).status_code == 403


def test_the_authority_adds_an_item(authority: FlaskClient) -> None:
    answer = authority.post("/catalogue/new", data=FORM)
    assert answer.status_code == 303
    page = text(authority.get(answer.location))
    assert "事项已列入目录" in page
    assert "凭承诺入驻" in page


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"code": "x"}, "code"),
        ({"code": "ZJ-01"}, "code"),
        ({"name": ""}, "name"),
        ({"qualification_mode": "licence"}, "qualifications"),
        ({"qualification_mode": "cap"}, "qualification_mode"),
        ({"time_limit_workdays": "0"}, "time_limit_workdays"),
        ({"time_limit_workdays": "soon"}, "time_limit_workdays"),
        ({"kept_from": "soon"}, "kept_from"),
    ],
)
def test_a_wrong_field_is_shown_at_the_field_with_what_was_typed(
    authority: FlaskClient, change: Any, field: Any
) -> None:
    answer = authority.post("/catalogue/new", data=FORM | change)
    assert answer.status_code == 422
    assert f'href="#f-{field}"' in text(answer)
    assert "《中华人民共和国节约能源法》" in text(answer)


def test_an_edit_begins_with_what_is_there_and_becomes_a_version(authority: FlaskClient, work: Work) -> None:
    page = text(authority.get("/catalogue/ZJ-03/edit"))
    assert "地质灾害评估和治理工程勘查设计资质甲级\n地质灾害评估和治理工程勘查设计资质乙级" in page
    form = FORM | {"qualification_mode": "licence", "qualifications": "甲级\r\n乙级", "version": "1"}
    answer = authority.post("/catalogue/ZJ-03/edit", data=form)
    assert answer.status_code == 303
    with work(write=False) as ctx:
        row = queries.item(ctx, "ZJ-03")
        assert (row.qualifications, row.version) == (["甲级", "乙级"], 2)


def test_an_edit_of_an_old_version_is_explained(authority: FlaskClient) -> None:
    authority.post("/catalogue/ZJ-03/edit", data=FORM | {"version": "1"})
    answer = authority.post("/catalogue/ZJ-03/edit", data=FORM | {"version": "1", "name": "别的"})
    assert answer.status_code == 422
    assert "已被他人修改为第2版" in text(answer)


def test_an_item_is_cancelled_with_a_public_reason_and_restored(authority: FlaskClient) -> None:
    assert authority.post("/catalogue/ZJ-13/state", data={"verb": "cancel"}).status_code == 422
    answer = authority.post("/catalogue/ZJ-13/state", data={"verb": "cancel", "reason": "国务院决定取消"})
    assert answer.status_code == 303
    assert "该事项已于2026-03-02取消：国务院决定取消" in text(authority.get("/catalogue/ZJ-13"))
    assert "ZJ-13" not in text(authority.get("/catalogue"))
    authority.post("/catalogue/ZJ-13/state", data={"verb": "restore", "reason": "恢复"})
    assert "ZJ-13" in text(authority.get("/catalogue"))


def test_a_second_click_on_cancel_does_not_restore(authority: FlaskClient) -> None:
    authority.post("/catalogue/ZJ-13/state", data={"verb": "cancel", "reason": "取消"})
    assert authority.post("/catalogue/ZJ-13/state", data={"verb": "cancel", "reason": "取消"}).status_code == 409
    assert "ZJ-13" not in text(authority.get("/catalogue"))


def test_a_file_is_checked_and_then_imported(authority: FlaskClient, work: Work) -> None:
    with work() as ctx:
        content = rules.write_csv([item_facts(ctx, code="CS-88")]).encode("utf-8-sig")
    assert "新增1项" in text(authority.post("/catalogue/import", data=upload(content)))
    assert authority.get("/catalogue/CS-88").status_code == 404
    assert authority.post("/catalogue/import", data=upload(content, "import")).status_code == 303
    assert authority.get("/catalogue/CS-88").status_code == 200


def test_every_error_of_a_file_is_listed_and_nothing_is_written(authority: FlaskClient, work: Work) -> None:
    with work() as ctx:
        facts = [item_facts(ctx, code="CS-88"), item_facts(ctx, code="CS-89", time_limit_workdays=0, name="")]
    answer = authority.post("/catalogue/import", data=upload(rules.write_csv(facts).encode(), "import"))
    page = text(answer)
    assert answer.status_code == 422
    assert "文件有2处错误" in page
    assert page.count('<td class="mk-num" data-label="行号">3</td>') == 2
    assert authority.get("/catalogue/CS-88").status_code == 404


@pytest.mark.parametrize("content", [b"", "编号".encode("gb18030")])
def test_a_file_that_cannot_be_read_is_refused_in_words(authority: FlaskClient, content: Any) -> None:
    answer = authority.post("/catalogue/import", data=upload(content))
    assert answer.status_code == 422
    assert 'href="#f-file"' in text(answer)


def test_a_missing_file_is_refused_in_words(authority: FlaskClient) -> None:
    assert authority.post("/catalogue/import", data={"step": "check"}).status_code == 422


def test_hostile_names_are_shown_as_text(client: FlaskClient, work: Work) -> None:
    with work() as ctx:
        an_item(ctx, code="CS-99", name="<script>alert(1)</script>")
    page = text(client.get("/catalogue?q=CS-99"))
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_the_catalogue_reads_in_english_too(client: FlaskClient) -> None:
    page = text(client.get("/catalogue/ZJ-03?lang=en"))
    assert "Legal basis" in page
    assert "设立依据" not in page.split("<main")[1].split("</main>")[0].replace("设立依据待", "")
