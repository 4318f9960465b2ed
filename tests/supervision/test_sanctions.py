"""Sanctions: what a suspension or a removal bars, and when it ends."""

import pytest

from marketplace.agencies import queries as agencies
from marketplace.agencies.errors import AgencyBarredUntil
from marketplace.kernel.clock import add_months
from marketplace.kernel.errors import WrongState
from marketplace.supervision import queries, service
from marketplace.supervision.errors import SanctionNotLiftable
from marketplace.testing.agencies import an_agency
from marketplace.testing.supervision import a_case, a_finding


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
        assert agencies.agency(ctx, agency_id).standing == "suspended"
        assert agencies.bars(ctx, agency_id, "ZJ-01", ctx.now) != []
        assert [listed.name for listed in queries.listed(ctx, ctx.session.scalars(queries.sanctions()).all())]
    clock.set(row.ends_at)
    runtime.settle()
    with work() as ctx:
        assert queries.sanction(ctx, sanction_id).state == "ended"
        assert agencies.agency(ctx, agency_id).standing == "active"
        assert ctx.session.scalars(queries.sanctions()).all() == []


def test_a_suspension_may_be_lifted_early(work, agency_id, people, decided):
    sanction_id = decided()
    with work(people["first"]) as ctx:
        assert service.lift(ctx, sanction_id, reason="已整改").state == "lifted"
        assert agencies.agency(ctx, agency_id).standing == "active"
        with pytest.raises(WrongState):
            service.lift(ctx, sanction_id, reason="x")


def test_a_removed_agency_is_out_until_its_term_ends(work, clock, agency_id, decided, people):
    sanction_id = decided("collusion")
    with work() as ctx:
        row = queries.sanction(ctx, sanction_id)
        agency = agencies.agency(ctx, agency_id)
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
        assert agencies.agency(ctx, agency_id).standing == "active"


def test_a_poor_result_suspends_only_the_service_concerned(work, clock, people):
    with work() as ctx:
        agency_id = an_agency(ctx, scopes=["ZJ-01", "ZJ-05"]).id
        a_finding(ctx, agency_id, "poor_result", item_code="ZJ-01")
        (row,) = service.sweep(ctx)
        assert row.reach == "ZJ-01"
    clock.advance(days=10)
    with work(people["first"]) as ctx:
        service.decide_case(ctx, row.id, confirm=True, reason="成果不合格")
        assert agencies.agency(ctx, agency_id).standing == "active"
        codes = {code: bool(agencies.bars(ctx, agency_id, code, ctx.now)) for code in ("ZJ-01", "ZJ-05")}
        assert codes == {"ZJ-01": True, "ZJ-05": False}
