import copy
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.audit import verifier
from marketplace.selection import rules

NUMBER = "ZJ-2026-000001"
SEEDS = {"operator": bytes(range(32)), "regulator": bytes(range(32, 64))}
COMMITMENTS = {keeper: hashlib.sha256(seed).hexdigest() for keeper, seed in SEEDS.items()}
LABELS = [rules.label_of(f"9132000000000{n:04d}X", NUMBER) for n in (11, 2, 7, 3, 5)]


def record(labels=LABELS, **over):
    return {**rules.draw_record(NUMBER, SEEDS, [], COMMITMENTS, labels), **over}


def test_an_honest_record_has_no_problems():
    assert rules.verify_draw(record()) == []


def test_the_stand_alone_verifier_agrees_with_the_rules():
    assert verifier.check_draw(record()) == []


def test_the_order_is_hkdf_expand_by_label():
    made = record()
    key = rules.rank.__globals__["extract"](bytes.fromhex(made["salt"]), made["randomness"].encode())
    place = {label: rules.rank.__globals__["expand"](key, label.encode(), 32) for label in LABELS}
    assert made["order"] == sorted(LABELS, key=place.__getitem__)


def test_the_randomness_names_the_regulators_seed_and_the_frozen_pool():
    made = record()
    assert made["randomness"] == f"{SEEDS['regulator'].hex()}.{made['pool_hash']}/"
    assert made["pool_hash"] == hashlib.sha256("\n".join(sorted(LABELS)).encode()).hexdigest()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda r: r.update(algorithm="rand"),
        lambda r: r["seeds"].update(operator="00" * 32),
        lambda r: r["seeds"].update(regulator="00" * 32),
        lambda r: r["commitments"].update(regulator="00" * 32),
        lambda r: r["commitments"].pop("regulator"),
        lambda r: r.update(salt="00" * 32),
        lambda r: r.update(randomness=r["randomness"] + " "),
        lambda r: r["pool"].append(rules.label_of("913200000000000099", NUMBER)),
        lambda r: r["pool"].pop(),
        lambda r: r["pool"].reverse(),
        lambda r: r.update(pool_hash="00" * 32),
        lambda r: r["order"].reverse(),
        lambda r: r["order"].pop(),
        lambda r: r.update(tender="ZJ-2026-000002"),
        lambda r: r.update(withheld=["operator"]),
        lambda r: r.pop("seeds"),
        lambda r: r.update(order=None),
        lambda r: r.update(salt="nothing"),
    ],
)
def test_every_tampering_with_a_record_is_found(spoil):
    spoilt = copy.deepcopy(record())
    spoil(spoilt)
    assert rules.verify_draw(spoilt)


@pytest.mark.parametrize("document", [None, [], "x", 1, {}])
def test_what_is_no_record_is_refused_without_a_crash(document):
    assert rules.verify_draw(document)


@given(st.integers(0, 4))
def test_taking_a_label_away_never_reorders_the_rest(gone):
    kept = [label for i, label in enumerate(LABELS) if i != gone]
    whole = rules.rank(SEEDS["operator"], "text", LABELS)
    assert rules.rank(SEEDS["operator"], "text", kept) == [label for label in whole if label in kept]


def test_a_withheld_seed_is_replaced_by_its_commitment_and_said_so():
    used, withheld = rules.resolve({"operator": SEEDS["operator"], "regulator": b"another"}, COMMITMENTS)
    made = rules.draw_record(NUMBER, used, withheld, COMMITMENTS, LABELS)
    assert withheld == ["regulator"]
    assert used["regulator"].hex() == COMMITMENTS["regulator"]
    assert rules.verify_draw(made) == [rules.WITHHELD.format(keeper="regulator")]


def test_both_seeds_change_the_order():
    orders = set()
    for n in range(6):
        seeds = {"operator": bytes([n]) * 32, "regulator": SEEDS["regulator"]}
        orders.add(tuple(rules.draw_record(NUMBER, seeds, [], COMMITMENTS, LABELS)["order"]))
        seeds = {"operator": SEEDS["operator"], "regulator": bytes([n]) * 32}
        orders.add(tuple(rules.draw_record(NUMBER, seeds, [], COMMITMENTS, LABELS)["order"]))
    assert len(orders) > 6


def test_problems_are_told_in_the_reader_s_words_with_whom_they_name():
    plain = rules.in_words(rules.BAD_PUBLIC.format(source="lottery"), str)
    assert plain == rules.BAD_PUBLIC.format(source="公开开奖号码")
    words = {rules.BAD_COMMITMENT: "the seed of {keeper}", "运营机构": "the operator", rules.BAD_ORDER: "another order"}
    told = [
        rules.in_words(text, words.__getitem__)
        for text in (rules.BAD_COMMITMENT.format(keeper="operator"), rules.BAD_ORDER)
    ]
    assert told == ["the seed of the operator", "another order"]
