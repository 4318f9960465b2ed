"""Inheritance, checking and time lines of rules, without a database."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.rulebook import queries, rules
from marketplace.rulebook.errors import RegionInvalid, RuleLocked, RuleNotSettable, RuleValueInvalid, UnknownRule
from marketplace.rulebook.rules import COUNTRY, Entry, Setting, Version
from marketplace.testing.rulebook import some_rules

START = datetime(2026, 1, 1, tzinfo=UTC)
KEYS = st.sampled_from(["a", "b", "c", "d"])


def entry(value: Any, region: str = COUNTRY) -> Entry:
    return Entry(value, "count", "test", False, region)


layers = st.lists(st.dictionaries(KEYS, st.integers().map(entry)), max_size=4)


@given(layers)
def test_the_nearest_region_that_says_something_wins(chain: Any) -> None:
    merged = rules.inherit(chain)
    for key in "abcd":
        said = [layer[key] for layer in chain if key in layer]
        assert merged.get(key) == (said[-1] if said else None)


@given(layers, layers)
def test_inheriting_in_two_steps_is_inheriting_in_one(upper: Any, lower: Any) -> None:
    assert rules.inherit([rules.inherit(upper), *lower]) == rules.inherit([*upper, *lower])


@given(st.integers(0, 999_999).map(lambda n: f"{n:06d}"))
def test_a_lineage_runs_from_the_country_down_and_sorts_by_code(region: Any) -> None:
    chain = rules.lineage(region)
    assert chain[0] == COUNTRY
    assert chain[-1] == region
    assert list(chain) == sorted(set(chain))
    assert all(rules.parent_of(below) == above for above, below in pairwise(chain))


def test_a_county_descends_from_its_city_and_province() -> None:
    assert rules.lineage("320509") == ("000000", "320000", "320500", "320509")
    assert rules.lineage("130200") == ("000000", "130000", "130200")


@pytest.mark.parametrize("region", ["", "32", "32050a", "3205090", "３２０５０９", "320509\n"])
def test_a_region_is_six_digits(region: Any) -> None:
    with pytest.raises(RegionInvalid):
        rules.lineage(region)


versions = st.lists(
    st.builds(
        lambda region, days, values: Version(
            region, START + timedelta(days=days), {key: entry(value, region) for key, value in values.items()}
        ),
        st.sampled_from([COUNTRY, "320000", "320500", "320509", "430000"]),
        st.integers(0, 30),
        st.dictionaries(KEYS, st.integers(0, 9), min_size=1),
    ),
    unique_by=lambda version: (version.region, version.valid_from),
    max_size=12,
)


@given(versions, st.sampled_from(["320000", "320509", COUNTRY]), st.integers(0, 40))
def test_the_time_line_says_at_every_moment_what_inheritance_says(published: Any, region: Any, days: Any) -> None:
    at = START + timedelta(days=days)
    begun = [found for moment, found in rules.timeline(published, region, START) if moment <= at]
    own = min((v.valid_from for v in published if v.region == region), default=None)
    if own is None or at < own:
        assert begun == []
    else:
        assert begun[-1] == rules.rules_in_force(published, region, at)


@given(versions, st.sampled_from(["320509", COUNTRY]))
def test_the_same_content_has_the_same_id_and_other_content_another(published: Any, region: Any) -> None:
    seen: dict[str, Any] = {}
    for _, found in rules.timeline(published, region, START):
        content = {key: item.data() for key, item in found.entries.items()}
        assert seen.setdefault(found.id, content) == content
    assert len({str(content) for content in seen.values()}) == len(seen)


def test_entries_survive_their_stored_form() -> None:
    before = some_rules().entries
    assert rules.entries_of({key: item.data() for key, item in before.items()}) == before


def test_an_unknown_key_is_refused_and_named() -> None:
    with pytest.raises(UnknownRule) as refused:
        some_rules()["award.publicity_wokdays"]
    assert refused.value.facts == {"key": "award.publicity_wokdays"}


def test_yuan_become_fen_and_nothing_else_does() -> None:
    assert some_rules(threshold__direct_max_yuan=120_000).fen("threshold.direct_max_yuan") == 12_000_000
    with pytest.raises(UnknownRule):
        some_rules().fen("award.publicity_workdays")


@pytest.mark.parametrize(
    "key",
    [
        "registration.number_cap",
        "registration.region_limit",
        "registration.trade_limit",
        "registration.department_list",
        "registration.agency_number_limit",
        "scope.local_quota",
    ],
)
def test_no_region_may_cap_who_enters(key: Any) -> None:
    with pytest.raises(RuleNotSettable) as refused:
        rules.checked(queries.defaults().definitions, "320000", {key: Setting(2)})
    assert refused.value.field == key
    assert "不可设置" in refused.value.text


def test_no_key_that_exists_is_a_cap() -> None:
    refused = []
    for key in queries.defaults().definitions:
        try:
            rules.refuse_caps(key)
        except RuleNotSettable:
            refused.append(key)
    assert refused == []


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("award.publicity_workdays", "3"),
        ("award.publicity_workdays", 2.5),
        ("award.publicity_workdays", True),
        ("award.publicity_workdays", -1),
        ("award.publicity_workdays", None),
        ("posting.signup_min_workdays", 0),
        ("credit.weights.owner", 101),
        ("payment.days_max", 61),
        ("contract.sign_max_days", 31),
        ("deposit.allowed", "false"),
        ("deposit.allowed", 0),
        ("bidding.form", "auction"),
        ("selection.methods", ["direct", "named"]),
        ("selection.methods", ["direct", "direct"]),
        ("selection.methods", "direct"),
        ("certificate.expiry_warning_days", ["60"]),
    ],
)
def test_a_value_must_have_the_type_range_and_choices_of_its_key(key: Any, value: Any) -> None:
    with pytest.raises(RuleValueInvalid) as refused:
        rules.checked(queries.defaults().definitions, "320000", {key: Setting(value)})
    assert refused.value.field == key


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("award.hide_winner_fiscal", True),
        ("award.hide_winner", True),
        ("deposit.allowed", True),
        ("payment.back_to_back", True),
        ("registration.refusal_needs_reason", False),
        ("posting.forbidden_conditions", ["local_branch"]),
    ],
)
def test_what_law_fixes_no_region_changes(key: Any, value: Any) -> None:
    with pytest.raises(RuleLocked):
        rules.checked(queries.defaults().definitions, "320000", {key: Setting(value)})


def test_a_locked_value_may_be_repeated() -> None:
    found = rules.checked(queries.defaults().definitions, "320000", {"payment.back_to_back": Setting(False)})
    assert found["payment.back_to_back"].value is False


def test_a_patch_changes_and_withdraws_and_leaves_the_rest() -> None:
    before = {"a": entry(1), "b": entry(2), "c": entry(3)}
    assert rules.patched(before, {"b": entry(5)}, ["c"]) == {"a": entry(1), "b": entry(5)}
