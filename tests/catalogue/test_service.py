"""Adding, editing, cancelling, importing and exporting."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.exc import DBAPIError

from marketplace.catalogue import queries, rules, service
from marketplace.catalogue.errors import (
    CsvUnreadable,
    ItemCancelled,
    ItemChangedMeanwhile,
    ItemExists,
    ItemNotFound,
    ItemNothingChanged,
    ItemTextMissing,
    QualificationMissing,
)
from marketplace.catalogue.models import CatalogueChange, CatalogueItem
from marketplace.kernel.clock import SimulatedClock
from marketplace.kernel.context import Ctx
from marketplace.kernel.errors import WrongState
from marketplace.kernel.events import EventRow
from marketplace.testing.catalogue import an_item, item_facts

Work = Callable[..., AbstractContextManager[Ctx]]

MODES_OF_THE_SEED = {
    1: "register",
    2: "conditions",
    3: "licence",
    4: "conditions",
    5: "conditions",
    6: "licence",
    7: "cma",
    8: "licence",
    9: "licence",
    10: "licence",
    11: "licence",
    12: "licence",
    13: "register",
    14: "licence",
}


def events_of(ctx: Ctx, code: Any) -> Any:
    wanted = select(EventRow.type).where(EventRow.subject == f"item/{code}")
    return sorted(name.removeprefix("catalogue.item.") for name in ctx.session.scalars(wanted))


def test_the_fourteen_fields_of_the_seed_are_there_with_law_and_authority(work: Work) -> None:
    with work(write=False) as ctx:
        rows = [row.facts for row in ctx.session.scalars(queries.items())]
    assert {int(row.code[3:]): row.qualification_mode for row in rows} == MODES_OF_THE_SEED
    assert len({row.field for row in rows}) == 14
    assert all("《" in row.basis and row.authority and row.result and not row.cancelled_on for row in rows)
    assert all(row.qualifications for row in rows if row.qualification_mode in rules.NAMED_QUALIFICATION)
    assert all(row.unconfirmed for row in rows)


def test_seeding_again_changes_nothing(work: Work) -> None:
    with work() as ctx:
        before = service.export_csv(ctx), ctx.session.scalar(select(func.count()).select_from(EventRow))
        service.seed(ctx)
        after = service.export_csv(ctx), ctx.session.scalar(select(func.count()).select_from(EventRow))
    assert before == after


def test_an_item_is_added_and_on_the_record(work: Work) -> None:
    with work() as ctx:
        row = an_item(ctx, code="CS-77")
        assert (row.version, row.kept) == (1, True)
        assert events_of(ctx, "CS-77") == ["added"]


def test_a_code_is_given_once(work: Work) -> None:
    with work() as ctx, pytest.raises(ItemExists) as refused:
        an_item(ctx, code="ZJ-01")
    assert refused.value.field == "code"


def test_a_licence_without_a_name_is_refused(work: Work) -> None:
    with work() as ctx, pytest.raises(QualificationMissing):
        an_item(ctx, qualification_mode="licence")


def test_an_edit_makes_a_version_and_the_old_one_stays_readable(work: Work) -> None:
    with work() as ctx:
        before = queries.item(ctx, "ZJ-09").facts
        row = service.edit_item(ctx, "ZJ-09", facts=replace(before, time_limit_workdays=12), version=1)
        versions = ctx.session.scalars(queries.history("ZJ-09")).all()
    assert (row.version, row.time_limit_workdays) == (2, 12)
    assert [(change.version, change.verb, change.facts["time_limit_workdays"]) for change in versions] == [
        (1, "added", 15),
        (2, "edited", 12),
    ]


def test_an_edit_of_an_older_version_is_refused(work: Work) -> None:
    with work() as ctx:
        before = queries.item(ctx, "ZJ-09").facts
        service.edit_item(ctx, "ZJ-09", facts=replace(before, time_limit_workdays=12), version=1)
        with pytest.raises(ItemChangedMeanwhile):
            service.edit_item(ctx, "ZJ-09", facts=replace(before, time_limit_workdays=13), version=1)


def test_an_edit_without_a_change_is_refused(work: Work) -> None:
    with work() as ctx, pytest.raises(ItemNothingChanged):
        service.edit_item(ctx, "ZJ-09", facts=queries.item(ctx, "ZJ-09").facts)


def test_an_edit_cannot_cancel_or_rename(work: Work) -> None:
    with work() as ctx:
        facts = replace(
            queries.item(ctx, "ZJ-09").facts,
            code="ZJ-99",
            time_limit_workdays=9,
            cancelled_on=date(2026, 3, 2),
            cancel_reason="x",
        )
        row = service.edit_item(ctx, "ZJ-09", facts=facts)
    assert (row.code, row.kept, row.time_limit_workdays) == ("ZJ-09", True, 9)


def test_an_item_is_cancelled_and_restored_with_reasons(work: Work, clock: SimulatedClock) -> None:
    with work() as ctx:
        row = service.cancel(ctx, "ZJ-13", reason="消防技术服务不再作为前置条件")
        assert row.cancelled_on == date(2026, 3, 2)
        with pytest.raises(ItemCancelled):
            queries.kept_item(ctx, "ZJ-13")
        assert queries.item(ctx, "ZJ-13") is row
    clock.advance(days=1)
    with work() as ctx:
        row = service.restore(ctx, "ZJ-13", reason="省政府决定恢复")
        assert (row.kept, row.cancel_reason, row.version) == (True, "", 3)
        history = [(change.verb, change.reason) for change in ctx.session.scalars(queries.history("ZJ-13"))]
        assert events_of(ctx, "ZJ-13") == ["added", "cancelled", "restored"]
    assert history == [("added", ""), ("cancelled", "消防技术服务不再作为前置条件"), ("restored", "省政府决定恢复")]


def test_what_is_cancelled_cannot_be_cancelled_again_nor_what_is_kept_restored(work: Work) -> None:
    with work() as ctx:
        service.cancel(ctx, "ZJ-13", reason="废止")
        with pytest.raises(WrongState):
            service.cancel(ctx, "ZJ-13", reason="废止")
        with pytest.raises(WrongState):
            service.restore(ctx, "ZJ-12", reason="恢复")


def test_a_cancellation_needs_a_reason_and_an_item(work: Work) -> None:
    with work() as ctx:
        with pytest.raises(ItemTextMissing):
            service.cancel(ctx, "ZJ-13", reason=" ")
        with pytest.raises(ItemNotFound):
            service.cancel(ctx, "ZJ-99", reason="废止")


def test_history_cannot_be_changed(work: Work) -> None:
    with pytest.raises(DBAPIError), work() as ctx:
        ctx.session.execute(delete(CatalogueChange))


def test_an_export_imported_changes_nothing(work: Work) -> None:
    with work() as ctx:
        service.cancel(ctx, "ZJ-13", reason="=废止")
        text = service.export_csv(ctx)
        report = service.import_csv(ctx, text.encode("utf-8-sig"))
        assert service.export_csv(ctx) == text
    assert (report.added, report.changed, len(report.unchanged), report.errors) == ([], [], 14, [])


def test_an_import_adds_edits_cancels_and_restores_each_as_what_it_is(work: Work) -> None:
    with work() as ctx:
        service.cancel(ctx, "ZJ-02", reason="废止")
        known = {row.code: row.facts for row in ctx.session.scalars(queries.items())}
        text = rules.write_csv(
            [
                item_facts(ctx, code="CS-88"),
                replace(known["ZJ-01"], time_limit_workdays=29),
                replace(known["ZJ-02"], cancelled_on=None, cancel_reason=""),
                replace(known["ZJ-03"], cancelled_on=date(2026, 2, 1), cancel_reason="国务院决定取消", result="报告"),
                known["ZJ-04"],
            ]
        )
        report = service.import_csv(ctx, text)
        assert (report.added, report.changed, report.unchanged) == (["CS-88"], ["ZJ-01", "ZJ-02", "ZJ-03"], ["ZJ-04"])
        assert report.written
        assert events_of(ctx, "CS-88") == ["added"]
        assert events_of(ctx, "ZJ-01") == ["added", "edited"]
        assert events_of(ctx, "ZJ-02") == ["added", "cancelled", "restored"]
        assert events_of(ctx, "ZJ-03") == ["added", "cancelled", "edited"]
        assert queries.item(ctx, "ZJ-03").cancelled_on == date(2026, 2, 1)


def test_a_dry_run_reports_and_writes_nothing(work: Work) -> None:
    with work() as ctx:
        before = service.export_csv(ctx)
        report = service.import_csv(ctx, rules.write_csv([item_facts(ctx, code="CS-88")]), dry_run=True)
        assert service.export_csv(ctx) == before
    assert (report.added, report.written) == (["CS-88"], False)


def test_one_wrong_cell_keeps_the_whole_file_out(work: Work) -> None:
    with work() as ctx:
        good, bad = item_facts(ctx, code="CS-88"), item_facts(ctx, code="CS-89", time_limit_workdays=0)
        report = service.import_csv(ctx, rules.write_csv([good, bad]))
        assert [(error.line, error.column) for error in report.errors] == [(3, "服务时限（工作日）")]
        assert not report.written
        assert ctx.session.get(CatalogueItem, "CS-88") is None


def test_a_file_that_is_not_utf8_is_refused(work: Work) -> None:
    with work() as ctx, pytest.raises(CsvUnreadable):
        service.import_csv(ctx, "编号".encode("gb18030"))


@pytest.mark.parametrize(
    ("words", "codes"),
    [("消防", ["ZJ-13"]), ("zj-07", ["ZJ-07"]), ("安全 应急", ["ZJ-11", "ZJ-12"]), ("%", []), ("_", [])],
)
def test_two_characters_find_an_item_and_wild_cards_are_plain(work: Work, words: Any, codes: Any) -> None:
    with work(write=False) as ctx:
        assert [row.code for row in ctx.session.scalars(queries.items(text=words))] == codes


def test_items_are_filtered_by_mode_authority_and_state(work: Work) -> None:
    with work() as ctx:
        service.cancel(ctx, "ZJ-07", reason="废止")

        def listed(**by: Any) -> list[str]:
            return [row.code for row in ctx.session.scalars(queries.items(**by))]

        assert listed(mode="cma") == ["ZJ-07"]
        assert listed(mode="cma", kept=True) == []
        assert listed(kept=False) == ["ZJ-07"]
        assert listed(authority="应急管理部门") == ["ZJ-11", "ZJ-12"]
        assert listed(authority="公安机关交通管理部门") == ["ZJ-07"]
        assert "公安机关交通管理部门" in queries.authorities(ctx)
        assert not any("；" in name for name in queries.authorities(ctx))
