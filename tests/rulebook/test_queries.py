"""The rules in force, and working days against an independent calendar."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import chinese_calendar
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from marketplace.kernel.clock import SHANGHAI, at_shanghai, shanghai_date
from marketplace.kernel.context import Ctx
from marketplace.rulebook import queries
from marketplace.rulebook.errors import CalendarEnds, RegionInvalid, RuleSetNotFound
from marketplace.rulebook.models import RuleSnapshot

# What is asked here of the database is asked again elsewhere, on both.
pytestmark = pytest.mark.once

Work = Callable[..., AbstractContextManager[Ctx]]

IN_ONE_DATABASE = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
FIRST, LAST = date(2025, 1, 1), date(2026, 12, 31)
instants = st.datetimes(datetime(2025, 1, 1), datetime(2026, 12, 31, 23, 59)).map(
    lambda at: at.replace(tzinfo=SHANGHAI)
)


def oracle(day: Any, count: Any) -> Any:
    """Count working days by walking, with the other calendar."""
    step = timedelta(days=1 if count > 0 else -1)
    while count:
        day += step
        if not FIRST <= day <= LAST:
            return None
        if chinese_calendar.is_workday(day):
            count -= 1 if step.days > 0 else -1
    return day


@given(start=instants, days=st.integers(-60, 60))
@IN_ONE_DATABASE
def test_adding_working_days_agrees_with_walking_an_independent_calendar(work: Work, start: Any, days: Any) -> None:
    wanted = oracle(shanghai_date(start), days)
    with work(write=False) as ctx:
        if wanted is None:
            with pytest.raises(CalendarEnds):
                queries.add_workdays(ctx, start, days)
            return
        found = queries.add_workdays(ctx, start, days)
    assert found == datetime.combine(wanted, start.time(), SHANGHAI)
    assert found.tzinfo is UTC


@given(start=instants, days=st.integers(0, 60))
@IN_ONE_DATABASE
def test_counting_undoes_adding(work: Work, start: Any, days: Any) -> None:
    with work(write=False) as ctx:
        try:
            end = queries.add_workdays(ctx, start, days)
        except CalendarEnds:
            assume(False)
        assert queries.workdays_between(ctx, start, end) == days


@given(one=instants, other=instants)
@IN_ONE_DATABASE
def test_counting_agrees_with_an_independent_calendar_and_has_a_sign(work: Work, one: Any, other: Any) -> None:
    first, last = sorted((one, other))
    day, count = shanghai_date(first), 0
    while day < shanghai_date(last):
        day += timedelta(days=1)
        count += chinese_calendar.is_workday(day)
    with work(write=False) as ctx:
        assert queries.workdays_between(ctx, first, last) == count


def test_counting_backwards_leaves_out_the_day_counted_from(work: Work) -> None:
    monday, friday = at_shanghai(date(2026, 3, 2), 9), at_shanghai(date(2026, 3, 6), 9)
    with work(write=False) as ctx:
        assert queries.workdays_between(ctx, monday, friday) == 4
        assert queries.workdays_between(ctx, friday, monday) == -4


def test_the_time_of_day_stays_shanghais(work: Work) -> None:
    late = datetime(2026, 3, 2, 15, 59, 58, 7, tzinfo=UTC)  # 23:59:58 in Shanghai
    with work(write=False) as ctx:
        found = queries.add_workdays(ctx, late, 1)
    assert found == datetime(2026, 3, 3, 15, 59, 58, 7, tzinfo=UTC)


def test_a_weekend_that_is_worked_counts(work: Work) -> None:
    with work(write=False) as ctx:
        found = queries.add_workdays(ctx, at_shanghai(date(2026, 2, 13), 9), 1)
        assert shanghai_date(found) == date(2026, 2, 14)
        assert queries.is_workday(ctx, date(2026, 2, 14))
        assert not queries.is_workday(ctx, date(2026, 2, 17))


@pytest.mark.parametrize("day", [date(2024, 12, 31), date(2027, 1, 1)])
@pytest.mark.parametrize("count", [-1, 0, 1])
def test_a_start_outside_the_calendar_is_refused(work: Work, day: Any, count: Any) -> None:
    with work(write=False) as ctx, pytest.raises(CalendarEnds) as refused:
        queries.add_workdays(ctx, at_shanghai(day, 9), count)
    assert refused.value.facts == {"first": "2025-01-01", "last": "2026-12-31"}


def test_a_deadline_beyond_the_calendar_is_refused(work: Work) -> None:
    with work(write=False) as ctx, pytest.raises(CalendarEnds):
        queries.add_workdays(ctx, at_shanghai(date(2026, 12, 30), 9), 2)
    with work(write=False) as ctx, pytest.raises(CalendarEnds):
        queries.workdays_between(ctx, at_shanghai(date(2026, 12, 30), 9), at_shanghai(date(2027, 1, 4), 9))


def test_adding_working_days_is_one_statement(work: Work) -> None:
    with work(write=False) as ctx:
        seen = []
        engine = ctx.session.get_bind()
        event.listen(engine, "before_cursor_execute", lambda *args: seen.append(args[2]))
        queries.add_workdays(ctx, ctx.now, 30)
    assert len(seen) == 1


def test_a_region_without_rules_has_its_nearest_ancestors(work: Work) -> None:
    with work(write=False) as ctx:
        jiangsu, nanjing = (queries.rules_at(ctx, code, at_shanghai(date(2026, 4, 1))) for code in ("320000", "320102"))
        country, shandong = (queries.rules_at(ctx, code, ctx.now) for code in ("000000", "370102"))
    assert nanjing == jiangsu
    assert shandong == country
    assert jiangsu.id != country.id


def test_a_county_inherits_what_its_province_says(work: Work) -> None:
    with work(write=False) as ctx:
        wujiang = queries.rules_at(ctx, "320509", at_shanghai(date(2026, 4, 1)))
    assert wujiang["rating.deadline_workdays"] == 15
    assert wujiang.entry("rating.deadline_workdays").region == "320509"
    assert wujiang.entry("selection.methods").region == "320000"
    assert "merit" not in wujiang["selection.methods"]
    assert wujiang.entry("award.publicity_workdays").region == "000000"


def test_a_province_counts_only_from_its_first_day(work: Work) -> None:
    with work(write=False) as ctx:
        before = queries.rules_at(ctx, "320000", at_shanghai(date(2026, 3, 11), 23, 59))
        after = queries.rules_at(ctx, "320000", at_shanghai(date(2026, 3, 12)))
    assert before.region == "000000"
    assert after.region == "320000"


def test_chongqing_bids_in_rounds_and_tangshan_by_countdown(work: Work) -> None:
    with work(write=False) as ctx:
        chongqing, tangshan = (queries.rules_at(ctx, code, ctx.now) for code in ("500000", "130200"))
    assert (chongqing["bidding.form"], chongqing["bidding.rounds"], chongqing["bidding.round_seconds"]) == (
        "rounds",
        3,
        180,
    )
    assert chongqing.entry("registration.publicity_workdays").unconfirmed
    assert tangshan["bidding.form"] == "countdown"
    assert tangshan["scope.state_owned_mandatory"] is True


def test_an_id_gives_back_exactly_what_was_in_force(work: Work) -> None:
    with work(write=False) as ctx:
        found = queries.rules_at(ctx, "330281", ctx.now)
        queries._built.clear()
        again = queries.rules_of(ctx, found.id)
    assert again == found
    assert again is not found


def test_an_unknown_id_region_or_time_is_refused(work: Work) -> None:
    with work(write=False) as ctx:
        with pytest.raises(RuleSetNotFound):
            queries.rules_of(ctx, "0" * 32)
        with pytest.raises(RegionInvalid):
            queries.rules_at(ctx, "jiangsu", ctx.now)
        with pytest.raises(RuleSetNotFound):
            queries.rules_at(ctx, "320000", datetime(1999, 1, 1, tzinfo=UTC))


def test_the_stored_content_is_what_its_id_says(work: Work) -> None:
    from marketplace.rulebook import rules

    with work(write=False) as ctx:
        rows = ctx.session.query(RuleSnapshot).all()
        assert len(rows) >= 8
        for row in rows:
            assert rules.digest(row.region, rules.entries_of(row.entries)) == row.id
