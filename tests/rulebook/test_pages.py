"""What people see of the rules and the calendar."""

import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient

from marketplace.kernel.clock import SimulatedClock, at_shanghai
from marketplace.kernel.context import Ctx
from marketplace.rulebook import queries, rules
from marketplace.testing.identity import a_member
from marketplace.testing.rulebook import a_version

# What is asked here of the database is asked again elsewhere, on both.
pytestmark = pytest.mark.once

Work = Callable[..., AbstractContextManager[Ctx]]
SignIn = Callable[[FlaskClient, str], FlaskClient]


@pytest.fixture
def operator(client: FlaskClient, work: Work, sign_in: SignIn) -> FlaskClient:
    with work() as ctx:
        a_member(ctx, "operator", username="operator-li")
    return sign_in(client, "operator-li")


def test_everybody_reads_every_rule_with_source_and_doubt(client: FlaskClient) -> None:
    page = client.get("/rules").get_data(as_text=True)
    for key in queries.defaults().definitions:
        assert f"<code>{key}</code>" in page
    assert "本市场建议值" in page
    assert "未确认" in page
    assert "不限制中介服务机构数量" in page
    assert "/ops/rules" not in page


def test_the_rules_read_in_english_too(client: FlaskClient) -> None:
    page = client.get("/rules?lang=en").get_data(as_text=True)
    assert "Publicity of an award" in page
    assert "中选公示期" not in page


def test_a_region_shows_its_own_values_and_where_the_others_come_from(client: FlaskClient) -> None:
    page = client.get("/rules?region=500000").get_data(as_text=True)
    assert "分轮" in page
    assert "重庆市" in page
    assert "全国" in page


def test_an_old_version_can_still_be_read(client: FlaskClient, work: Work, clock: SimulatedClock) -> None:
    with work() as ctx:
        first = ctx.session.scalars(queries.rule_sets("430000")).one().id
    clock.advance(days=1)
    with work() as ctx:
        a_version(ctx, "430000", values={"threshold.direct_max_yuan": 77_777})
    assert "77,777" in client.get("/rules?region=430000").get_data(as_text=True)
    assert "77,777" not in client.get(f"/rules?version={first}").get_data(as_text=True)


@pytest.mark.parametrize(("path", "status"), [("/rules?region=abc", 422), ("/rules?version=nothing", 404)])
def test_an_unknown_region_or_version_is_refused_in_words(client: FlaskClient, path: Any, status: Any) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    assert "未能办理" in answer.get_data(as_text=True)


@pytest.mark.parametrize("path", ["/ops/rules", "/ops/calendar"])
def test_only_the_operator_may_change_rules_and_calendar(
    client: FlaskClient, work: Work, sign_in: SignIn, path: Any
) -> None:
    assert client.get(path).status_code == 303
    with work() as ctx:
        a_member(ctx, "enterprise", username="buyer-wang")
    assert sign_in(client, "buyer-wang").get(path).status_code == 403


def test_the_operator_publishes_a_rule(operator: FlaskClient, work: Work) -> None:
    form = {"region": "370000", "key": "award.publicity_workdays", "value": "5", "source": "鲁政办〔2026〕1号"}
    answer = operator.post("/ops/rules", data=form)
    assert answer.status_code == 303
    page = operator.get(answer.location).get_data(as_text=True)
    assert "新版本已发布" in page
    assert "鲁政办〔2026〕1号" in page
    with work(write=False) as ctx:
        assert queries.rules_at(ctx, "370000", ctx.now)["award.publicity_workdays"] == 5


