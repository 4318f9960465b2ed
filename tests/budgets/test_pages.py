"""The finance clerk's pages: transfers, documents, tables, and the year, in a browser that two clerks use."""

import io
import re
from datetime import date
from hashlib import sha256

import pytest
from click.testing import CliRunner
from openpyxl import load_workbook

from marketplace.budgets import cli, queries, service, sheets
from marketplace.budgets.queries import balances, papers
from marketplace.budgets.trial import HEADINGS
from marketplace.integration import signals
from marketplace.kernel.clock import at_shanghai
from marketplace.kernel.outbox import Message
from marketplace.ledger import cli as ledger_cli
from marketplace.testing.budgets import a_line, an_obligation
from marketplace.web.terminal import Opener

# What is asked here of the database is asked again elsewhere, on both.
pytestmark = pytest.mark.once

ROW = ["2026", "财预〔2026〕15号", "2026-01-05", "评估费", "2110104", "30227", "", "财政拨款", "1200.50"]


@pytest.fixture
def first(client, pair, sign_in):
    """The browser of the one who asks."""
    return sign_in(client, "caiwu-jia")


@pytest.fixture
def second(app, client, pair, sign_in):
    """The browser of the one who decides."""
    return sign_in(app.test_client(), "caiwu-yi")


def _text(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.get_data(as_text=True)))


def _two_lines(work, pair):
    with work() as ctx:
        return [
            a_line(ctx, pair.department_id, amount_fen=fen, name=name).id for fen, name in ((300, "甲"), (500, "乙"))
        ]


def test_one_clerk_asks_for_a_transfer_and_the_other_approves_it(work, pair, first, second):
    source, target = _two_lines(work, pair)
    form = {"source_id": source, "target_id": target, "amount_fen": "1.20", "reason": "评估项目增加"}
    assert first.post("/dept/budgets/transfers", data=form).status_code == 303
    page = first.get("/dept/budgets/transfers")
    assert "待审批" in _text(page)
    assert "撤回" in _text(page)
    with work(write=False) as ctx:
        (row,) = papers.waiting_transfers(ctx, pair.department_id, 2026)
    assert first.post(f"/dept/budgets/transfers/{row.id}/approve").status_code == 403
    assert "1件待审批" in _text(second.get("/dept/budgets"))
    assert second.post(f"/dept/budgets/transfers/{row.id}/approve").status_code == 303
    assert "已批准" in _text(second.get("/dept/budgets/transfers"))
    with work(write=False) as ctx:
        assert balances.available_fen(ctx, target) == 620


def test_a_transfer_is_sent_back_with_a_reason_or_withdrawn(work, pair, first, second):
    source, target = _two_lines(work, pair)
    form = {"source_id": source, "target_id": target, "amount_fen": "1", "reason": "x"}
    made = [first.post("/api/v1/budget-transfers", json=form).json["id"] for _ in range(2)]
    assert "请写明理由" in _text(second.post(f"/dept/budgets/transfers/{made[0]}/refuse", data={"reason": ""}))
    assert second.post(f"/dept/budgets/transfers/{made[0]}/refuse", data={"reason": "依据不足"}).status_code == 303
    assert "依据不足" in _text(first.get("/dept/budgets/transfers"))
    assert first.post(f"/dept/budgets/transfers/{made[1]}/withdraw").status_code == 303
    states = [row["state"] for row in first.get("/api/v1/budget-transfers").json["items"]]
    assert sorted(states) == ["refused", "withdrawn"]


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [("amount_fen", "9999", "可用额度不足"), ("amount_fen", "0", "大于零"), ("reason", "", "此项必填")],
)
def test_a_wrong_transfer_is_explained_and_keeps_what_was_typed(work, pair, first, field, value, said):
    source, target = _two_lines(work, pair)
    form = {"source_id": source, "target_id": target, "amount_fen": "1", "reason": "临时调整", field: value}
    answer = first.post("/dept/budgets/transfers", data=form)
    assert answer.status_code == 422
    assert said in _text(answer)


