"""Complaints, findings, cases and sanctions on a database."""

import pytest

from marketplace.agencies import queries as agencies
from marketplace.agencies.errors import AgencyBarredUntil
from marketplace.credit import queries as credit
from marketplace.kernel.clock import add_months
from marketplace.kernel.context import Ctx
from marketplace.kernel.errors import NotPermitted, WrongState
from marketplace.rulebook import queries as rulebook
from marketplace.supervision import queries, service
from marketplace.supervision.deadlines import HANDLERS, next_sweep
from marketplace.supervision.errors import (
    ComplainedOfNotFound,
    DefenceClosed,
    DefenceStillRunning,
    ExitCaseAlreadyOpen,
    ExitRuleNotMet,
    FindingNeedsAgency,
    FindingTwice,
    NotYourCase,
    OpenerMayNotDecide,
    SanctionNotLiftable,
)
from marketplace.testing.agencies import an_agency
from marketplace.testing.contracts import a_contract, some_parties
from marketplace.testing.identity import a_colleague
from marketplace.testing.supervision import a_case, a_complaint, a_finding, a_regulator, an_upheld_complaint


@pytest.fixture
def agency_id(work):
    with work() as ctx:
        return an_agency(ctx).id


@pytest.fixture
def people(work, agency_id):
    with work() as ctx:
        return {
            "first": a_regulator(ctx),
            "second": a_regulator(ctx),
            "agency": a_colleague(ctx, agency_id, "agency"),
        }


def _agency(ctx: Ctx, agency_id: str):
    return agencies.agency(ctx, agency_id)


def test_anybody_may_complain_and_gets_a_number_and_a_clock(work, agency_id):
    with work() as ctx:
        row = a_complaint(ctx, _agency(ctx, agency_id))
        assert (row.number, row.state, row.agency_id) == ("TS-2026-000001", "filed", agency_id)
        assert row.due_at == rulebook.add_workdays(ctx, ctx.now, 2)


def test_who_complained_is_not_readable_in_the_table(work, agency_id, people):
    with work() as ctx:
        row = a_complaint(ctx, _agency(ctx, agency_id))
        stored = " ".join(str(value) for value in vars(row).values())
        assert "赵海燕" not in stored
        assert "13851234567" not in stored
    with work(people["first"]) as ctx:
        assert queries.complainant(ctx, queries.complaint(ctx, row.id)).phone == "13851234567"
    with work(people["agency"]) as ctx, pytest.raises(NotPermitted):
        queries.complainant(ctx, queries.complaint(ctx, row.id))


@pytest.mark.parametrize("kind", ["agency", "tender", "award", "contract"])
def test_a_complaint_is_about_something_that_exists(work, kind):
    with work() as ctx, pytest.raises(ComplainedOfNotFound) as refusal:
        service.complain(
            ctx,
            about_kind=kind,
            about_number="ZJ-2026-999999",
            category="other",
            text="x",
            complainant_name="x",
            phone="1",
        )
    assert refusal.value.field == "about_number"


def test_acceptance_starts_the_clock_to_decide(work, agency_id, people):
    with work() as ctx:
        id = a_complaint(ctx, _agency(ctx, agency_id)).id
    with work(people["first"]) as ctx:
        row = service.accept(ctx, id)
        assert (row.state, row.due_at) == ("accepted", rulebook.add_workdays(ctx, ctx.now, 15))
        with pytest.raises(WrongState):
            service.accept(ctx, id)


def test_a_missed_clock_marks_the_complaint(work, runtime, clock, agency_id):
    with work() as ctx:
        first, second = (a_complaint(ctx, _agency(ctx, agency_id)).id for _ in range(2))
        service.accept(ctx, second)
    clock.advance(days=5)
    runtime.settle()
    with work() as ctx:
        assert queries.complaint(ctx, first).overdue is True
        assert queries.complaint(ctx, second).overdue is False
    clock.advance(days=30)
    runtime.settle()
    with work() as ctx:
        assert queries.complaint(ctx, second).overdue is True


def test_a_complaint_that_is_not_ours_is_refused_with_a_reason(work, agency_id, people):
    with work() as ctx:
        id = a_complaint(ctx, _agency(ctx, agency_id)).id
    with work(people["first"]) as ctx:
        row = service.refuse(ctx, id, reason="不属于本平台职责")
        assert (row.state, row.decision, row.deciding_body) == (
            "refused",
            "不属于本平台职责",
            people["first"].organisation_name,
        )


