"""Reviews, decided facts, grades, appeals and imports."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from marketplace.agencies import queries as agencies
from marketplace.contracts import service as contracts
from marketplace.contracts.errors import ContractNotFound
from marketplace.contracts.models import Contract
from marketplace.credit import appeals, errors, imports, queries, rules, service
from marketplace.credit.models import Silence
from marketplace.kernel.clock import SimulatedClock
from marketplace.kernel.context import Ctx, Runtime
from marketplace.kernel.errors import NotPermitted
from marketplace.kernel.events import EventRow
from marketplace.kernel.ports import Actor
from marketplace.rulebook.queries import add_workdays, rules_of
from marketplace.testing.contracts import (
    Parties,
    Work,
    a_contract,
    a_finished_contract,
    deliver,
    parts_of,
    some_parties,
)
from marketplace.testing.credit import a_review, an_incident
from marketplace.testing.identity import a_member


@pytest.fixture
def parties(work: Work) -> Any:
    with work() as ctx:
        return some_parties(ctx)


@pytest.fixture
def authority(work: Work) -> Any:
    with work() as ctx:
        return a_member(ctx, "authority")


def grade(work: Work, agency_id: str) -> Any:
    with work() as ctx:
        return queries.grade_of(ctx, agency_id)


def window(contract: Contract) -> datetime:
    """When the time to rate runs out."""
    assert contract.review_due_at is not None
    return contract.review_due_at


def of_type(ctx: Ctx, type: str) -> Any:
    return ctx.session.query(EventRow).filter_by(type=type).count()


# --- review -----------------------------------------------------------------------------------------------------------


def test_a_review_grades_the_agency_at_once(work: Work, parties: Parties) -> None:
    a_review(work, parties, each=4)
    found = grade(work, parties.agency_id)
    assert (found.points, found.stars, found.is_new) == (9000, 5, False)
    with work() as ctx:
        agency = agencies.agency(ctx, parties.agency_id)
        assert (agency.score_points, agency.stars, agency.is_new) == (9000, 5, False)


def test_a_grade_change_records_before_and_after(work: Work, parties: Parties) -> None:
    a_review(work, parties, each=4)
    an_incident(work, parties.agency_id)
    with work() as ctx:
        rows = ctx.session.query(EventRow).filter_by(type="credit.grade.changed").all()
    bodies = "".join(row.body for row in rows)
    assert '"before_points":9000' in bodies
    assert '"after_points":8500' in bodies


def test_a_contract_is_reviewed_once(work: Work, parties: Parties) -> None:
    contract = a_finished_contract(work, parties)
    a_review(work, parties, contract)
    with pytest.raises(errors.AlreadyReviewed):
        a_review(work, parties, contract)


def test_unfinished_work_is_not_reviewed(work: Work, parties: Parties) -> None:
    with pytest.raises(errors.ReviewNotOpen):
        a_review(work, parties, a_contract(work, parties))


def test_the_window_closes_to_the_second(work: Work, parties: Parties, clock: SimulatedClock) -> None:
    contract = a_finished_contract(work, parties)
    clock.set(window(contract))
    with pytest.raises(errors.ReviewWindowClosed):
        a_review(work, parties, contract)


def test_the_last_second_of_the_window_is_open(work: Work, parties: Parties, clock: SimulatedClock) -> None:
    contract = a_finished_contract(work, parties)
    clock.set(window(contract) - timedelta(seconds=1))
    assert a_review(work, parties, contract).state == "counted"


@pytest.mark.parametrize("mark", [0, 6, -1])
def test_a_mark_outside_the_scale_is_refused_at_its_field(work: Work, parties: Parties, mark: int) -> None:
    with pytest.raises(errors.MarkOutOfRange) as refused:
        a_review(work, parties, attitude=mark)
    assert refused.value.field == "attitude"


def test_another_buyer_does_not_review(work: Work, parties: Parties) -> None:
    contract = a_finished_contract(work, parties)
    with work() as ctx:
        stranger = a_member(ctx)
    with pytest.raises(ContractNotFound), work(stranger) as ctx:
        service.review(ctx, contract.id, quality=5, time=5, attitude=5, charge=5, conformity=5)


def test_silence_is_counted_and_never_a_good_mark(
    work: Work, parties: Parties, runtime: Runtime, clock: SimulatedClock
) -> None:
    contract = a_finished_contract(work, parties)
    clock.set(window(contract))
    runtime.settle()
    with work() as ctx:
        assert ctx.session.get(Silence, contract.id) is not None
        assert queries.figures(ctx, parties.agency_id).silent_percent == 100
        assert queries.facts_of(ctx, parties.agency_id).reviews == ()
        assert queries.grade_of(ctx, parties.agency_id) is None


def test_a_written_review_is_not_silence(work: Work, parties: Parties, runtime: Runtime, clock: SimulatedClock) -> None:
    contract = a_finished_contract(work, parties)
    a_review(work, parties, contract)
    clock.set(window(contract))
    runtime.settle()
    with work() as ctx:
        assert queries.figures(ctx).silent == 0


def test_good_work_in_time_earns_praise_and_late_work_does_not(
    work: Work, parties: Parties, runtime: Runtime, clock: SimulatedClock
) -> None:
    a_review(work, parties, each=5)
    contract = a_contract(work, parties_again(work, parties), 10_000)
    part = parts_of(work, contract)[0]
    clock.set(part.due_at)
    runtime.settle()
    deliver(work, parties, part.id)
    with work(parties.buyer) as ctx:
        contracts.accept(ctx, part.id)
    a_review(work, parties, contract, each=5)
    with work() as ctx:
        kinds = sorted(row.kind for row in ctx.session.scalars(queries.entries(parties.agency_id)))
    assert kinds == ["late", "on_time"]


def parties_again(work: Work, parties: Parties) -> Any:
    from dataclasses import replace

    from marketplace.testing.contracts import another_award

    with work() as ctx:
        return replace(parties, award_id=another_award(ctx, parties.buyer.organisation_id or "", parties.agency_id))


# --- reply and block --------------------------------------------------------------------------------------------------


def test_the_agency_replies_once(work: Work, parties: Parties) -> None:
    found = a_review(work, parties)
    with work(parties.agency) as ctx:
        assert service.reply(ctx, found.id, text="感谢认可").replied_at == ctx.now
    with pytest.raises(errors.AlreadyAnswered), work(parties.agency) as ctx:
        service.reply(ctx, found.id, text="再次感谢")


def test_a_reply_has_its_working_days(work: Work, parties: Parties, clock: SimulatedClock) -> None:
    found = a_review(work, parties)
    with work() as ctx:
        assert found.reply_due_at == add_workdays(ctx, ctx.now, 5)
    clock.set(found.reply_due_at)
    with pytest.raises(errors.ReplyWindowClosed), work(parties.agency) as ctx:
        service.reply(ctx, found.id, text="迟到的回应")


def test_another_agency_does_not_find_the_review(work: Work, parties: Parties) -> None:
    found = a_review(work, parties)
    with work() as ctx:
        stranger = a_member(ctx, "agency")
    with pytest.raises(errors.ReviewNotFound), work(stranger) as ctx:
        service.reply(ctx, found.id, text="与我无关")


def test_words_are_blocked_only_for_a_listed_reason_and_the_marks_still_count(
    work: Work, parties: Parties, authority: Actor
) -> None:
    found = a_review(work, parties, each=2, comment="联系电话13900000000")
    with pytest.raises(errors.BlockReasonUnknown), work(authority) as ctx:
        service.block(ctx, found.id, reason="评分过低")
    with work(authority) as ctx:
        service.block(ctx, found.id, reason="personal_data")
    with work() as ctx:
        assert queries.figures(ctx).blocked == 1
        assert of_type(ctx, "credit.review.blocked") == 1
        assert service.regrade(ctx, parties.agency_id).points == 7000


# --- decided facts ----------------------------------------------------------------------------------------------------


def test_an_incident_takes_the_points_of_the_rulebook(work: Work, parties: Parties) -> None:
    entry = an_incident(work, parties.agency_id, kind="false_data")
    assert entry.points == -3000
    assert grade(work, parties.agency_id).points == 7000


def test_the_same_fact_counts_once(work: Work, parties: Parties) -> None:
    first = an_incident(work, parties.agency_id)
    assert an_incident(work, parties.agency_id).id == first.id
    assert grade(work, parties.agency_id).points == 9500


def test_an_undecided_fact_is_refused(work: Work, parties: Parties) -> None:
    with pytest.raises(errors.NotDecidedYet), work() as ctx:
        service.record_incident(
            ctx,
            agency_id=parties.agency_id,
            kind="complaint",
            reference="finding/9",
            decided_at=ctx.now + timedelta(seconds=1),
        )


def test_an_unknown_kind_is_refused(work: Work, parties: Parties) -> None:
    with pytest.raises(errors.IncidentKindUnknown):
        an_incident(work, parties.agency_id, kind="gossip")


def test_a_buyer_records_no_incident(work: Work, parties: Parties) -> None:
    with pytest.raises(NotPermitted), work(parties.buyer) as ctx:
        service.record_incident(ctx, agency_id=parties.agency_id, kind="complaint", reference="x", decided_at=ctx.now)


def test_a_late_delivery_is_entered_by_the_clock(
    work: Work, parties: Parties, runtime: Runtime, clock: SimulatedClock
) -> None:
    part = parts_of(work, a_contract(work, parties))[0]
    clock.set(part.due_at)
    runtime.settle()
    with work() as ctx:
        entry = queries.entry_of(ctx, parties.agency_id, "late", f"milestone/{part.id}")
    assert entry is not None
    assert (entry.points, entry.decided_at) == (-200, part.due_at)


# --- grades -----------------------------------------------------------------------------------------------------------


def test_an_unchanged_grade_adds_no_history(work: Work, parties: Parties) -> None:
    a_review(work, parties)
    with work() as ctx:
        first = service.regrade(ctx, parties.agency_id)
        assert service.regrade(ctx, parties.agency_id).id == first.id


def test_time_heals_by_night(work: Work, parties: Parties, runtime: Runtime, clock: SimulatedClock) -> None:
    an_incident(work, parties.agency_id, kind="complaint")
    runtime.tick()
    clock.advance(days=60)
    runtime.settle()
    found = grade(work, parties.agency_id)
    assert 9500 < found.points < 9750
    assert found.seq > 1


def test_every_grade_can_be_computed_again_from_its_facts_and_rulebook(
    work: Work, parties: Parties, clock: SimulatedClock
) -> None:
    a_review(work, parties, each=3)
    an_incident(work, parties.agency_id)
    then = grade(work, parties.agency_id)
    clock.advance(days=30)
    an_incident(work, parties.agency_id, reference="finding/2")
    with work() as ctx:
        again = rules.score(queries.facts_of(ctx, parties.agency_id), rules_of(ctx, then.ruleset_id), then.at)
    assert [line.data() for line in again.lines] == then.lines
    assert sum(line["points"] for line in then.lines) == then.points == again.points_hundredths


def test_grades_are_never_rewritten(work: Work, parties: Parties) -> None:
    a_review(work, parties)
    with pytest.raises(DBAPIError), work() as ctx:
        ctx.session.execute(text("UPDATE marketplace_grade SET points = 10000"))


# --- appeals ----------------------------------------------------------------------------------------------------------


def test_a_contested_entry_is_frozen_until_decided(work: Work, parties: Parties, authority: Actor) -> None:
    entry = an_incident(work, parties.agency_id)
    with work(parties.agency) as ctx:
        appeal = appeals.appeal_entry(ctx, entry.id, reason="投诉与我机构无关")
    assert grade(work, parties.agency_id).points == 10_000
    with work(authority) as ctx:
        appeals.decide_appeal(ctx, appeal.id, upheld=False, reason="事实清楚")
    assert grade(work, parties.agency_id).points == 9500


def test_an_upheld_appeal_takes_the_review_out_for_good(work: Work, parties: Parties, authority: Actor) -> None:
    found = a_review(work, parties, each=1)
    with work(parties.agency) as ctx:
        appeal = appeals.appeal_review(ctx, found.id, reason="评价对象有误")
    with work(authority) as ctx:
        appeals.decide_appeal(ctx, appeal.id, upheld=True, reason="经核查属实")
    assert grade(work, parties.agency_id).points == 10_000
    with pytest.raises(errors.AppealAlreadyDecided), work(authority) as ctx:
        appeals.decide_appeal(ctx, appeal.id, upheld=False, reason="改判")


def test_an_appeal_has_its_working_days(work: Work, parties: Parties, clock: SimulatedClock) -> None:
    entry = an_incident(work, parties.agency_id)
    clock.set(entry.appeal_due_at)
    with pytest.raises(errors.AppealWindowClosed), work(parties.agency) as ctx:
        appeals.appeal_entry(ctx, entry.id, reason="不服")


def test_a_fact_is_appealed_once(work: Work, parties: Parties) -> None:
    entry = an_incident(work, parties.agency_id)
    for refusal in (None, errors.AlreadyAppealed):
        if refusal is None:
            with work(parties.agency) as ctx:
                appeals.appeal_entry(ctx, entry.id, reason="不服")
        else:
            with pytest.raises(refusal), work(parties.agency) as ctx:
                appeals.appeal_entry(ctx, entry.id, reason="仍不服")


def test_an_undecided_appeal_is_noted_overdue_and_stays_frozen(
    work: Work, parties: Parties, runtime: Runtime, clock: SimulatedClock
) -> None:
    entry = an_incident(work, parties.agency_id)
    with work(parties.agency) as ctx:
        appeal = appeals.appeal_entry(ctx, entry.id, reason="不服")
    clock.set(appeal.due_at)
    runtime.settle()
    with work() as ctx:
        assert queries.appeal(ctx, appeal.id).overdue_at == clock()
        assert queries.entry(ctx, entry.id).state == "frozen"


# --- feeds ------------------------------------------------------------------------------------------------------------

HEAD = "统一社会信用代码,类别,文号,认定日期,认定机关,事由\n"


def rows(uscc: str, *lines: str) -> Any:
    return (HEAD + "\n".join(line.format(uscc=uscc) for line in lines)).encode()


def test_a_dry_run_reports_and_enters_nothing(work: Work, parties: Parties, authority: Actor) -> None:
    with work(authority) as ctx:
        uscc = agencies.agency(ctx, parties.agency_id).uscc
        report = imports.import_feed(
            ctx, feed="csv", content=rows(uscc, "{uscc},complaint,苏处〔2026〕1号,2026-02-10,省生态环境厅,报告失实")
        )
        assert (report.recorded, report.dry_run) == (1, True)
        assert ctx.session.scalars(queries.entries(parties.agency_id)).all() == []


def test_good_rows_are_entered_and_bad_ones_named_by_row(work: Work, parties: Parties, authority: Actor) -> None:
    with work(authority) as ctx:
        uscc = agencies.agency(ctx, parties.agency_id).uscc
        content = rows(
            uscc,
            "{uscc},complaint,苏处〔2026〕1号,2026-02-10,省生态环境厅,报告失实",
            "91320000000000000X,complaint,苏处〔2026〕2号,2026-02-10,省生态环境厅,",
            "{uscc},gossip,苏处〔2026〕3号,2026-02-10,省生态环境厅,",
            "{uscc},complaint,,2026-02-30,省生态环境厅,",
            "{uscc},complaint,苏处〔2026〕5号,2026-03-20,省生态环境厅,",
        )
        report = imports.import_feed(ctx, feed="csv", content=content, dry_run=False)
    assert report.recorded == 1
    assert [(problem.row, problem.column) for problem in report.problems] == [
        (3, "统一社会信用代码"),
        (4, "类别"),
        (5, "文号"),
        (5, "认定日期"),
        (6, "认定日期"),
    ]


def test_the_same_file_enters_nothing_twice(work: Work, parties: Parties, authority: Actor) -> None:
    with work(authority) as ctx:
        uscc = agencies.agency(ctx, parties.agency_id).uscc
        content = rows(uscc, *["{uscc},authority_award,苏表〔2026〕8号,2026-02-10,省住建厅,先进"] * 2)
        first = imports.import_feed(ctx, feed="csv", content=content, dry_run=False)
        second = imports.import_feed(ctx, feed="csv", content=content, dry_run=False)
    assert (first.recorded, first.known) == (1, 1)
    assert (second.recorded, second.known) == (0, 2)


def test_a_spreadsheet_in_the_national_encoding_is_read(work: Work, parties: Parties, authority: Actor) -> None:
    with work(authority) as ctx:
        uscc = agencies.agency(ctx, parties.agency_id).uscc
        content = rows(uscc, "{uscc},complaint,苏处〔2026〕1号,2026/02/10,省生态环境厅,报告失实")
        assert imports.import_feed(ctx, feed="csv", content=content.decode().encode("gb18030")).recorded == 1


def test_a_file_without_its_heading_is_refused(work: Work, authority: Actor) -> None:
    with pytest.raises(errors.FeedUnreadable), work(authority) as ctx:
        imports.import_feed(ctx, feed="csv", content=b"a,b\n1,2\n")


def test_a_feed_that_is_not_configured_is_refused(work: Work, authority: Actor) -> None:
    with pytest.raises(errors.FeedUnknown), work(authority) as ctx:
        imports.import_feed(ctx, feed="oracle", content=b"")
