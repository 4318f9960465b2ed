"""Public sources of a draw: lottery numbers entered by two, and the rounds of a beacon."""

import hashlib
import json
import sys
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from marketplace.audit import verifier
from marketplace.audit.verifier import drand_holds
from marketplace.kernel.clock import SHANGHAI
from marketplace.kernel.events import EventRow
from marketplace.selection import ceremony, errors, queries
from marketplace.selection.rules import MISSED, verify_draw
from marketplace.selection.sources import beacon, games
from tests.selection.ceremonies import CALENDAR, NUMBER, clerks, commit, hold, types_of

# Drawn on the day of the freezing, Monday 2026-03-02: the 61st day of the year, ten days were closed.
DRAWN_AT, ISSUE = datetime(2026, 3, 2, 21, 15, tzinfo=SHANGHAI), "2026051"


def enter(work, clerk, **over):
    given = {"game": "fc3d", "issue": ISSUE, "numbers": "5 1 2", **over}
    with work(clerk) as ctx:
        ceremony.enter_numbers(ctx, NUMBER, source="lottery", **given)


def test_lottery_numbers_count_when_two_people_entered_the_same(work, clock):
    commit(work, "lottery")
    assert hold(work) == "公开开奖号码"
    one, two = clerks(work)
    clock.set(DRAWN_AT)
    enter(work, one)
    assert hold(work) == "公开开奖号码"
    with pytest.raises(errors.EntryDoubled):
        enter(work, one)
    enter(work, two, numbers=[[5], [1], [2]])
    record = hold(work)
    assert verify_draw(record) == []
    assert record["randomness"].endswith("/5./1./2./")
    assert record["lottery"] == CALENDAR
    assert verifier.check_draw(record) == []


def test_entries_that_differ_do_not_count_until_a_third_person_agrees_with_one(work, clock):
    commit(work, "lottery")
    hold(work)
    clock.set(DRAWN_AT)
    one, two, three = clerks(work, 3)
    enter(work, one)
    enter(work, two, numbers="5 1 3")
    assert hold(work) == "公开开奖号码"
    enter(work, three)
    assert hold(work)["public"][0]["numbers"] == [[5], [1], [2]]


@pytest.mark.parametrize(
    ("given", "error", "field"),
    [
        ({"game": "pl3"}, errors.EntryOther, "game"),
        ({"game": None}, errors.EntryOther, "game"),
        ({"issue": "2026050"}, errors.EntryOther, "issue"),
        ({"issue": "2026052"}, errors.EntryOther, "issue"),
        ({"issue": "第51期"}, errors.EntryOther, "issue"),
        ({"numbers": "1 五 2"}, errors.EntryUnfit, "numbers"),
        ({"numbers": "1 2 10"}, errors.EntryUnfit, "numbers"),
        ({"numbers": "1 2"}, errors.EntryUnfit, "numbers"),
        ({"numbers": "1 2 3 4"}, errors.EntryUnfit, "numbers"),
        ({"numbers": " / 7"}, errors.EntryUnfit, "numbers"),
        ({"numbers": None}, errors.EntryUnfit, "numbers"),
    ],
)
def test_another_game_or_issue_and_misread_numbers_are_refused(work, clock, given, error, field):
    commit(work, "lottery")
    hold(work)
    clock.set(DRAWN_AT)
    with pytest.raises(error) as refused:
        enter(work, clerks(work, 1)[0], **given)
    assert refused.value.field == field


def test_numbers_are_not_taken_before_they_are_drawn(work, clock):
    commit(work, "lottery")
    hold(work)
    clock.set(DRAWN_AT - timedelta(seconds=1))
    with pytest.raises(errors.EntryTooEarly):
        enter(work, clerks(work, 1)[0])


