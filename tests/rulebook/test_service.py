"""Publishing versions and keeping the calendar."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import DBAPIError

from marketplace.kernel.clock import SimulatedClock, at_shanghai
from marketplace.kernel.context import Ctx
from marketplace.kernel.events import EventRow
from marketplace.rulebook import queries, service
from marketplace.rulebook.errors import (
    CalendarDayPast,
    CalendarEnds,
    CalendarFileInvalid,
    LaterVersionExists,
    NothingChanged,
    RuleLocked,
    RuleNotSettable,
    RulePackInvalid,
    RuleSetRetroactive,
    RuleValueInvalid,
    UnknownRule,
)
from marketplace.rulebook.models import CalendarDay, RulePeriod, RuleSet, RuleSnapshot
from marketplace.testing.rulebook import a_version

Work = Callable[..., AbstractContextManager[Ctx]]

KEY = "award.publicity_workdays"


def counts(ctx: Ctx) -> Any:
    tables = (RuleSet, RuleSnapshot, RulePeriod, CalendarDay, EventRow)
    return [ctx.session.scalar(select(func.count()).select_from(table)) for table in tables]


def test_seeding_again_changes_nothing(work: Work) -> None:
    with work() as ctx:
        before = counts(ctx)
        service.seed(ctx)
        assert counts(ctx) == before
    assert before[0] == 8
    assert before[3] == 730


def test_seeding_adds_keys_that_are_new_and_leaves_what_the_operator_set(work: Work, clock: SimulatedClock) -> None:
    with work() as ctx:
        a_version(ctx, "000000", values={KEY: 4})
    clock.advance(days=1)
    with work() as ctx:
        row = queries.latest(ctx, "000000")
        assert row is not None
        row.values = {key: item for key, item in row.values.items() if key != "credit.initial"}
    with work() as ctx:
        service.seed(ctx)
        row = queries.latest(ctx, "000000")
        assert row is not None
        assert row.version == 3
        assert row.valid_from == ctx.now
        assert queries.rules_at(ctx, "000000", ctx.now)["credit.initial"] == 100
        assert queries.rules_at(ctx, "000000", ctx.now)[KEY] == 4


def test_a_version_holds_from_its_day_and_not_before(work: Work, clock: SimulatedClock) -> None:
    with work() as ctx:
        day = ctx.now + timedelta(days=3)
        a_version(ctx, "430000", values={KEY: 5}, valid_from=day)
        assert queries.rules_at(ctx, "430000", day - timedelta(seconds=1))[KEY] == 3
        assert queries.rules_at(ctx, "430000", day)[KEY] == 5


def test_a_tender_born_earlier_keeps_its_rules(work: Work, clock: SimulatedClock) -> None:
    with work() as ctx:
        born_under = queries.rules_at(ctx, "430000", ctx.now).id
    clock.advance(days=1)
    with work() as ctx:
        a_version(ctx, "430000", values={KEY: 9})
        a_version(ctx, "000000", values={"complaint.decide_workdays": 9})
        assert queries.rules_at(ctx, "430000", ctx.now)[KEY] == 9
        queries._built.clear()
        assert queries.rules_of(ctx, born_under)[KEY] == 3
        assert queries.rules_of(ctx, born_under)["complaint.decide_workdays"] == 15


def test_a_new_version_keeps_what_the_last_one_said(work: Work) -> None:
    with work() as ctx:
        row = a_version(ctx, "430000", values={KEY: 5})
        rules = queries.rules_at(ctx, "430000", ctx.now)
        assert row.version == 2
        assert rules.entry("owner.types").region == "430000"
        assert rules.entry(KEY).region == "430000"


def test_the_last_version_ends_when_the_next_begins(work: Work) -> None:
    with work() as ctx:
        row = a_version(ctx, "430000", valid_from=ctx.now + timedelta(days=2))
        first = ctx.session.scalars(queries.rule_sets("430000")).first()
        assert first is not None
        assert first.valid_to == row.valid_from
        assert row.valid_to is None
        assert row.parent == "000000"


def test_a_change_of_the_country_reaches_the_regions_that_did_not_set_it(work: Work, clock: SimulatedClock) -> None:
    with work() as ctx:
        a_version(ctx, "500000", values={KEY: 8})
    clock.advance(days=1)
    with work() as ctx:
        a_version(ctx, "000000", values={KEY: 6, "complaint.decide_workdays": 20})
        county, chongqing = queries.rules_at(ctx, "330281", ctx.now), queries.rules_at(ctx, "500000", ctx.now)
        assert county[KEY] == 6
        assert chongqing[KEY] == 8
        assert chongqing["complaint.decide_workdays"] == 20


def test_a_withdrawn_key_inherits_again(work: Work) -> None:
    with work() as ctx:
        service.publish(ctx, "500000", values={}, withdrawn=["bidding.form"])
        rules = queries.rules_at(ctx, "500000", ctx.now)
        assert rules["bidding.form"] == "countdown"
        assert rules["bidding.rounds"] == 3


@pytest.mark.parametrize(("region", "key"), [("000000", KEY), ("500000", KEY), ("500000", "no.such")])
def test_only_what_a_region_itself_set_can_be_withdrawn(work: Work, region: Any, key: Any) -> None:
    with work() as ctx, pytest.raises(UnknownRule):
        service.publish(ctx, region, values={}, withdrawn=[key])


@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        ({}, NothingChanged),
        ({"registration.number_cap": 2}, RuleNotSettable),
        ({"no.such": 2}, UnknownRule),
        ({"payment.back_to_back": True}, RuleLocked),
        ({KEY: "soon"}, RuleValueInvalid),
        ({KEY: {"valeu": 3}}, RulePackInvalid),
    ],
)
def test_a_bad_version_is_refused_and_leaves_nothing(work: Work, values: Any, refusal: Any) -> None:
    with work(write=False) as ctx:
        before = counts(ctx)
    with pytest.raises(refusal), work() as ctx:
        service.publish(ctx, "320000", values=values)
    with work(write=False) as ctx:
        assert counts(ctx) == before


def test_a_version_never_reaches_back(work: Work) -> None:
    with work() as ctx, pytest.raises(RuleSetRetroactive) as refused:
        a_version(ctx, "430000", valid_from=ctx.now - timedelta(seconds=1))
    assert refused.value.field == "valid_from"


def test_a_version_cannot_slip_in_before_one_already_published(work: Work) -> None:
    with work() as ctx:
        a_version(ctx, "430000", valid_from=ctx.now + timedelta(days=9))
        with pytest.raises(LaterVersionExists):
            a_version(ctx, "430000", valid_from=ctx.now + timedelta(days=8))


def test_publishing_is_on_the_record(work: Work) -> None:
    with work() as ctx:
        row = a_version(ctx, "430000", values={KEY: {"value": 5, "source": "湘政办发〔2026〕1号", "unconfirmed": True}})
        published = select(EventRow.body).where(EventRow.type == "rulebook.version.published")
        (logged,) = [body for body in ctx.session.scalars(published) if row.id in body]
        entry = queries.rules_at(ctx, "430000", ctx.now).entry(KEY)
    assert '"changed":{"award.publicity_workdays":5}' in logged
    assert (entry.source, entry.unconfirmed) == ("湘政办发〔2026〕1号", True)


def test_a_rule_file_becomes_a_version(work: Work) -> None:
    text = 'region = "370000"\nname = "山东省"\n[values]\n"award.publicity_workdays" = 4\n'
    with work() as ctx:
        row = service.publish_pack(ctx, text)
        assert (row.region, row.name, row.version) == ("370000", "山东省", 1)
        assert queries.rules_at(ctx, "370102", ctx.now)[KEY] == 4


@pytest.mark.parametrize(
    "text", ["", "region = 3", 'region = "370000"', 'region = "370000"\nvalid_from = "soon"\n[values]\n', "= ="]
)
def test_a_file_that_is_no_rule_file_is_refused(work: Work, text: Any) -> None:
    with work() as ctx, pytest.raises(RulePackInvalid):
        service.publish_pack(ctx, text)


def test_a_snapshot_cannot_be_changed(work: Work) -> None:
    with pytest.raises(DBAPIError), work() as ctx:
        ctx.session.execute(update(RuleSnapshot).values(region="999999"))


def test_a_day_can_be_declared_and_deadlines_then_count_it(work: Work) -> None:
    friday = date(2026, 3, 6)
    with work() as ctx:
        service.set_day(ctx, friday, is_workday=False, note="全市停电检修")
        found = queries.add_workdays(ctx, at_shanghai(date(2026, 3, 5), 9), 1)
        logged = ctx.session.scalars(select(EventRow.body).where(EventRow.type == "rulebook.day.changed")).all()
    assert found == at_shanghai(date(2026, 3, 9), 9)
    assert len(logged) == 1
    assert "全市停电检修" in logged[0]


def test_today_can_be_declared_but_yesterday_cannot(work: Work) -> None:
    with work() as ctx:
        service.set_day(ctx, date(2026, 3, 2), is_workday=False)
        with pytest.raises(CalendarDayPast):
            service.set_day(ctx, date(2026, 3, 1), is_workday=True)


def test_a_day_the_calendar_does_not_know_cannot_be_declared(work: Work) -> None:
    with work() as ctx, pytest.raises(CalendarEnds):
        service.set_day(ctx, date(2027, 1, 4), is_workday=True)


NEXT_YEAR = 'from = 2027-01-01\nto = 2027-12-31\n[rest.2027]\n2027-01-01 = "元旦假期"\n'


def test_the_next_year_joins_the_calendar(work: Work) -> None:
    with work() as ctx:
        assert service.load_calendar(ctx, NEXT_YEAR) == 365
        assert service.load_calendar(ctx, NEXT_YEAR) == 0
        found = queries.add_workdays(ctx, at_shanghai(date(2026, 12, 31), 9), 1)
    assert found == at_shanghai(date(2027, 1, 4), 9)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "from = 1",
        "from = 2028-01-01\nto = 2028-12-31",
        "from = 2027-02-01\nto = 2027-01-01",
        'from = 2027-01-01\nto = 2027-01-31\n[rest.2027]\nsoon = "x"',
    ],
)
def test_a_calendar_with_a_gap_or_no_calendar_is_refused(work: Work, text: Any) -> None:
    with work() as ctx, pytest.raises(CalendarFileInvalid):
        service.load_calendar(ctx, text)


def test_what_was_published_before_a_key_was_narrowed_or_fixed_still_holds_and_can_be_built_on(
    work: Work, monkeypatch: pytest.MonkeyPatch, clock: SimulatedClock
) -> None:
    known = queries.definitions

    def wider(ctx: Ctx) -> Any:
        found = known(ctx)
        assessors, winner = found["merit.assessors_min"], found["award.hide_winner"]
        gone = replace(winner, key="award.gone", locked=False)
        return {
            **found,
            "merit.assessors_min": replace(assessors, minimum=1),
            "award.hide_winner": replace(winner, locked=False),
            "award.gone": gone,
        }

    earlier = {"merit.assessors_min": 1, "award.hide_winner": True, "award.gone": True}
    monkeypatch.setattr(queries, "definitions", wider)
    with work() as ctx:
        a_version(ctx, "320700", values=earlier)
    monkeypatch.undo()
    clock.advance(days=1)
    for key, value in earlier.items():
        with pytest.raises((RuleLocked, RuleValueInvalid, UnknownRule)), work() as ctx:
            service.publish(ctx, "320700", values={key: value})
    with work() as ctx:
        service.publish(ctx, "320700", values={KEY: 5})
        assert {key: queries.rules_at(ctx, "320700", ctx.now)[key] for key in earlier} == earlier
        assert queries.rules_at(ctx, "320700", ctx.now)[KEY] == 5
