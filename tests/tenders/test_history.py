"""History of another system is checked line by line and taken over whole."""

from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from marketplace.identity import queries as identity
from marketplace.kernel.clock import at_shanghai
from marketplace.tenders import queries, service
from marketplace.tenders.errors.changes import HistoryUnreadable
from marketplace.tenders.models import Tender
from marketplace.tenders.rules import history
from marketplace.tenders.service import importing
from marketplace.testing.tenders import a_buying_actor, a_tender


def a_line(uscc, number="JY-2019-0001", **over):
    cells = dict(
        zip(
            history.COLUMNS,
            (number, "开山岛水土保持方案", uscc, "ZJ-02", "320700", "lowest", "98000.00", "2019-03-01 09:00",
             "2019-03-08 17:00", "已中选", "编制方案"),
            strict=True,
        )
    )  # fmt: skip
    return ",".join({**cells, **over}.values())


def a_file(*lines):
    return "\n".join([",".join(history.COLUMNS), *lines]).encode("utf-8-sig")


@pytest.fixture
def uscc(work):
    buyer = a_buying_actor(work)
    with work() as ctx:
        return identity.organisation(ctx, buyer.organisation_id).uscc


def test_history_is_found_after_what_the_market_has_itself(work, uscc):
    live = a_tender(work, title="城北水土保持方案")
    file = a_file(a_line(uscc), a_line(uscc, "JY-2020-0001", 发布时间="2020-03-01", 截止时间="2020-03-02", 结果="流标"))
    with work() as ctx:
        assert service.import_history(ctx, file).written is False
        assert service.import_history(ctx, file, dry_run=False).tenders == 2
    with work() as ctx:
        found = [row.number for row in queries.page_of_notices(ctx, text="水土保持").items]
        assert found == [live.number, "JY-2020-0001", "JY-2019-0001"]
        assert [row.number for row in queries.page_of_notices(ctx).items] == found
        assert (queries.by_number(ctx, "JY-2020-0001").status, live.seq) == ("unsuccessful", 1)
        assert len(service.import_history(ctx, file).problems) == 2
    assert a_tender(work, title="又一个").seq == 2


def test_what_is_taken_over_is_stored_as_a_notice_of_our_own_is(work, uscc, monkeypatch):
    monkeypatch.setattr(importing, "CHUNK", 2)
    same = [a_line(uscc, f"JY-{place}", 项目名称=f"同日方案{place}") for place in range(3)]
    older = a_line(uscc, "JY-旧", 项目名称="早先的方案", 发布时间="2018-03-01 09:00", 结果="流标")
    with work() as ctx:
        service.import_history(ctx, a_file(older, *same), dry_run=False)
    with work() as ctx:
        listed = [row.number for row in queries.page_of_notices(ctx).items]
        assert listed == ["JY-0", "JY-1", "JY-2", "JY-旧"]
        assert [row.number for row in queries.page_of_notices(ctx, text="方案").items] == listed
        row = queries.by_number(ctx, "JY-旧")
        assert (row.stage, row.status, row.created_at, row.seq) == ("failed", "unsuccessful", row.published_at, -4)
        assert row.closes_at == row.opened_at == row.completed_at == at_shanghai(date(2019, 3, 8), 17)
        assert (row.avoidances, row.method_params, row.urgent, row.notice_version) == ([], {}, False, 1)
        by_buyer = identity.organisation(ctx, row.buyer_id).name[:4]
        assert [hit.number for hit in queries.page_of_notices(ctx, text=f"早先 {by_buyer}").items] == ["JY-旧"]


def test_every_problem_is_named_by_line_and_column_and_nothing_is_written(work, uscc):
    bad = a_line("x", "", 服务事项编号="ZJ-99", 区划代码="3207", 选取方式="抓阄", 最高限价="0", 结果="？")
    late = a_line(uscc, "JY-1", 发布时间="2019-04-01", 截止时间="2019-03-01")
    file = a_file(a_line(uscc), bad, late, a_line(uscc), a_line(uscc, "JY-2", 发布时间="昨天"), "一,二")
    with work() as ctx:
        report = service.import_history(ctx, file, dry_run=False)
        assert report.written is False
        assert [(problem.line, problem.column) for problem in report.problems] == [
            *(
                (3, name)
                for name in ("采购编号", "项目业主代码", "服务事项编号", "区划代码", "选取方式", "最高限价", "结果")
            ),
            (4, "截止时间"),
            (5, "采购编号"),
            (6, "发布时间"),
            (7, ""),
        ]
        assert ctx.session.query(Tender).count() == 0


@pytest.mark.parametrize("content", [b"", b"\xff", "编号,名称\n1,2".encode(), a_file('"')])
def test_a_file_that_is_none_is_refused(work, content):
    with pytest.raises(HistoryUnreadable), work() as ctx:
        service.import_history(ctx, content)


def test_a_terminal_checks_first_and_writes_when_told(app, work, uscc, tmp_path, monkeypatch):
    from marketplace.tenders.cli import import_

    file = Path(tmp_path / "history.csv")
    file.write_bytes(a_file(a_line(uscc)))
    with app.app_context():
        checked = CliRunner().invoke(import_, ["tenders", str(file)])
        assert "未写入：采购项目1个" in checked.output
        assert "已写入：采购项目1个" in CliRunner().invoke(import_, ["tenders", str(file), "--write"]).output
        assert CliRunner().invoke(import_, ["tenders", str(file)]).exit_code == 1