def test_a_document_is_entered_with_its_date_and_the_digest_of_its_file(first):
    form = dict(
        zip(("fiscal_year", "document", "issued_on", "name", "function_code", "economic_code"), ROW, strict=False)
    )
    form |= {"source": "enterprise", "amount_fen": "5", "project": "X-9", "file": (io.BytesIO(b"%PDF"), "指标文.pdf")}
    assert first.post("/dept/budgets/new", data=form).status_code == 303
    page = _text(first.get("/dept/budgets/documents"))
    assert "指标文.pdf" in page
    assert sha256(b"%PDF").hexdigest() in page
    (kept,) = first.get("/api/v1/budget-appropriations").json["items"]
    assert (kept["issued_on"], kept["file_name"]) == ("2026-01-05", "指标文.pdf")


def _upload(browser, content, path="/dept/budgets/import"):
    return browser.post(path, data={"file": (io.BytesIO(content), "指标.csv")}, content_type="multipart/form-data")


def test_a_table_is_tried_and_then_booked(work, pair, first):
    answer = _upload(first, sheets.as_csv(HEADINGS, [ROW]))
    assert answer.status_code == 303
    page = first.get(answer.location)
    assert "没有发现错误" in _text(page)
    with work(write=False) as ctx:
        assert queries.lines_of_year(ctx, pair.department_id, 2026) == []
    assert first.post(answer.location).status_code == 303
    assert "全部入账" in _text(first.get(answer.location))
    exported = first.get("/dept/budgets/export?year=2026&format=csv").get_data().decode("utf-8-sig")
    assert exported.splitlines()[1] == ",".join(ROW)


def test_every_fault_of_a_table_is_shown_and_nothing_can_be_booked(work, pair, first):
    rows = [[*ROW[:-1], "-1"], ["26", *ROW[1:]]]
    answer = _upload(first, sheets.as_csv(HEADINGS, rows))
    page = _text(first.get(answer.location))
    assert "共2处错误" in page
    assert "“26”不是四位年份" in page
    refused = first.post(answer.location)
    assert (refused.status_code, "没有导入任何一行" in _text(refused)) == (422, True)
    assert "无法读取该文件" in _text(_upload(first, b"PK\x03\x04 no zip"))
    assert "请选择要导入的文件" in _text(first.post("/dept/budgets/import", data={}))


def test_the_template_can_be_handed_in_as_it_is(first):
    template = first.get("/dept/budgets/template")
    assert "attachment" in template.headers["Content-Disposition"]
    assert _upload(first, template.get_data()).status_code == 303


def test_json_tries_and_books_a_table(first):
    tried = _upload(first, sheets.as_excel("x", HEADINGS, [ROW]), "/api/v1/budget-sheets")
    assert (tried.status_code, tried.json["rows"], tried.json["total"], tried.json["booked"]) == (
        201,
        1,
        "1200.50",
        False,
    )
    booked = first.post(f"/api/v1/budget-sheets/{tried.json['id']}/book")
    assert (booked.json["known"], booked.json["booked"]) == (0, True)
    wrong = _upload(first, sheets.as_csv(HEADINGS, [["x", *ROW[1:]]]), "/api/v1/budget-sheets")
    assert wrong.json["faults"] == [{"row": 2, "column": "年度", "kind": "year", "fact": "x"}]


def _step(browser, step):
    return browser.post("/dept/budgets/years/2026", data={"step": step})


def test_a_year_is_closed_on_one_page_by_two_clerks(work, pair, first, second, sign_in, clock):
    source, _ = _two_lines(work, pair)
    with work() as ctx:
        row = an_obligation(ctx, source, 200)
        service.make_due(ctx, row.id, amount_fen=120, reference="M-1")
        service.to_transit(ctx, row.id, amount_fen=50, reference="payment/1")
    early = _step(first, "announce")
    assert (early.status_code, "还不能办理这一步" in _text(early)) == (409, True)
    clock.set(at_shanghai(date(2027, 1, 4), 9))
    sign_in(first, "caiwu-jia")
    sign_in(second, "caiwu-yi")
    for step in ("announce", "freeze"):
        assert _step(first, step).status_code == 303
    blocked = _step(first, "empty")
    assert blocked.status_code == 409
    assert "支付在途" in _text(blocked)
    with work() as ctx:
        service.settle(ctx, row.id, amount_fen=50, reference="payment/1")
    for step in ("empty", "settle"):
        assert _step(first, step).status_code == 303
    assert "发起结转的人不能签字" in _text(_step(first, "sign"))
    for step in ("sign", "seal"):
        assert _step(second, step).status_code == 303
    page = _text(first.get("/dept/budgets/years/2026"))
    assert "本年度已封存" in page
    assert "下年指标" in page
    told = first.get("/api/v1/budget-years/2026").json
    assert (told["state"], told["unsettled"], told["open"]) == ("sealed", 0, [])
    vouchers = first.post("/dept/budgets/years/2026/vouchers")
    numbers = [row[0].value for row in load_workbook(io.BytesIO(vouchers.get_data())).active.iter_rows(min_row=2)]
    again = first.post("/dept/budgets/years/2026/vouchers", data={"format": "csv"}).get_data().decode("utf-8-sig")
    assert [line.split(",")[0] for line in again.splitlines()[1:]] == numbers
    assert len(set(numbers)) == 2


