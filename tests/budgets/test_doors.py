"""The budget through its pages, its JSON and its terminal."""

import re

import pytest
from click.testing import CliRunner

from marketplace.budgets import cli, queries
from marketplace.budgets.models import BudgetLine, Encumbrance
from marketplace.ledger import cli as ledger_cli
from marketplace.ledger.models import Posting
from marketplace.testing.budgets import a_department_organisation, a_line, an_obligation
from marketplace.testing.identity import a_colleague, a_member
from marketplace.web.terminal import Opener

# What is asked here of the database is asked again elsewhere, on both.
pytestmark = pytest.mark.once

FORM = {
    "document": "财预〔2026〕15号",
    "fiscal_year": "2026",
    "name": "环境影响技术评估费",
    "function_code": "2110104",
    "economic_code": "30227",
    "source": "treasury",
    "amount_fen": "120,000.50",
}


@pytest.fixture
def finance(work, client, sign_in):
    """A finance clerk's browser; .department_id is her department."""
    with work() as ctx:
        client.department_id = a_department_organisation(ctx).id
        a_colleague(ctx, client.department_id, "finance", username="caiwu")
    return sign_in(client, "caiwu")


def _text(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.get_data(as_text=True)))


def test_a_finance_clerk_books_an_appropriation_and_sees_the_line(finance):
    answer = finance.post("/dept/budgets/new", data=FORM)
    assert answer.status_code == 303
    page = finance.get(answer.location)
    assert "指标已下达" in _text(page)
    assert "依据“财预〔2026〕15号”下达指标120,000.50元，计入可用额度" in _text(page)
    assert "环境影响技术评估费" in _text(finance.get("/dept/budgets"))


def test_the_line_page_tells_every_move_in_words_and_draws_without_inline_style(finance, work):
    with work() as ctx:
        line = a_line(ctx, finance.department_id, amount_fen=100_000)
        an_obligation(ctx, line.id, 60_000)
    page = finance.get(f"/dept/budgets/{line.id}")
    assert "为“ZJ-2026-000001”预留600.00元，可用额度相应减少" in _text(page)
    assert "合同双方已确认，600.00元由预留转为合同占用" in _text(page)
    html = page.get_data(as_text=True)
    assert html.count("<rect") == 2 + 7
    assert "style=" not in html


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("amount_fen", "abc", "请填写金额"),
        ("amount_fen", "0", "大于零"),
        ("function_code", "21", "不是有效的科目编码"),
        ("name", "", "此项必填"),
        ("source", "loan", "请从列出的选项中选择"),
    ],
)
def test_a_wrong_field_is_shown_at_the_field_and_nothing_is_booked(finance, work, field, value, said):
    answer = finance.post("/dept/budgets/new", data={**FORM, field: value})
    assert answer.status_code == 422
    assert said in _text(answer)
    assert 'aria-invalid="true"' in answer.get_data(as_text=True)
    with work(write=False) as ctx:
        assert ctx.session.query(BudgetLine).count() == 0


def test_another_departments_line_is_not_shown(finance, work):
    with work() as ctx:
        line = a_line(ctx)
    assert finance.get(f"/dept/budgets/{line.id}").status_code == 404
    assert finance.get(f"/api/v1/budget-lines/{line.id}").status_code == 404
    assert line.name not in _text(finance.get("/dept/budgets"))


def test_the_auditor_sees_every_line_and_changes_none(work, client, sign_in):
    with work() as ctx:
        line = a_line(ctx)
        a_member(ctx, "auditor", username="shenji")
    auditor = sign_in(client, "shenji")
    assert auditor.get(f"/dept/budgets/{line.id}").status_code == 200
    assert auditor.post("/dept/budgets/new", data=FORM).status_code == 403


def test_the_department_reads_but_does_not_appropriate(work, client, sign_in):
    with work() as ctx:
        department_id = a_department_organisation(ctx).id
        a_colleague(ctx, department_id, "department", username="ban")
    browser = sign_in(client, "ban")
    assert browser.get("/dept/budgets").status_code == 200
    assert browser.get("/dept/budgets/new").status_code == 403


