"""Certificates and scopes: what lapses, what is renewed, what is declared."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from marketplace.agencies import errors, queries, service
from marketplace.agencies.models import Suspension
from marketplace.kernel.clock import shanghai_date
from marketplace.testing.agencies import an_agency
from tests.agencies.licensed import LICENSED, PLAIN, bar_codes, licensed


def test_a_lapsed_certificate_suspends_just_its_service_and_renewal_lifts_it(work, runtime, clock):
    with work() as ctx:
        agency = licensed(ctx, days=10)
        first = queries.qualifications(ctx, agency.id)[0]
    clock.advance(days=11, hours=1)
    runtime.settle()
    with work() as ctx:
        assert queries.agency(ctx, agency.id).standing == "active"
        assert bar_codes(ctx, agency, PLAIN) == []
        assert bar_codes(ctx, agency, LICENSED) == ["agency.suspended", "agency.qualification_expired"]
        today = shanghai_date(ctx.now)
        service.renew_qualification(
            ctx, first.id, number="新证001", valid_from=today, valid_to=today + timedelta(days=700)
        )
        assert bar_codes(ctx, agency, LICENSED) == []


def test_a_certificate_renewed_in_time_never_suspends(work, runtime, clock):
    with work() as ctx:
        agency = licensed(ctx, days=10)
        first = queries.qualifications(ctx, agency.id)[0]
        start = shanghai_date(ctx.now) + timedelta(days=8)
        service.renew_qualification(ctx, first.id, number="新证002", valid_from=start, valid_to=None)
    clock.advance(days=12)
    runtime.settle()
    with work() as ctx:
        assert bar_codes(ctx, agency, LICENSED) == []
        assert ctx.session.scalars(select(Suspension)).all() == []


def test_a_certificate_for_ever_may_be_written_with_the_last_day_there_is(work):
    with work() as ctx:
        agency = an_agency(ctx)
        facts = {"title": "营业执照", "number": "1", "holder": agency.name, "valid_from": shanghai_date(ctx.now)}
        paper = service.add_qualification(ctx, agency.id, item_code="ZJ-01", valid_to=date(9999, 12, 31), **facts)
        assert queries.qualification(ctx, paper.id).valid_to == date.max


def test_a_certificate_is_renewed_once(work):
    with work() as ctx:
        agency = licensed(ctx)
        first = queries.qualifications(ctx, agency.id)[0]
        today = shanghai_date(ctx.now)
        service.renew_qualification(ctx, first.id, number="甲", valid_from=today)
        with pytest.raises(errors.QualificationAlreadyRenewed):
            service.renew_qualification(ctx, first.id, number="乙", valid_from=today)


def test_a_certificate_must_still_be_valid_when_the_tender_closes(work):
    with work() as ctx:
        agency = licensed(ctx, days=10)
        assert bar_codes(ctx, agency, LICENSED, ctx.now + timedelta(days=10)) == []
        assert bar_codes(ctx, agency, LICENSED, ctx.now + timedelta(days=11)) == ["agency.qualification_expired"]


def test_a_service_that_needs_a_certificate_is_added_only_with_one(work):
    with work() as ctx:
        agency = an_agency(ctx, scopes=[PLAIN])
        with pytest.raises(errors.QualificationRequired):
            service.add_scope(ctx, agency.id, LICENSED)
        today = shanghai_date(ctx.now)
        service.add_qualification(
            ctx, agency.id, item_code=LICENSED, title="资质", number="1", holder=agency.name, valid_from=today
        )
        service.add_scope(ctx, agency.id, LICENSED)
        assert bar_codes(ctx, agency, LICENSED) == []


def test_a_scope_is_declared_once_and_the_last_one_stays(work):
    with work() as ctx:
        agency = an_agency(ctx, scopes=[PLAIN])
        with pytest.raises(errors.ScopeAlreadyHeld):
            service.add_scope(ctx, agency.id, PLAIN)
        with pytest.raises(errors.ScopeEmpty):
            service.drop_scope(ctx, agency.id, PLAIN)
        service.add_scope(ctx, agency.id, "ZJ-01")
        service.drop_scope(ctx, agency.id, PLAIN)
        assert bar_codes(ctx, agency, PLAIN) == ["agency.scope_missing"]
