"""Registration, profile and delegates through pages, JSON and the terminal."""

import re

import pytest
from click.testing import CliRunner

from marketplace.buyers.cli import buyers
from marketplace.identity.rules import make_uscc
from marketplace.testing.buyers import a_buyer, a_delegate, a_department, buyer_facts
from marketplace.testing.identity import PASSWORD, a_member
from marketplace.web.terminal import Opener

# What is asked here of the database is asked again elsewhere, on both.
pytestmark = pytest.mark.once


def registration(**over):
    facts = buyer_facts("甲", username="jia", password=PASSWORD, again=PASSWORD, committed="true")
    del facts["kind"]
    return {**facts, **over}


@pytest.fixture
def hai(work):
    """An enterprise with the login hai."""
    with work() as ctx:
        return a_buyer(ctx, username="hai")


def test_an_enterprise_registers_by_commitment_and_signs_in(client):
    assert client.get("/buyer/join").status_code == 200
    answer = client.post("/buyer/join", data=registration())
    assert answer.status_code == 303
    assert "注册成功" in client.get(answer.location).text
    entered = client.post("/sign-in", data={"username": "jia", "password": PASSWORD})
    assert entered.status_code == 303
    assert client.get("/buyer/profile").status_code == 200


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"uscc": "91320000990765845F"}, "uscc"),
        ({"uscc": ""}, "uscc"),
        ({"committed": ""}, "committed"),
        ({"again": "another-one-77"}, "again"),
        ({"password": "short", "again": "short"}, "password"),
        ({"phone": "1"}, "phone"),
        ({"region": "江苏"}, "region"),
        ({"username": "1"}, "username"),
        ({"name": "单"}, "name"),
    ],
)
def test_a_refusal_is_shown_at_its_field_and_in_the_summary(client, wrong, field):
    answer = client.post("/buyer/join", data=registration(**wrong))
    assert answer.status_code == 422
    assert f'id="f-{field}-error"' in answer.text
    assert f'href="#f-{field}"' in answer.text
    assert "<title>错误：" in answer.text
    assert PASSWORD not in answer.text


def test_a_refused_registration_leaves_nothing_behind(client):
    client.post("/buyer/join", data=registration(password="short", again="short"))
    assert client.post("/buyer/join", data=registration()).status_code == 303


def test_the_same_code_is_refused_with_the_way_out(client):
    client.post("/buyer/join", data=registration())
    answer = client.post("/buyer/join", data=registration(username="yi"))
    assert answer.status_code == 422
    assert "请用已有账号登录" in answer.text


def test_the_public_page_masks_the_contact(client, hai):
    page = client.get(f"/buyers/{hai.id}").text
    assert "周*" in page
    assert "139****5678" in page
    assert "周敏" not in page
    assert "13912345678" not in page


def test_a_missing_buyer_is_a_404(client):
    assert client.get(f"/buyers/{'0' * 32}").status_code == 404


def test_own_details_are_edited(client, hai, sign_in):
    sign_in(client, "hai")
    assert 'value="13912345678"' in client.get("/buyer/profile").text
    data = {"name": "连云港海兴集团", "region": "320700", "contact": "吴迪", "phone": "0518-85551234"}
    assert client.post("/buyer/profile", data=data).status_code == 303
    assert "连云港海兴集团" in client.get(f"/buyers/{hai.id}").text
    assert client.post("/buyer/profile", data={**data, "phone": "1"}).status_code == 422


def test_a_delegate_is_added_shown_and_ended(client, hai, sign_in):
    sign_in(client, "hai")
    data = {"name": "孙倩", "authorisation": "授权书〔2026〕3号", "valid_until": "2026-12-31"}
    assert client.post("/buyer/delegates/new", data=data).status_code == 303
    page = client.get("/buyer/profile").text
    assert "孙倩" in page
    [path] = re.findall(r'action="(/buyer/delegates/\w+/end)"', page)
    assert client.post(path).status_code == 303
    assert client.post(path).status_code == 404
    assert "已结束" in client.get("/buyer/profile").text


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"name": ""}, "name"), ({"valid_until": "2026-01-01"}, "valid_until"), ({"valid_until": "soon"}, "valid_until")],
)
def test_a_wrong_delegate_is_explained_at_its_field(client, hai, sign_in, wrong, field):
    data = {"name": "孙倩", "authorisation": "授权书〔2026〕3号", "valid_until": "2026-12-31", **wrong}
    answer = sign_in(client, "hai").post("/buyer/delegates/new", data=data)
    assert answer.status_code == 422
    assert f'id="f-{field}-error"' in answer.text


def test_another_buyers_delegate_answers_like_a_missing_one(client, hai, work, sign_in):
    with work() as ctx:
        theirs = a_delegate(ctx, a_buyer(ctx).id)
    sign_in(client, "hai")
    real = client.post(f"/buyer/delegates/{theirs.id}/end")
    made_up = client.post(f"/buyer/delegates/{'0' * 32}/end")
    assert real.status_code == made_up.status_code == 404


