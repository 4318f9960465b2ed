"""The score is a pure function: exact, explained, replayable."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.credit import rules
from marketplace.credit.rules import ONE, Facts, Incident, Marks

NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)
BOOK = {
    "credit.initial": 100,
    "credit.weights.owner": 50,
    "credit.weights.authority": 30,
    "credit.weights.centre": 20,
    "credit.cutoff.five": 90,
    "credit.cutoff.four": 80,
    "credit.cutoff.three": 70,
    "credit.cutoff.two": 60,
    "credit.cycle_months": 12,
    "credit.half_life_months": 12,
    "credit.newcomer_marked": True,
    "credit.add.on_time": 1,
    "credit.add.on_time_max_year": 10,
    "credit.add.authority_award": 3,
    "credit.deduct.late": 2,
    "credit.deduct.collusion": 40,
    "rating.scale_max": 5,
}


def review(*marks: int, days_ago: int = 0, reference: str = "review/1") -> Any:
    return Marks(reference, marks, NOW - timedelta(days=days_ago))


def incident(
    points: int, kind: str = "complaint", days_ago: int = 0, reference: str = "finding/1", state: str = "counted"
) -> Any:
    return Incident(reference, kind, points, NOW - timedelta(days=days_ago), state)


def points(*facts: Any, book: Any = BOOK, at: datetime = NOW) -> Any:
    reviews = tuple(fact for fact in facts if isinstance(fact, Marks))
    incidents = tuple(fact for fact in facts if isinstance(fact, Incident))
    return rules.score(Facts(reviews, incidents), book, at).points_hundredths


FACTS = st.builds(
    Facts,
    st.lists(
        st.builds(
            Marks,
            st.text("abc", min_size=1, max_size=3),
            st.tuples(*[st.integers(1, 5)] * 5),
            st.datetimes(datetime(2024, 1, 1), datetime(2026, 3, 1), timezones=st.just(UTC)),
        ),
        max_size=6,
    ).map(tuple),
    st.lists(
        st.builds(
            Incident,
            st.text("abc", min_size=1, max_size=3),
            st.sampled_from(rules.DEDUCT + rules.ADD),
            st.integers(-4000, 300),
            st.datetimes(datetime(2024, 1, 1), datetime(2026, 3, 1), timezones=st.just(UTC)),
            st.sampled_from(["counted", "frozen", "cancelled"]),
        ),
        max_size=6,
    ).map(tuple),
)


def test_nothing_known_is_the_base_and_new() -> None:
    score = rules.score(Facts(), BOOK, NOW)
    assert (score.points_hundredths, score.stars, score.is_new) == (10_000, 5, True)


def test_weights_share_out_the_base() -> None:
    assert [line.points for line in rules.score(Facts(), BOOK, NOW).lines] == [5000, 3000, 2000]


def test_full_marks_keep_the_owner_share_whole() -> None:
    assert points(review(5, 5, 5, 5, 5)) == 10_000


def test_a_review_takes_what_it_lacks_of_the_owner_share() -> None:
    assert points(review(4, 4, 4, 4, 4)) == 9000
    assert points(review(1, 1, 1, 1, 1)) == 6000


def test_reviews_of_one_day_count_alike() -> None:
    assert points(review(5, 5, 5, 5, 5), review(3, 3, 3, 3, 3, reference="review/2")) == 9000


def test_a_newer_review_weighs_more_than_an_older_one() -> None:
    old_bad = points(review(1, 1, 1, 1, 1, days_ago=300), review(5, 5, 5, 5, 5, reference="review/2"))
    new_bad = points(review(1, 1, 1, 1, 1), review(5, 5, 5, 5, 5, days_ago=300, reference="review/2"))
    assert old_bad > 8000 > new_bad


def test_a_deduction_counts_whole_on_its_day_and_half_after_a_half_life() -> None:
    assert points(incident(-500)) == 9500
    assert points(incident(-500, days_ago=365)) == 9750


def test_a_fact_older_than_the_cycle_no_longer_counts() -> None:
    assert points(incident(-500, days_ago=366)) == 10_000


def test_a_fact_of_the_future_is_not_seen_so_the_past_can_be_computed_again() -> None:
    assert points(incident(-500), at=NOW - timedelta(days=1)) == 10_000


def test_additions_never_lift_a_score_above_the_base() -> None:
    score = rules.score(Facts((), (incident(300, "authority_award"),)), BOOK, NOW)
    assert score.points_hundredths == 10_000
    assert score.lines[-1].code == "held"


def test_a_score_never_falls_below_zero() -> None:
    facts = [incident(-4000, "collusion", reference=f"finding/{n}") for n in range(3)]
    assert points(*facts) == 0


@pytest.mark.parametrize("state", ["frozen", "cancelled"])
def test_a_contested_fact_is_shown_but_takes_nothing(state: str) -> None:
    score = rules.score(Facts((), (incident(-500, state=state),)), BOOK, NOW)
    assert score.points_hundredths == 10_000
    assert [line.code for line in score.lines if line.reference] == [f"complaint.{state}"]


def test_praise_is_capped_within_a_year() -> None:
    praise = [incident(100, "on_time", reference=f"contract/{n}") for n in range(14)]
    assert points(incident(-4000, "collusion"), *praise) == 10_000 - 4000 + 1000


@pytest.mark.parametrize(
    ("hundredths", "stars"),
    [(10_000, 5), (9000, 5), (8999, 4), (8000, 4), (7999, 3), (7000, 3), (6999, 2), (6000, 2), (5999, 1), (0, 1)],
)
def test_stars_follow_the_cut_offs(hundredths: int, stars: int) -> None:
    assert rules.stars(hundredths, BOOK) == stars


def test_points_come_from_the_rulebook() -> None:
    assert rules.points_of("late", BOOK) == -200
    assert rules.points_of("authority_award", BOOK) == 300
    assert rules.points_of("gossip", BOOK) is None


@pytest.mark.parametrize(("days", "factor"), [(0, ONE), (365, ONE // 2), (730, ONE // 4)])
def test_decay_is_exact_at_whole_half_lives(days: int, factor: int) -> None:
    assert rules.decay(days, 365) == factor


@given(st.integers(0, 5000), st.integers(1, 2000))
def test_decay_is_the_power_of_two_to_five_decimals(age: int, half_life: int) -> None:
    # 20 binary digits of the exponent; a score has four decimals of the base
    assert rules.decay(age, half_life) / ONE == pytest.approx(2 ** (-age / half_life), abs=1e-5)


@given(st.integers(0, 3000))
def test_decay_never_grows_with_age(age: int) -> None:
    assert rules.decay(age + 1, 365) <= rules.decay(age, 365)


@given(FACTS)
def test_the_lines_add_up_to_the_score(facts: Facts) -> None:
    score = rules.score(facts, BOOK, NOW)
    assert sum(line.points for line in score.lines) == score.points_hundredths
    assert 0 <= score.points_hundredths <= 10_000


@given(FACTS)
def test_the_order_of_facts_does_not_matter(facts: Facts) -> None:
    turned = Facts(facts.reviews[::-1], facts.incidents[::-1])
    assert rules.score(turned, BOOK, NOW).points_hundredths == rules.score(facts, BOOK, NOW).points_hundredths


@given(FACTS)
def test_a_better_mark_never_lowers_the_score(facts: Facts) -> None:
    better = Facts(tuple(Marks(r.reference, (5,) * 5, r.at) for r in facts.reviews), facts.incidents)
    assert rules.score(better, BOOK, NOW).points_hundredths >= rules.score(facts, BOOK, NOW).points_hundredths


def test_months_are_days_of_a_year_of_365() -> None:
    assert (rules.days_of(12), rules.days_of(6), rules.days_of(24)) == (365, 182, 730)