def test_an_upheld_complaint_becomes_a_finding_and_costs_credit(work, agency_id, people):
    with work(people["first"]) as ctx:
        row = an_upheld_complaint(ctx, _agency(ctx, agency_id))
        (finding,) = ctx.session.scalars(queries.findings(agency_id)).all()
        assert (finding.kind, finding.complaint_id, finding.reference) == ("complaint_verified", row.id, row.number)
        (entry,) = ctx.session.scalars(credit.entries(agency_id)).all()
        assert (entry.kind, entry.reference) == ("complaint", f"finding/{finding.id}")


def test_a_dismissed_complaint_leaves_no_trace_on_the_agency(work, agency_id, people):
    with work(people["first"]) as ctx:
        row = an_upheld_complaint(ctx, _agency(ctx, agency_id), upheld=False)
        assert row.state == "dismissed"
        assert ctx.session.scalars(queries.findings(agency_id)).all() == []


@pytest.mark.parametrize("verb", ["accept", "refuse", "decide", "record_finding", "open_case", "decide_case", "lift"])
def test_only_regulators_decide(work, agency_id, people, verb):
    facts = {
        "accept": {"complaint_id": "x"},
        "refuse": {"complaint_id": "x", "reason": "x"},
        "decide": {"complaint_id": "x", "upheld": True, "decision": "x"},
        "record_finding": {"agency_id": agency_id, "kind": "late", "reference": "x", "text": "x"},
        "open_case": {"agency_id": agency_id, "rule": "late_again"},
        "decide_case": {"case_id": "x", "confirm": True, "reason": "x"},
        "lift": {"sanction_id": "x", "reason": "x"},
    }[verb]
    with work(people["agency"]) as ctx, pytest.raises(NotPermitted):
        getattr(service, verb)(ctx, **facts)


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
        assert _agency(ctx, agency_id).standing == "active"


def test_one_late_delivery_opens_nothing_the_second_does(work, agency_id):
    with work() as ctx:
        a_finding(ctx, agency_id, "late")
        assert service.sweep(ctx) == []
        a_finding(ctx, agency_id, "late")
        assert [row.rule for row in service.sweep(ctx)] == ["late_again"]


def test_the_third_verified_complaint_in_a_year_leads_to_removal(work, clock, agency_id):
    for expected in (["complaint"], [], ["repeated_complaints"]):
        with work() as ctx:
            an_upheld_complaint(ctx, _agency(ctx, agency_id))
            assert [row.rule for row in service.sweep(ctx)] == expected
        clock.advance(days=30)


def test_complaints_of_two_years_ago_do_not_add_up(work, clock, agency_id):
    with work() as ctx:
        for _ in range(2):
            an_upheld_complaint(ctx, _agency(ctx, agency_id))
        service.sweep(ctx)
    clock.advance(days=200)
    with work() as ctx:
        an_upheld_complaint(ctx, _agency(ctx, agency_id))
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


@pytest.fixture
def decided(work, clock, agency_id, people):
    """Open a case on one finding, let the period pass and confirm it."""

    def act(kind="refuse_contract"):
        with work() as ctx:
            id = a_case(ctx, agency_id, kind).id
        clock.advance(days=10)
        with work(people["second"]) as ctx:
            service.decide_case(ctx, id, confirm=True, reason="事实清楚，证据充分")
            return queries.sanction_of_case(ctx, id).id

    return act


def test_a_confirmed_suspension_bars_and_ends_by_itself(work, runtime, clock, agency_id, decided):
    sanction_id = decided()
    with work() as ctx:
        row = queries.sanction(ctx, sanction_id)
        assert (row.kind, row.state, row.ends_at) == ("suspend", "active", add_months(ctx.now, 3))
        assert _agency(ctx, agency_id).standing == "suspended"
        assert agencies.bars(ctx, agency_id, "ZJ-01", ctx.now) != []
        assert [listed.name for listed in queries.listed(ctx, ctx.session.scalars(queries.sanctions()).all())]
    clock.set(row.ends_at)
    runtime.settle()
    with work() as ctx:
        assert queries.sanction(ctx, sanction_id).state == "ended"
        assert _agency(ctx, agency_id).standing == "active"
        assert ctx.session.scalars(queries.sanctions()).all() == []