def test_the_drawing_that_counts_is_published_with_the_frozen_pool_and_the_time_runs_from_it(work):
    commit(work, "lottery")
    hold(work)
    due = {"lottery": {"game": "fc3d", "issue": ISSUE, "at": DRAWN_AT.isoformat()}}
    with work() as ctx:
        assert queries.pool_or_none(ctx, NUMBER).awaited == due
        assert queries.pool_or_none(ctx, NUMBER).reveal_due_at == DRAWN_AT + timedelta(minutes=60)
        published, frozen = (
            json.loads(ctx.session.scalar(select(EventRow.body).where(EventRow.type == type_)))["data"]
            for type_ in ("selection.commitment.published", "selection.pool.frozen")
        )
    assert (published["lottery"], frozen["awaited"]) == (CALENDAR, due)


@pytest.mark.once
@pytest.mark.parametrize(
    ("frozen", "over", "issue", "at"),
    [
        ("2026-03-02T20:45:00", {}, "2026051", "2026-03-02T21:15:00"),
        ("2026-03-02T20:45:01", {}, "2026052", "2026-03-03T21:15:00"),
        ("2026-02-13T21:00:00", {}, "2026045", "2026-02-24T21:15:00"),
        ("2026-12-31T21:00:00", {}, "2027001", "2027-01-01T21:15:00"),
        ("2026-03-02T09:00:00", {"game": "ssq", "days": [2, 4, 7]}, "2026023", "2026-03-03T21:15:00"),
        ("2026-03-02T09:00:00", {"game": "pl5", "time": "21:25"}, "26051", "2026-03-02T21:25:00"),
    ],
)
def test_the_drawing_that_counts_follows_from_the_calendar_alone(frozen, over, issue, at):
    terms, frozen_at = {**CALENDAR, **over}, datetime.fromisoformat(f"{frozen}+08:00")
    drawing = games.drawing_after(terms, frozen_at)
    assert (drawing.issue, drawing.at.isoformat()) == (issue, f"{at}+08:00")
    assert verifier._drawing(terms, verifier._micros(f"{frozen}+08:00")) == (issue, verifier._micros(f"{at}+08:00"))


@pytest.mark.once
def test_a_calendar_that_is_never_drawn_ends_in_an_error():
    with pytest.raises(ValueError, match="\\[\\]"):
        games.drawing_after({**CALENDAR, "days": []}, DRAWN_AT)


@pytest.mark.once
@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("draw.lottery_drawings", ["ssq 247 21:15"]),
        ("draw.lottery_drawings", ["fc3d 1238 21:15"]),
        ("draw.lottery_drawings", ["fc3d 123 25:15"]),
        ("draw.lottery_drawings", ["fc3d"]),
        ("draw.lottery_closed", ["2026-02-30/2026-03-01"]),
        ("draw.lottery_closed", ["2026-02-23/2026-02-14"]),
        ("draw.lottery_closed", ["春节"]),
    ],
)
def test_a_calendar_in_the_rulebook_that_cannot_be_read_is_refused_with_its_key(key, value):
    good = {
        "draw.lottery_game": "fc3d",
        "draw.lottery_drawings": ["fc3d 7654321 21:15", "ssq 247 21:15"],
        "draw.lottery_closed": CALENDAR["closed"],
        "draw.lottery_lead_minutes": 30,
    }
    assert games.calendar_of(good) == CALENDAR
    with pytest.raises(errors.LotteryCalendarUnfit, match=key):
        games.calendar_of({**good, key: value})


def test_a_source_that_nobody_enters_in_time_is_left_out_by_rule_and_is_an_incident(work, clock):
    commit(work, "lottery")
    hold(work)
    clock.set(DRAWN_AT + timedelta(minutes=60))
    record = hold(work)
    assert record["public"] == []
    assert verify_draw(record) == [MISSED.format(source="lottery")]
    assert "selection.source.missed" in types_of(work)


def test_a_source_that_the_notice_does_not_name_is_refused(work):
    commit(work)
    with work() as ctx:
        ctx.keys.private.pop("operator", None)
    hold_once = hold(work)
    assert hold_once == "运营机构"
    with pytest.raises(errors.SourceNotNamed):
        enter(work, clerks(work, 1)[0])