def test_the_public_is_sent_to_sign_in(client):
    assert client.get("/dept/budgets").status_code == 303
    assert client.get("/api/v1/budget-lines").status_code == 401


def test_json_appropriates_once_and_tells_the_stages(finance, work):
    facts = {**FORM, "fiscal_year": 2026}
    first = finance.post("/api/v1/budget-lines", json=facts)
    again = finance.post("/api/v1/budget-lines", json=facts)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json["id"] == again.json["id"]
    with work() as ctx:
        an_obligation(ctx, first.json["id"], 50)
    shown = finance.get(f"/api/v1/budget-lines/{first.json['id']}").json
    assert (shown["stages"]["available"], shown["stages"]["obligated"]) == ("120000.00", "0.50")
    uses = finance.get(f"/api/v1/budget-lines/{first.json['id']}/encumbrances").json["items"]
    assert [(use["reference"], use["state"]) for use in uses] == [("ZJ-2026-000001", "obligated")]
    moves = finance.get(f"/api/v1/budget-lines/{first.json['id']}/postings").json["items"]
    assert sorted(move["kind"] for move in moves) == ["appropriate", "obligate", "reserve"]
    assert [line["id"] for line in finance.get("/api/v1/budget-lines").json["items"]] == [first.json["id"]]


def test_json_refuses_the_same_document_with_another_amount(finance):
    facts = {**FORM, "fiscal_year": 2026}
    finance.post("/api/v1/budget-lines", json=facts)
    answer = finance.post("/api/v1/budget-lines", json={**facts, "amount_fen": "1.00"})
    assert (answer.status_code, answer.json["code"]) == (409, "ledger.posting_differs")


def _run(app, *words):
    groups = {group.name: group for group in (*cli.commands, *ledger_cli.commands)}
    return CliRunner().invoke(groups[words[0]], words[1:], obj=Opener(lambda: app))


def test_the_terminal_appropriates_lists_checks_and_traces(app, work):
    with work() as ctx:
        department_id = a_department_organisation(ctx).id
    told = _run(
        app,
        "budgets",
        "appropriate",
        "--department",
        department_id,
        "--year",
        "2026",
        "--name",
        "评估费",
        "--function-code",
        "2110104",
        "--economic-code",
        "30227",
        "--amount",
        "1000.00",
        "--document",
        "财预1号",
    )
    assert told.exit_code == 0, told.output
    assert "1,000.00" in told.output
    with work() as ctx:
        line = ctx.session.scalars(queries.lines(ctx, department_id)).one()
        row = an_obligation(ctx, line.id, 60_000)
    assert "obligated=600.00" in _run(app, "budgets", "lines", "--department", department_id).output
    checked = _run(app, "ledger", "check")
    assert (checked.exit_code, "ledger balanced" in checked.output) == (0, True)
    traced = _run(app, "ledger", "trace", f"{row.id}/obligate")
    assert [word for word in ("obligate:", "reserve:", "appropriate:") if word in traced.output] == [
        "obligate:",
        "reserve:",
        "appropriate:",
    ]
    assert _run(app, "ledger", "trace", "nothing").exit_code == 1


def test_the_terminal_check_fails_loudly_on_broken_books(app, work):
    from sqlalchemy import update

    from marketplace.ledger.models import Balance

    with work() as ctx:
        a_line(ctx)
        ctx.session.execute(update(Balance).where(Balance.floor0).values(credits_fen=Balance.credits_fen + 1))
    told = _run(app, "ledger", "check")
    assert told.exit_code == 1
    assert "sum_is_zero" in told.output


def test_amounts_are_in_the_ledger_and_nowhere_else():
    columns = {column.name for model in (BudgetLine, Encumbrance) for column in model.__table__.columns}
    assert not any("fen" in name or "amount" in name for name in columns)
    assert "amount_fen" in {column.name for column in Posting.__table__.columns}
