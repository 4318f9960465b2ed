"""Suspension, expulsion, leaving and coming back; grades."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from marketplace.agencies import errors, queries, service
from marketplace.identity.rules import make_uscc
from marketplace.kernel.errors import WrongState
from marketplace.kernel.events import EventRow
from marketplace.testing.agencies import an_agency
from marketplace.testing.identity import a_colleague
from tests.agencies.licensed import PLAIN, bar_codes


def test_a_suspension_of_everything_ends_by_itself(work, runtime, clock):
    with work() as ctx:
        agency = an_agency(ctx, scopes=[PLAIN])
        service.suspend(ctx, agency.id, reason="逾期两次", until=ctx.now + timedelta(days=30))
        assert agency.standing == "suspended"
        bar = queries.bars(ctx, agency.id, PLAIN, ctx.now)[0]
        assert "逾期两次" in bar.text
        assert "2026-04-01" in bar.text
        assert bar.remedy
    clock.advance(days=30)
    runtime.settle()
    with work() as ctx:
        assert queries.agency(ctx, agency.id).standing == "active"
        assert bar_codes(ctx, agency, PLAIN) == []


def test_two_suspensions_end_each_in_its_own_time(work, runtime, clock):
    with work() as ctx:
        agency = an_agency(ctx)
        service.suspend(ctx, agency.id, reason="一", until=ctx.now + timedelta(days=10))
        service.suspend(ctx, agency.id, reason="二", until=ctx.now + timedelta(days=20))
    clock.advance(days=11)
    runtime.settle()
    with work() as ctx:
        assert queries.agency(ctx, agency.id).standing == "suspended"
    clock.advance(days=10)
    runtime.settle()
    with work() as ctx:
        assert queries.agency(ctx, agency.id).standing == "active"


def test_a_suspension_of_one_service_leaves_the_others(work):
    with work() as ctx:
        agency = an_agency(ctx, scopes=[PLAIN, "ZJ-01"])
        stop = service.suspend(ctx, agency.id, reason="成果不合格", until=None, reach=PLAIN)
        assert agency.standing == "active"
        assert bar_codes(ctx, agency, PLAIN) == ["agency.suspended"]
        assert bar_codes(ctx, agency, "ZJ-01") == []
        service.reinstate(ctx, agency.id, suspension_id=stop.id)
        assert bar_codes(ctx, agency, PLAIN) == []
        with pytest.raises(errors.SuspensionNotFound):
            service.reinstate(ctx, agency.id, suspension_id=stop.id)


def test_an_expelled_agency_may_not_enter_before_its_term_and_may_after(work, clock):
    code = make_uscc("expelled")
    with work() as ctx:
        agency = an_agency(ctx, uscc=code, scopes=[PLAIN])
        service.expel(ctx, agency.id, reason="弄虚作假", until=ctx.now + timedelta(days=365))
        assert bar_codes(ctx, agency, PLAIN) == ["agency.expelled"]
    with work() as ctx, pytest.raises(errors.AgencyBarredUntil) as refused:
        an_agency(ctx, uscc=code)
    assert "2027-03-02" in refused.value.text
    clock.advance(days=365)
    with work() as ctx:
        again = an_agency(ctx, uscc=code, scopes=[PLAIN])
        assert (again.id, again.standing, bar_codes(ctx, again, PLAIN)) == (agency.id, "active", [])


def test_a_second_expulsion_never_shortens_the_first(work):
    with work() as ctx:
        agency = an_agency(ctx)
        long, short = ctx.now + timedelta(days=900), ctx.now + timedelta(days=300)
        service.expel(ctx, agency.id, reason="串通", until=long)
        service.expel(ctx, agency.id, reason="其他", until=short)
        assert agency.barred_until == long


def test_an_agency_leaves_when_no_contract_is_open_and_returns_any_time(work):
    code = make_uscc("leaver")
    with work() as ctx:
        agency = an_agency(ctx, uscc=code)
        with pytest.raises(errors.OpenContractsRemain):
            service.leave(ctx, agency.id, open_contracts=1)
        service.leave(ctx, agency.id, open_contracts=0)
        assert bar_codes(ctx, agency, "ZJ-01") == ["agency.left"]
        assert an_agency(ctx, uscc=code).standing == "active"


def test_leaving_does_not_wash_away_a_suspension(work):
    code = make_uscc("washer")
    with work() as ctx:
        agency = an_agency(ctx, uscc=code)
        service.suspend(ctx, agency.id, reason="拒签合同", until=ctx.now + timedelta(days=90))
        service.leave(ctx, agency.id, open_contracts=0)
        assert an_agency(ctx, uscc=code).standing == "suspended"


def test_a_stranger_cannot_take_over_an_agency_that_left(work):
    code = make_uscc("left")
    with work() as ctx:
        agency = an_agency(ctx, uscc=code)
        own = a_colleague(ctx, agency.id)
        service.leave(ctx, agency.id, open_contracts=0)
    from marketplace.kernel.ports import Actor

    with work(Actor.public()) as ctx, pytest.raises(errors.ReentryNeedsSignIn):
        an_agency(ctx, uscc=code)
    with work(own) as ctx:
        assert an_agency(ctx, uscc=code).standing == "active"


def test_an_agency_that_left_cannot_leave_again(work):
    with work() as ctx:
        agency = an_agency(ctx)
        service.leave(ctx, agency.id, open_contracts=0)
        with pytest.raises(WrongState):
            service.leave(ctx, agency.id, open_contracts=0)


def test_a_grade_is_recorded_only_when_it_changes(work):
    with work() as ctx:
        agency = an_agency(ctx)
        for _ in range(2):
            service.set_grade(ctx, agency.id, score_points=9050, stars=5, is_new=False)
        changes = ctx.session.scalars(select(EventRow.id).where(EventRow.type == "agency.grade.changed")).all()
        assert (agency.stars, agency.score_points, len(changes)) == (5, 9050, 1)