def test_a_suspension_may_be_lifted_early(work, agency_id, people, decided):
    sanction_id = decided()
    with work(people["first"]) as ctx:
        assert service.lift(ctx, sanction_id, reason="已整改").state == "lifted"
        assert _agency(ctx, agency_id).standing == "active"
        with pytest.raises(WrongState):
            service.lift(ctx, sanction_id, reason="x")


def test_a_removed_agency_is_out_until_its_term_ends(work, clock, agency_id, decided, people):
    sanction_id = decided("collusion")
    with work() as ctx:
        row = queries.sanction(ctx, sanction_id)
        agency = _agency(ctx, agency_id)
        assert (row.kind, row.ends_at, agency.standing) == ("remove", add_months(ctx.now, 36), "expelled")
        assert agencies.bars(ctx, agency_id, "ZJ-01", ctx.now) != []
        uscc = agency.uscc
    with pytest.raises(AgencyBarredUntil), work(people["agency"]) as ctx:
        an_agency(ctx, uscc=uscc)
    with work(people["first"]) as ctx, pytest.raises(SanctionNotLiftable):
        service.lift(ctx, sanction_id, reason="x")
    clock.set(row.ends_at)
    with work() as ctx:
        assert an_agency(ctx, uscc=uscc).standing == "active"


def test_a_removal_ends_the_agencys_other_cases(work, clock, agency_id, people):
    with work() as ctx:
        other = a_case(ctx, agency_id, "refuse_contract").id
        a_finding(ctx, agency_id, "bribery")
        (removal,) = (row.id for row in service.sweep(ctx))
    clock.advance(days=10)
    with work(people["first"]) as ctx:
        service.decide_case(ctx, removal, confirm=True, reason="行贿属实")
        assert queries.case(ctx, other).state == "moot"
        assert service.sweep(ctx) == []


def test_a_dismissed_case_is_not_opened_again_on_the_same_facts(work, agency_id, people):
    with work() as ctx:
        id = a_case(ctx, agency_id).id
    with work(people["first"]) as ctx:
        assert service.decide_case(ctx, id, confirm=False, reason="责任在业主").state == "dismissed"
        assert queries.sanction_of_case(ctx, id) is None
    with work() as ctx:
        assert service.sweep(ctx) == []
        assert _agency(ctx, agency_id).standing == "active"


def test_a_poor_result_suspends_only_the_service_concerned(work, clock, people):
    with work() as ctx:
        agency_id = an_agency(ctx, scopes=["ZJ-01", "ZJ-05"]).id
        a_finding(ctx, agency_id, "poor_result", item_code="ZJ-01")
        (row,) = service.sweep(ctx)
        assert row.reach == "ZJ-01"
    clock.advance(days=10)
    with work(people["first"]) as ctx:
        service.decide_case(ctx, row.id, confirm=True, reason="成果不合格")
        assert _agency(ctx, agency_id).standing == "active"
        codes = {code: bool(agencies.bars(ctx, agency_id, code, ctx.now)) for code in ("ZJ-01", "ZJ-05")}
        assert codes == {"ZJ-01": True, "ZJ-05": False}


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


@pytest.mark.parametrize("kind", ["tender", "award", "contract"])
def test_a_complaint_finds_its_tender_award_or_contract_and_who_answers_for_it(work, kind):
    with work() as ctx:
        parties = some_parties(ctx)
    contract = a_contract(work, parties)
    number = contract.number if kind == "contract" else contract.tender_number
    with work() as ctx:
        found = queries.about(ctx, kind, f" {number} ")
        expected = {"tender": contract.tender_id, "award": contract.award_id, "contract": contract.id}[kind]
        assert (found.id, found.number) == (expected, number)
        assert found.agency_id == (None if kind == "tender" else contract.agency_id)
        assert found.item_code == contract.item_code


def test_an_upheld_complaint_about_a_tender_accuses_no_agency(work):
    with work() as ctx:
        parties = some_parties(ctx)
    contract = a_contract(work, parties)
    with work() as ctx:
        agency = agencies.agency(ctx, contract.agency_id)
        row = a_complaint(ctx, agency, about_kind="tender", about_number=contract.tender_number, category="process")
        service.accept(ctx, row.id)
        assert service.decide(ctx, row.id, upheld=True, decision="公告设置了不合理条件").state == "upheld"
        assert ctx.session.scalars(queries.findings(agency.id)).all() == []
