"""Cases: opened on decided facts, heard before they are decided, by two people."""

import pytest

from marketplace.agencies import queries as agencies
from marketplace.rulebook import queries as rulebook
from marketplace.supervision import queries, service
from marketplace.supervision.deadlines import HANDLERS, next_sweep
from marketplace.supervision.errors import (
    DefenceClosed,
    DefenceStillRunning,
    ExitCaseAlreadyOpen,
    ExitRuleNotMet,
    FindingNeedsAgency,
    FindingTwice,
    NotYourCase,
    OpenerMayNotDecide,
)
from marketplace.testing.agencies import an_agency
from marketplace.testing.identity import a_colleague
from marketplace.testing.supervision import a_case, a_finding, an_upheld_complaint


def test_one_fact_is_found_once(work, agency_id, people):
    with work(people["first"]) as ctx:
        a_finding(ctx, agency_id, reference="HT-1")
    with pytest.raises(FindingTwice), work(people["second"]) as ctx:
        a_finding(ctx, agency_id, reference="HT-1")
    with work(people["first"]) as ctx, pytest.raises(FindingNeedsAgency):
        service.record_finding(ctx, agency_id=None, kind="late", reference="x", text="x")


def test_the_sweep_opens_a_case_with_notice_and_a_defence_period(work, agency_id, people):
    with work(people["first"]) as ctx:
        a_finding(ctx, agency_id)
    with work() as ctx:
        (row,) = service.sweep(ctx)
        assert (row.number, row.rule, row.state, row.consequence, row.months) == (
            "QT-2026-000001",
            "refuse_contract",
            "noticed",
            "suspend",
            3,
        )
        assert row.defence_due == rulebook.add_workdays(ctx, ctx.now, 5)
        assert service.sweep(ctx) == []
        assert agencies.agency(ctx, agency_id).standing == "active"


def test_one_late_delivery_opens_nothing_the_second_does(work, agency_id):
    with work() as ctx:
        a_finding(ctx, agency_id, "late")
        assert service.sweep(ctx) == []
        a_finding(ctx, agency_id, "late")
        assert [row.rule for row in service.sweep(ctx)] == ["late_again"]


def test_the_third_verified_complaint_in_a_year_leads_to_removal(work, clock, agency_id):
    for expected in (["complaint"], [], ["repeated_complaints"]):
        with work() as ctx:
            an_upheld_complaint(ctx, agencies.agency(ctx, agency_id))
            assert [row.rule for row in service.sweep(ctx)] == expected
        clock.advance(days=30)


def test_complaints_of_two_years_ago_do_not_add_up(work, clock, agency_id):
    with work() as ctx:
        for _ in range(2):
            an_upheld_complaint(ctx, agencies.agency(ctx, agency_id))
        service.sweep(ctx)
    clock.advance(days=200)
    with work() as ctx:
        an_upheld_complaint(ctx, agencies.agency(ctx, agency_id))
        clock.advance(days=200)
    with work() as ctx:
        assert "repeated_complaints" not in [row.rule for row in service.sweep(ctx)]


def test_the_night_sweep_runs_at_two_in_the_morning_in_shanghai(work, runtime, clock, agency_id):
    with work() as ctx:
        a_finding(ctx, agency_id)
        assert next_sweep(ctx.now).isoformat() == "2026-03-02T18:00:00+00:00"
        assert next_sweep(next_sweep(ctx.now)).isoformat() == "2026-03-03T18:00:00+00:00"
    runtime.settle()
    with work() as ctx:
        assert ctx.session.scalars(queries.cases()).all() == []
    clock.advance(hours=18)
    runtime.settle()
    with work() as ctx:
        assert [row.rule for row in ctx.session.scalars(queries.cases())] == ["refuse_contract"]


def test_a_regulator_opens_a_case_only_on_decided_facts(work, agency_id, people):
    with work(people["first"]) as ctx:
        with pytest.raises(ExitRuleNotMet):
            service.open_case(ctx, agency_id=agency_id, rule="collusion")
        a_finding(ctx, agency_id, "collusion")
        assert service.open_case(ctx, agency_id=agency_id, rule="collusion").opened_by == people["first"].login_id
        a_finding(ctx, agency_id, "collusion")
        with pytest.raises(ExitCaseAlreadyOpen):
            service.open_case(ctx, agency_id=agency_id, rule="collusion")


def test_the_agency_is_heard_and_may_add_until_the_period_ends(work, clock, agency_id, people):
    with work() as ctx:
        id = a_case(ctx, agency_id).id
    with work(people["agency"]) as ctx:
        service.defend(ctx, id, text="合同条款与公告不符")
        row = service.defend(ctx, id, text="补充证据")
        assert (row.state, row.defence) == ("defended", "合同条款与公告不符\n\n补充证据")
    clock.advance(days=10)
    with work(people["agency"]) as ctx, pytest.raises(DefenceClosed):
        service.defend(ctx, id, text="晚了")


def test_another_agency_cannot_see_or_answer_the_case(work, agency_id):
    with work() as ctx:
        id = a_case(ctx, agency_id).id
        stranger = a_colleague(ctx, an_agency(ctx).id, "agency")
    with work(stranger) as ctx, pytest.raises(NotYourCase):
        service.defend(ctx, id, text="x")


def test_nothing_is_decided_against_the_agency_before_it_was_heard(work, clock, runtime, agency_id, people):
    with work() as ctx:
        id = a_case(ctx, agency_id).id
    with pytest.raises(DefenceStillRunning), work(people["first"]) as ctx:
        service.decide_case(ctx, id, confirm=True, reason="x")
    clock.advance(days=10)
    runtime.settle()
    with work(people["first"]) as ctx:
        assert queries.case(ctx, id).state == "undefended"
        assert service.decide_case(ctx, id, confirm=True, reason="事实清楚").state == "confirmed"


def test_the_opener_may_not_decide(work, agency_id, people):
    with work(people["first"]) as ctx:
        a_finding(ctx, agency_id, "collusion")
        id = service.open_case(ctx, agency_id=agency_id, rule="collusion").id
    with work(people["agency"]) as ctx:
        service.defend(ctx, id, text="没有串通")
    with pytest.raises(OpenerMayNotDecide), work(people["first"]) as ctx:
        service.decide_case(ctx, id, confirm=True, reason="x")
    with work(people["second"]) as ctx:
        assert service.decide_case(ctx, id, confirm=True, reason="事实清楚").decided_by == people["second"].login_id


def test_a_case_that_is_not_decided_in_time_is_marked(work, runtime, clock, agency_id):
    with work() as ctx:
        id = a_case(ctx, agency_id).id
    clock.advance(days=40)
    runtime.settle()
    with work() as ctx:
        assert queries.case(ctx, id).overdue is True


def test_every_promise_has_a_handler():
    assert set(HANDLERS) == {
        "complaint.accept_due",
        "complaint.decide_due",
        "exit.defence_ends",
        "exit.decide_due",
        "exit.sweep",
        "sanction.ends",
    }