# Round and signature of quicknet as published; the third value is the randomness that the network states for it.
ROUNDS = [
    (
        657413,
        "b713718a38ae728dfd477991af2822e08d2f305e47718cef9f7848ce4050e7be41076862b98fad56e91a6b85b89cd97b",
        "fc1873a13f3545aeade8401532ef5519920652eee6b0d2b19ca12643b87b3587",
    ),
    (
        1000,
        "b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39",
        "fe290beca10872ef2fb164d2aa4442de4566183ec51c56ff3cd603d930e54fdd",
    ),
]


@pytest.mark.parametrize(("number", "signature", "randomness"), ROUNDS, ids=["657413", "1000"])
def test_a_drand_round_is_verified_offline(number, signature, randomness):
    assert drand_holds(number, bytes.fromhex(signature))
    assert hashlib.sha256(bytes.fromhex(signature)).hexdigest() == randomness


@pytest.fixture
def other_library():
    """py_ecc, which lifts the recursion limit of the process when it is imported."""
    limit = sys.getrecursionlimit()
    yield pytest.importorskip("py_ecc")
    sys.setrecursionlimit(limit)


@pytest.mark.once
@pytest.mark.usefixtures("other_library")
def test_what_a_round_signs_is_the_same_point_as_another_library_s():
    from py_ecc.bls.hash_to_curve import hash_to_G1
    from py_ecc.optimized_bls12_381 import normalize

    for message in (b"", b"abc", bytes(32)):
        point = normalize(hash_to_G1(message, b"BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_", hashlib.sha256))
        assert verifier._hashed(message) == tuple(int(number) for number in point)


@pytest.mark.parametrize("wrong", ["the next round", "another round's signature", "no point", "nothing"])
def test_a_drand_signature_of_another_round_is_not_believed(wrong):
    number, signature, _ = ROUNDS[0]
    other = {"the next round": (number + 1, signature), "another round's signature": (number, ROUNDS[1][1])}
    number, signature = other.get(wrong, (number, "ff" * 48 if wrong == "no point" else "c0" + "00" * 47))
    assert not drand_holds(number, bytes.fromhex(signature))


def test_only_the_round_after_the_freezing_counts_and_its_randomness_enters_the_draw(work, clock):
    number, signature, randomness = ROUNDS[0]
    clock.set(beacon.published_at(number) - beacon.DELAY)
    commit(work, "drand")
    assert hold(work) == "drand公开随机信标"
    with pytest.raises(errors.EntryTooEarly), work() as ctx:
        ceremony.enter_numbers(ctx, NUMBER, source="drand", signature=signature)
    clock.advance(minutes=1)
    with pytest.raises(errors.EntryUnfit), work() as ctx:
        ceremony.enter_numbers(ctx, NUMBER, source="drand", signature=ROUNDS[1][1])
    with work() as ctx:
        ceremony.enter_numbers(ctx, NUMBER, source="drand", signature=signature.upper())
    record = hold(work)
    assert verify_draw(record) == []
    assert record["randomness"].endswith(f"/{randomness}./")
    assert record["public"][0]["round"] == number


@pytest.mark.parametrize("what", ["numbers", "drawn_at", "issue", "game", "text"])
def test_a_changed_public_number_is_found(work, clock, what):
    commit(work, "lottery")
    hold(work)
    clock.set(DRAWN_AT)
    for clerk in clerks(work):
        enter(work, clerk)
    record = json.loads(json.dumps(hold(work)))
    lies = {"numbers": [[5], [1], [3]], "drawn_at": record["frozen_at"], "issue": "2026050", "game": "pl3"}
    if what == "text":
        record["randomness"] = record["randomness"].replace("5./", "4./")
    else:
        record["public"][0][what] = lies[what]
    assert verify_draw(record) != []