def test_the_operator_sets_up_a_department_and_an_enterprise_cannot(client, hai, work, sign_in):
    data = buyer_facts("局", uscc=make_uscc("局", register="11"), username="ju", password=PASSWORD)
    del data["kind"]
    assert sign_in(client, "hai").post("/ops/departments/new", data=data).status_code == 403
    with work() as ctx:
        a_member(ctx, "operator", "operator", username="ops")
    sign_in(client, "ops")
    assert client.get("/ops/departments/new").status_code == 200
    assert client.post("/ops/departments/new", data={**data, "uscc": "1"}).status_code == 422
    answer = client.post("/ops/departments/new", data=data)
    assert answer.status_code == 303
    assert "部门已登记" in client.get(answer.location).text


@pytest.mark.parametrize("path", ["/buyer/join", "/buyer/profile", "/buyer/delegates/new", "/ops/departments/new"])
def test_every_page_speaks_english_without_a_chinese_word_of_ours(client, work, sign_in, path):
    with work() as ctx:
        a_buyer(ctx, username="hai", name="Haixing", contact="Zhou Min", address="")
        a_member(ctx, "operator", "operator", username="ops")
    sign_in(client, "ops" if path.startswith("/ops") else "hai")
    page = client.get(path, query_string={"lang": "en"}).text
    main = page[page.index("<main") : page.index("</main>")]
    assert re.findall(r"[\u4e00-\u9fff]+", main) == []


def test_json_registers_reads_amends_and_delegates(client, sign_in):
    facts = registration(committed=True)
    del facts["again"]
    made = client.post("/api/v1/buyers", json=facts)
    assert made.status_code == 201
    assert "phone" not in made.json
    assert made.json["contact"] == "周*"
    assert client.get(f"/api/v1/buyers/{made.json['id']}").json == made.json
    assert [row["id"] for row in client.get("/api/v1/buyers?kind=enterprise").json["items"]] == [made.json["id"]]
    sign_in(client, "jia")
    details = {"name": "连云港海兴集团", "region": "320700", "contact": "吴迪", "phone": "0518-85551234"}
    assert client.put(f"/api/v1/buyers/{made.json['id']}", json=details).json["name"] == "连云港海兴集团"
    delegate = {"name": "孙倩", "authorisation": "授权书〔2026〕3号", "valid_until": "2026-12-31"}
    added = client.post("/api/v1/delegates", json=delegate)
    assert added.status_code == 201
    assert [row["id"] for row in client.get("/api/v1/delegates").json["items"]] == [added.json["id"]]
    assert client.delete(f"/api/v1/delegates/{added.json['id']}").status_code == 204


def test_json_names_the_field_of_a_refusal(client):
    facts = registration(committed=True, uscc="91320000990765845F")
    del facts["again"]
    answer = client.post("/api/v1/buyers", json=facts)
    assert answer.status_code == 422
    assert answer.json["code"].startswith("identity.uscc_")
    assert list(answer.json["errors"]) == ["uscc"]


def test_json_lets_only_the_operator_set_up_departments(client, hai, work, sign_in):
    facts = buyer_facts("局", uscc=make_uscc("局", register="11"))
    del facts["kind"]
    assert client.post("/api/v1/departments", json=facts).status_code == 401
    assert sign_in(client, "hai").post("/api/v1/departments", json=facts).status_code == 403
    with work() as ctx:
        a_member(ctx, "operator", "operator", username="ops")
    assert sign_in(client, "ops").post("/api/v1/departments", json=facts).json["kind"] == "department"


def test_json_hides_another_buyer_behind_a_404(client, hai, work, sign_in):
    with work() as ctx:
        other = a_department(ctx)
    details = {"name": "别人的单位", "region": "320700", "contact": "吴迪", "phone": "0518-85551234"}
    sign_in(client, "hai")
    real = client.put(f"/api/v1/buyers/{other.id}", json=details)
    made_up = client.put(f"/api/v1/buyers/{'0' * 32}", json=details)
    assert real.status_code == made_up.status_code == 404
    assert real.json == made_up.json


def test_the_terminal_sets_up_a_department_and_lists_it(app, client):
    def run(*words):
        return CliRunner().invoke(buyers, words, obj=Opener(lambda: app))

    uscc = make_uscc("局", register="11")
    given = ["--name", "连云港市数据局", "--uscc", uscc, "--region", "320700", "--contact", "郑洁"]
    made = run("create-department", *given, "--phone", "0518-85551234", "--username", "ju", "--password", PASSWORD)
    assert made.exit_code == 0, made.output
    assert f"{made.output.strip()}  {uscc}  320700  连云港市数据局" in run("list", "--kind", "department").output
    again = run("create-department", *given, "--phone", "0518-85551234", "--username", "ju2", "--password", PASSWORD)
    assert again.exit_code == 1
    assert "identity.organisation_exists" in again.output