def test_json_walks_the_same_steps(work, pair, first, sign_in, clock):
    _two_lines(work, pair)
    clock.set(at_shanghai(date(2026, 12, 20), 9))
    sign_in(first, "caiwu-jia")
    assert first.get("/api/v1/budget-years/2026").status_code == 404
    assert first.post("/api/v1/budget-years/2026/steps", json={"step": "announce"}).json["state"] == "announced"
    assert first.post("/api/v1/budget-years/2026/steps", json={"step": "seal"}).status_code == 409
    assert first.post("/api/v1/budget-years/2026/steps", json={"step": "call_off"}).json["state"] == "called_off"


def test_a_department_is_reminded_of_the_end_of_the_year(runtime, work, pair, clock):
    _two_lines(work, pair)
    assert "budget.year_end" in signals.TOPICS
    runtime.deliver = None
    clock.set(at_shanghai(date(2026, 12, 23), 9))
    runtime.tick()
    clock.set(at_shanghai(date(2026, 12, 24), 9))
    runtime.tick()
    with work(write=False) as ctx:
        sent = [m.payload for m in ctx.session.query(Message) if m.topic == "budget.year_end"]
    assert {"department_id": pair.department_id, "fiscal_year": 2026, "days_left": 7} in sent


def _run(app, *words):
    groups = {group.name: group for group in (*cli.commands, *ledger_cli.commands)}
    return CliRunner().invoke(groups[words[0]], words[1:], obj=Opener(lambda: app))


def test_the_terminal_imports_closes_and_exports(app, work, pair, clock, tmp_path):
    whose = ("--department", pair.department_id)
    table, out = tmp_path / "in.csv", tmp_path / "out.xlsx"
    table.write_bytes(sheets.as_csv(HEADINGS, [[*ROW[:-1], "0"]]))
    refused = _run(app, "budgets", "import", str(table), *whose, "--book")
    assert (refused.exit_code, "2:金额" in refused.output) == (1, True)
    table.write_bytes(sheets.as_csv(HEADINGS, [ROW]))
    assert "1 rows tried" in _run(app, "budgets", "import", str(table), *whose).output
    assert "1 rows booked" in _run(app, "budgets", "import", str(table), *whose, "--book").output
    assert _run(app, "budgets", "export", str(out), *whose, "--year", "2026").exit_code == 0
    assert _run(app, "budgets", "vouchers", str(out), *whose, "--year", "2026").output == "0 new numbers\n"
    clock.set(at_shanghai(date(2027, 1, 4), 9))
    close = ("budgets", "close-year", *whose, "--year", "2026")
    assert "2026 settled" in _run(app, *close, "--as", "caiwu-jia").output
    assert _run(app, *close, "--as", "caiwu-jia", "--until", "seal").exit_code == 1
    assert "2026 sealed" in _run(app, *close, "--as", "caiwu-yi", "--until", "seal").output
    assert "2026 sealed" in _run(app, *close, "--as", "caiwu-yi", "--until", "seal").output
    assert " balance Equity:Budget:Lapsed:Y2026:" in _run(app, "ledger", "export").output
    onward = _run(app, "ledger", "trace", "财预〔2026〕15号", "--on").output
    assert "appropriate: 1,200.50" in onward
    assert "lapse: 1,200.50" in onward
