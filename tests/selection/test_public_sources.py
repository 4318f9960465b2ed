"""Public sources of a draw: lottery numbers entered by two, and the rounds of a beacon."""

import hashlib
import json
import sys
from datetime import timedelta

import pytest

from marketplace.audit import verifier
from marketplace.audit.verifier import drand_holds
from marketplace.selection import ceremony, errors, queries
from marketplace.selection.rules import MISSED, verify_draw
from marketplace.selection.sources import beacon
from tests.selection.ceremonies import NUMBER, clerks, commit, hold, types_of


def enter(work, clerk, **over):
    given = {"issue": "2026031", "drawn_at": None, "numbers": "12 5 33 / 7", **over}
    with work(clerk) as ctx:
        given["drawn_at"] = given["drawn_at"] or ctx.now
        ceremony.enter_numbers(ctx, NUMBER, source="lottery", **given)


def test_lottery_numbers_count_when_two_people_entered_the_same(work, clock):
    commit(work, "lottery")
    assert hold(work) == "公开开奖号码"
    one, two = clerks(work)
    clock.advance(minutes=5)
    with work() as ctx:
        drawn = ctx.now
    enter(work, one, drawn_at=drawn)
    assert hold(work) == "公开开奖号码"
    with pytest.raises(errors.EntryDoubled):
        enter(work, one, drawn_at=drawn)
    enter(work, two, drawn_at=drawn, numbers=[[33, 5, 12], [7]])
    record = hold(work)
    assert verify_draw(record) == []
    assert record["randomness"].endswith("/5.12.33./7./")


def test_entries_that_differ_do_not_count_until_a_third_person_agrees_with_one(work, clock):
    commit(work, "lottery")
    hold(work)
    clock.advance(minutes=5)
    with work() as ctx:
        drawn = ctx.now
    one, two, three = clerks(work, 3)
    enter(work, one, drawn_at=drawn)
    enter(work, two, drawn_at=drawn, numbers="12 5 34 / 7")
    assert hold(work) == "公开开奖号码"
    enter(work, three, drawn_at=drawn)
    assert hold(work)["public"][0]["numbers"] == [[5, 12, 33], [7]]


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"drawn_at": timedelta(0)}, errors.EntryTooEarly),
        ({"drawn_at": timedelta(minutes=6)}, errors.EntryTooEarly),
        ({"issue": "第31期"}, errors.EntryUnfit),
        ({"numbers": "12 五"}, errors.EntryUnfit),
        ({"numbers": "100 / 7"}, errors.EntryUnfit),
        ({"numbers": " / 7"}, errors.EntryUnfit),
        ({"numbers": None}, errors.EntryUnfit),
    ],
)
def test_numbers_drawn_before_the_freezing_or_not_yet_or_misread_are_refused(work, clock, given, error):
    commit(work, "lottery")
    hold(work)
    with work() as ctx:
        frozen_at = queries.pool_or_none(ctx, NUMBER).frozen_at
    clock.advance(minutes=5)
    if "drawn_at" in given:
        given = {"drawn_at": frozen_at + given["drawn_at"]}
    with pytest.raises(error):
        enter(work, clerks(work, 1)[0], **given)


def test_a_source_that_nobody_enters_in_time_is_left_out_by_rule_and_is_an_incident(work, clock):
    commit(work, "lottery")
    hold(work)
    clock.advance(minutes=60)
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


@pytest.mark.parametrize("what", ["numbers", "drawn_at", "text"])
def test_a_changed_public_number_is_found(work, clock, what):
    commit(work, "lottery")
    hold(work)
    clock.advance(minutes=5)
    with work() as ctx:
        drawn = ctx.now
    for clerk in clerks(work):
        enter(work, clerk, drawn_at=drawn)
    record = json.loads(json.dumps(hold(work)))
    if what == "text":
        record["randomness"] = record["randomness"].replace("33.", "32.")
    else:
        record["public"][0][what] = {"numbers": [[5, 12, 32], [7]], "drawn_at": record["frozen_at"]}[what]
    assert verify_draw(record) != []