@pytest.mark.parametrize(
    ("key", "typed", "value"),
    [
        ("award.publicity_workdays", "10", 10),
        ("threshold.direct_max_yuan", "150,000", 150_000),
        ("posting.avoidance_declared_first", "TRUE", True),
        ("bidding.form", "rounds", "rounds"),
        ("selection.methods", "random， lowest", ("random", "lowest")),
        ("certificate.expiry_warning_days", "90, 30", (90, 30)),
    ],
)
def test_what_a_person_types_becomes_a_value(
    operator: FlaskClient, work: Work, key: Any, typed: Any, value: Any
) -> None:
    operator.post("/ops/rules", data={"region": "370000", "key": key, "value": typed, "source": "测试"})
    with work(write=False) as ctx:
        assert queries.rules_at(ctx, "370000", ctx.now)[key] == value


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"value": "soon"}, "value", "取值"),
        ({"region": "37"}, "region", "行政区划代码"),
        ({"source": ""}, "source", "此项必填"),
        ({"key": "registration.number_cap"}, "value", "不可设置"),
        ({"valid_from": "2026-03-01T09:00"}, "valid_from", "追溯"),
    ],
)
def test_a_refused_rule_is_explained_at_its_field(operator: FlaskClient, change: Any, field: Any, words: Any) -> None:
    form = {"region": "370000", "key": "award.publicity_workdays", "value": "5", "source": "测试"} | change
    answer = operator.post("/ops/rules", data=form)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert f'href="#f-{field}"' in page
    assert words in page


def test_the_form_of_a_rule_begins_with_its_value(operator: FlaskClient) -> None:
    page = operator.get("/ops/rules?key=selection.methods&region=000000").get_data(as_text=True)
    assert 'value="direct, random, weighted, lowest, bidding, average, merit, inquiry, shortlist"' in page


def test_the_operator_declares_a_day(operator: FlaskClient, work: Work) -> None:
    form = {"day": "2026-03-06", "is_workday": "false", "note": "全市停电检修"}
    answer = operator.post("/ops/calendar", data=form)
    assert answer.status_code == 303
    page = operator.get(answer.location).get_data(as_text=True)
    assert "日历已更新" in page
    assert "全市停电检修" in page
    with work(write=False) as ctx:
        assert not queries.is_workday(ctx, date(2026, 3, 6))


def test_the_calendar_shows_every_day_of_the_year(operator: FlaskClient) -> None:
    page = operator.get("/ops/calendar?year=2025").get_data(as_text=True)
    assert page.count("<caption>") == 12
    assert page.count('<td class="mk-num">（') + page.count('<td class="mk-num">') >= 365
    assert "2025-10-06" in page


@pytest.mark.parametrize("day", ["2026-03-01", "2027-01-04", "soon", ""])
def test_a_day_that_cannot_be_declared_is_explained(operator: FlaskClient, day: Any) -> None:
    answer = operator.post("/ops/calendar", data={"day": day, "is_workday": "true"})
    assert answer.status_code == 422
    assert 'href="#f-day"' in answer.get_data(as_text=True)


def test_the_operator_loads_the_next_year(operator: FlaskClient, work: Work) -> None:
    text = 'from = 2027-01-01\nto = 2027-12-31\n[rest.2027]\n2027-01-01 = "元旦假期"\n'
    answer = operator.post("/ops/calendar/load", data={"file": (io.BytesIO(text.encode()), "2027.toml")})
    assert answer.status_code == 303
    with work(write=False) as ctx:
        friday = at_shanghai(date(2026, 12, 31), 9)
        assert queries.add_workdays(ctx, friday, 1) == at_shanghai(date(2027, 1, 4), 9)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"from = 2030-01-01\nto = 2030-12-31"])
def test_a_bad_calendar_file_is_refused(operator: FlaskClient, content: Any) -> None:
    answer = operator.post("/ops/calendar/load", data={"file": (io.BytesIO(content), "x.toml")})
    assert answer.status_code == 422


def test_every_group_of_keys_has_a_heading() -> None:
    from marketplace.rulebook.pages import GROUPS

    assert {key.split(".")[0] for key in queries.defaults().definitions} <= set(GROUPS)
    assert rules.NEVER
