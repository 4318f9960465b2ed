"""Pure rules of supervision."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.kernel.clock import SHANGHAI, add_months, at_shanghai
from marketplace.supervision.exits import BY_NAME, EXIT_RULES, REMOVALS, Facts
from marketplace.supervision.rules import (
    CASE_STATES,
    Fact,
    Used,
    basis_of,
    reach_of,
    remove_causes,
    still_usable,
    within_months,
)

NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)
RULES = {
    "exit.remove.causes": ["qualification_fraud", "collusion", "bribery", "repeated_complaints"],
    "exit.remove.complaints": 3,
    "exit.remove.complaints_months": 12,
    "exit.late_times": 2,
    "exit.late_months": 12,
    "exit.reach": "by_cause",
    "exit.suspend_months.refuse_contract": 3,
    "exit.suspend_months.late": 1,
    "exit.suspend_months.poor_result": 3,
    "exit.suspend_months.complaint": 1,
    "exit.suspend_months.forged_data": 6,
    "exit.reentry_years.fraud": 3,
    "exit.reentry_years.collusion": 3,
    "exit.reentry_years.other": 1,
}


def _fact(number, kind="complaint_verified", months_ago=1, by_complaint=False, item_code=None):
    return Fact(str(number), kind, add_months(NOW, -months_ago), by_complaint, item_code)


def _met(rule, *findings):
    return [fact.id for fact in BY_NAME[rule].predicate(Facts("a", NOW, findings), RULES)]


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2026, 3, 2), 12, date(2027, 3, 2)),
        (date(2026, 3, 31), -1, date(2026, 2, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2026, 12, 5), 1, date(2027, 1, 5)),
    ],
)
def test_months_are_counted_on_the_shanghai_calendar(start, months, end):
    assert add_months(at_shanghai(start, 0, 30), months) == at_shanghai(end, 0, 30)


@given(st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1)), st.integers(0, 60))
def test_a_term_never_ends_before_it_began(at, months):
    start = at.replace(tzinfo=SHANGHAI)
    end = add_months(start, months)
    assert start <= end <= start + timedelta(days=31 * months)


def test_three_verified_complaints_in_twelve_months_remove():
    assert _met("repeated_complaints", _fact(1), _fact(2), _fact(3)) == ["1", "2", "3"]
    assert _met("repeated_complaints", _fact(1), _fact(2)) == []
    assert _met("repeated_complaints", _fact(1), _fact(2), _fact(3, months_ago=12)) == []


def test_a_breach_found_on_a_complaint_counts_as_a_verified_complaint():
    assert _met("repeated_complaints", _fact(1), _fact(2), _fact(3, "late", by_complaint=True)) == ["1", "2", "3"]
    assert _met("repeated_complaints", _fact(1), _fact(2), _fact(3, "late")) == []


def test_one_late_delivery_is_no_reason_two_are():
    assert _met("late_again", _fact(1, "late")) == []
    assert _met("late_again", _fact(1, "late"), _fact(2, "late")) == ["1", "2"]
    assert _met("late_again", _fact(1, "late"), _fact(2, "late", months_ago=12)) == []


@pytest.mark.parametrize(
    ("rule", "kind", "outcome"),
    [
        ("qualification_fraud", "qualification_fraud", ("remove", 0, 3)),
        ("collusion", "collusion", ("remove", 0, 3)),
        ("bribery", "bribery", ("remove", 0, 1)),
        ("refuse_contract", "refuse_contract", ("suspend", 3, 0)),
        ("poor_result", "poor_result", ("suspend", 3, 0)),
        ("forged_data", "forged_data", ("suspend", 6, 0)),
        ("complaint", "complaint_verified", ("suspend", 1, 0)),
    ],
)
def test_one_decided_breach_has_the_rulebooks_consequence(rule, kind, outcome):
    fact = _fact(1, kind)
    assert _met(rule, fact, _fact(2, "other")) == ["1"]
    consequence = BY_NAME[rule].consequence(RULES, [fact])
    assert (consequence.kind, consequence.months, consequence.years) == outcome


def test_a_cause_that_the_jurisdiction_does_not_list_does_not_remove():
    assert _met("qualification_penalty", _fact(1, "qualification_penalty")) == []
    assert remove_causes({"exit.remove.causes": "collusion"}) == frozenset()


def test_every_rule_has_its_own_name_and_removals_come_first():
    assert len(BY_NAME) == len(EXIT_RULES)
    assert {rule.name for rule in EXIT_RULES if rule.removal} == set(REMOVALS)
    assert [rule.removal for rule in EXIT_RULES] == sorted((rule.removal for rule in EXIT_RULES), reverse=True)


@pytest.mark.parametrize(
    ("setting", "by_cause", "items", "reach"),
    [
        ("by_cause", "service", ["ZJ-01"], "ZJ-01"),
        ("by_cause", "all", ["ZJ-01"], "all"),
        ("by_cause", "service", ["ZJ-01", "ZJ-02"], "all"),
        ("by_cause", "service", [None], "all"),
        ("service", "all", ["ZJ-01"], "ZJ-01"),
        ("all", "service", ["ZJ-01"], "all"),
        ("region", "service", ["ZJ-01"], "all"),
    ],
)
def test_a_suspension_reaches_one_service_or_everything(setting, by_cause, items, reach):
    facts = [_fact(number, item_code=item) for number, item in enumerate(items)]
    assert reach_of(setting, by_cause, facts) == reach


def test_a_fact_counts_once_per_rule():
    used = [Used("complaint", removal=False, state="confirmed", finding_ids=frozenset({"1"}))]
    facts = [_fact(1), _fact(2)]
    assert [fact.id for fact in still_usable(facts, used, "complaint", removal=False)] == ["2"]
    assert [fact.id for fact in still_usable(facts, used, "repeated_complaints", removal=True)] == ["1", "2"]


@pytest.mark.parametrize(("state", "left"), [("noticed", []), ("confirmed", []), ("dismissed", ["1"]), ("moot", ["1"])])
def test_what_a_removal_rests_on_is_not_punished_by_a_suspension_as_well(state, left):
    used = [Used("repeated_complaints", removal=True, state=state, finding_ids=frozenset({"1"}))]
    assert [fact.id for fact in still_usable([_fact(1)], used, "complaint", removal=False)] == left


def test_the_basis_does_not_depend_on_order():
    assert basis_of(["a", "b"]) == basis_of(["b", "a"]) != basis_of(["ab"])


def test_facts_of_the_future_and_of_long_ago_do_not_count():
    facts = [_fact(1, months_ago=-1), _fact(2, months_ago=0), _fact(3, months_ago=12)]
    assert [fact.id for fact in within_months(facts, NOW, 12)] == ["2"]


def test_nothing_is_confirmed_while_the_agency_may_still_be_heard():
    assert not CASE_STATES.allows("noticed", "confirm")
    assert CASE_STATES.allows("noticed", "dismiss")
