"""Eligibility of many agencies at once must equal the bars of each."""

from datetime import timedelta

import pytest

from marketplace.agencies import queries, service
from marketplace.agencies.errors import AgencyNotFound, QualificationNotFound
from marketplace.agencies.queries import fitness
from marketplace.testing.agencies import a_certificate, an_agency


def test_the_set_of_eligible_agencies_equals_those_without_bars(work):
    with work() as ctx:
        name = "江苏大地勘察有限公司"
        paper = a_certificate(ctx, item_code="ZJ-03", holder=name, days=20)
        made = [
            an_agency(ctx, scopes=["ZJ-02"]),
            an_agency(ctx, name=name, scopes=["ZJ-02", "ZJ-03"], qualifications=[paper]),
            an_agency(ctx, scopes=["ZJ-01"]),
        ]
        suspended, stopped, expelled = (an_agency(ctx, scopes=["ZJ-02"]) for _ in range(3))
        service.suspend(ctx, suspended.id, reason="一", until=None)
        service.suspend(ctx, stopped.id, reason="二", until=None, reach="ZJ-02")
        service.expel(ctx, expelled.id, reason="三", until=ctx.now + timedelta(days=365))
        for item in ("ZJ-01", "ZJ-02", "ZJ-03"):
            for at in (ctx.now, ctx.now + timedelta(days=30)):
                free = {
                    row.id for row in [*made, suspended, stopped, expelled] if not queries.bars(ctx, row.id, item, at)
                }
                assert {row.id for row in ctx.session.scalars(queries.eligible_for(ctx, item, at))} == free
                everybody = [row.id for row in [*made, suspended, stopped, expelled]]
                assert fitness.fit(ctx, everybody, item, at) == free
                bars = fitness.bars_many(ctx, everybody, item, at)
                assert bars == {id: queries.bars(ctx, id, item, at) for id in everybody}


def test_an_unknown_agency_is_not_fit_and_has_no_bars(work):
    with work() as ctx:
        assert fitness.fit(ctx, ["nobody"], "ZJ-01", ctx.now) == set()
        with pytest.raises(AgencyNotFound):
            fitness.bars_many(ctx, ["nobody"], "ZJ-01", ctx.now)


def test_a_code_finds_its_agency_in_any_spelling(work):
    with work() as ctx:
        agency = an_agency(ctx)
        assert queries.by_uscc(ctx, " " + agency.uscc.lower()) is agency
        with pytest.raises(AgencyNotFound):
            queries.by_uscc(ctx, "nonsense")
        with pytest.raises(QualificationNotFound):
            queries.qualification(ctx, "nonsense")


def test_warnings_come_60_30_and_7_days_before_the_end_and_stop_after_renewal(work, clock):
    with work() as ctx:
        name = "江苏大地勘察有限公司"
        paper = a_certificate(ctx, item_code="ZJ-03", holder=name, days=61)
        agency = an_agency(ctx, name=name, scopes=["ZJ-03"], qualifications=[paper])
    seen = []
    for _ in range(4):
        with work() as ctx:
            seen.append([(warning.days_left, warning.step) for warning in queries.expiring(ctx, agency.id)])
        clock.advance(days=20)
    assert seen == [[], [(41, 60)], [(21, 30)], [(1, 7)]]


def test_a_word_must_be_found_in_name_services_place_or_introduction(work):
    with work() as ctx:
        agency = an_agency(ctx, introduction="专做水文地质")
        for text in ("水文", "江苏 水文", "环境影响", agency.uscc[:6], "诚达咨询"):
            assert list(ctx.session.scalars(queries.directory(text=text))) == [agency]
        for text in ("火星", "水文 火星", "_", "%"):
            assert list(ctx.session.scalars(queries.directory(text=text))) == []


def test_an_added_service_is_found_and_a_dropped_one_is_not(work):
    with work() as ctx:
        agency = an_agency(ctx, scopes=["ZJ-01"], introduction="")
        service.add_scope(ctx, agency.id, "ZJ-02")
        assert list(ctx.session.scalars(queries.directory(text="水土"))) == [agency]
        service.drop_scope(ctx, agency.id, "ZJ-02")
        assert list(ctx.session.scalars(queries.directory(text="水土"))) == []
