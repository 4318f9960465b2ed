"""The offline verifier: signatures by RFC 8032, receipts, heads, draws, and its verdict as an exit code."""

import json
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.signing import SigningKey

from marketplace.audit import verifier
from marketplace.kernel import draw as kernel_draw
from marketplace.kernel.events import canonical

# RFC 8032, 7.1: TEST 1, 2, 3 (public key, message, signature).
RFC_8032 = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]
KEY = SigningKey(bytes(range(32)))
ORDER = 2**252 + 27742317777372353535851937790883648493


def signed(body):
    body = {**body, "public_key": bytes(KEY.verify_key).hex()}
    return {**body, "signature": KEY.sign(canonical(body)).signature.hex()}


def a_draw(**over):
    seeds = {"operator": "11" * 32, "regulator": "22" * 32}
    commitments = {name: verifier.hashlib.sha256(bytes.fromhex(seed)).hexdigest() for name, seed in seeds.items()}
    pool = sorted(f"9132020000000{n}/CG-2026-000001" for n in range(4))
    pool_hash = verifier.hashlib.sha256("\n".join(pool).encode()).hexdigest()
    randomness = f"{seeds['regulator']}.{pool_hash}/"
    order = kernel_draw.rank(bytes.fromhex(seeds["operator"]), randomness, pool)
    record = {
        "algorithm": "hkdf-sha256-order",
        "tender": "CG-2026-000001",
        "salt": seeds["operator"],
        "randomness": randomness,
        "commitments": commitments,
        "seeds": seeds,
        "pool": pool,
        "pool_hash": pool_hash,
        "order": order,
    }
    return {**record, **over}


@pytest.mark.parametrize(("key", "message", "signature"), RFC_8032)
def test_the_signatures_of_rfc_8032_hold(key, message, signature):
    assert verifier.ed25519_holds(bytes.fromhex(key), bytes.fromhex(message), bytes.fromhex(signature))
    assert not verifier.ed25519_holds(bytes.fromhex(key), bytes.fromhex(message) + b"!", bytes.fromhex(signature))


@given(st.binary(max_size=80), st.integers(0, 511))
def test_a_signature_by_another_library_holds_and_one_flipped_bit_breaks_it(message, bit):
    signature = KEY.sign(message).signature
    flipped = bytearray(signature)
    flipped[bit // 8] ^= 1 << bit % 8
    public = bytes(KEY.verify_key)
    assert verifier.ed25519_holds(public, message, signature)
    assert not verifier.ed25519_holds(public, message, bytes(flipped))


def test_a_signature_with_a_scalar_beyond_the_order_is_refused():
    signature = KEY.sign(b"x").signature
    scalar = int.from_bytes(signature[32:], "little") + ORDER
    again = signature[:32] + scalar.to_bytes(32, "little")
    assert not verifier.ed25519_holds(bytes(KEY.verify_key), b"x", again)


@pytest.mark.parametrize("key", [b"", bytes(31), b"\xff" * 32, bytes(33)])
def test_a_malformed_key_never_verifies(key):
    assert not verifier.ed25519_holds(key, b"x", KEY.sign(b"x").signature)


def test_the_canonical_form_is_the_one_of_the_event_log():
    value = {"乙": [1, None, True], "a": {"z": "造价", "b": -3}}
    assert verifier.canonical(value) == canonical(value)


def test_a_number_with_a_fraction_is_refused():
    for text in ('{"a": 1.5}', '{"a": NaN}', '{"a": 1e3}'):
        with pytest.raises(ValueError, match="int"):
            verifier.read(text)


def test_a_receipt_with_its_event_holds_and_an_edited_event_does_not():
    event = {"id": "1", "data": {"digest": "ab"}}
    leaf = verifier.hash_leaf(canonical(event)).hex()
    receipt = signed({"leaf": leaf, "at": "2026-03-02T01:00:00+00:00", "event": event})
    assert verifier.check_document({"receipt": receipt}) == {"receipt": []}
    assert verifier.check_document(receipt) == {"receipt": []}
    other = signed({"leaf": leaf, "event": {**event, "id": "2"}})
    assert verifier.check_document(other) == {"receipt": [verifier.BAD_LEAF]}
    assert verifier.check_document({**receipt, "at": "2026-03-03"}) == {"receipt": [verifier.BAD_SIGNATURE]}


def test_a_receipt_signed_by_someone_else_is_refused_when_the_key_is_given():
    receipt = signed({"leaf": "00" * 32})
    assert verifier.check_document(receipt, key="ab" * 32) == {"receipt": [verifier.BAD_KEY]}
    assert verifier.check_document(receipt, key=receipt["public_key"]) == {"receipt": []}


def test_a_proof_that_belongs_to_another_head_is_noticed():
    leaf = verifier.hash_leaf(b"x").hex()
    proof = {"leaf": leaf, "index": 0, "size": 1, "path": [], "root": leaf}
    head = signed({"size": 1, "root": leaf, "at": "2026-03-02T01:00:00+00:00"})
    assert verifier.check_document({"inclusion": proof, "head": head}) == {"inclusion": [], "head": []}
    foreign = signed({"size": 1, "root": "00" * 32, "at": "2026-03-02T01:00:00+00:00"})
    assert verifier.check_document({"inclusion": proof, "head": foreign})["inclusion"] == [verifier.BAD_ROOT]
    receipt = signed({"leaf": "11" * 32})
    assert verifier.check_document({"receipt": receipt, "inclusion": proof})["inclusion"] == [verifier.BAD_LEAF]


def test_a_sound_draw_holds():
    assert verifier.check_document(a_draw()) == {"draw": []}


@pytest.mark.parametrize(
    ("over", "problem"),
    [
        ({"algorithm": "rfc3797"}, verifier.BAD_ALGORITHM),
        ({"seeds": {"operator": "11" * 32, "regulator": "23" * 32}}, verifier.BAD_COMMITMENT),
        ({"salt": "12" * 32}, verifier.BAD_RANDOMNESS),
        ({"pool_hash": "00" * 32}, verifier.BAD_POOL),
        ({"tender": "CG-2026-000002"}, verifier.BAD_POOL),
        ({"order": []}, verifier.BAD_RANKING),
    ],
)
def test_a_draw_with_one_thing_changed_is_refused(over, problem):
    assert problem in verifier.check_document(a_draw(**over))["draw"]


def test_a_withheld_seed_is_told_and_its_commitment_stands_in():
    record = a_draw()
    assert verifier.WITHHELD in verifier.check_draw({**record, "withheld": ["regulator"]})


def test_the_draw_equals_the_market_s_own_check():
    from marketplace.selection.rules import verify_draw

    for record in (a_draw(), a_draw(order=[]), a_draw(salt="12" * 32), a_draw(tender="X")):
        assert bool(verifier.check_draw(record)) == bool(verify_draw(record))


@pytest.mark.parametrize(
    "document",
    [
        {"receipt": {}},
        {"head": {"public_key": "zz", "signature": ""}},
        {"inclusion": {"leaf": 3}},
        {"draw": {"algorithm": "hkdf-sha256-order"}},
        {"consistency": {"first": [], "second": 1}},
    ],
)
def test_a_broken_part_is_reported_and_never_raises(document):
    assert list(verifier.check_document(document).values()) == [[verifier.BAD_SHAPE]]


@pytest.mark.parametrize("document", [None, [], 3, {}, {"hello": 1}])
def test_what_is_no_proof_is_not_called_good(document):
    assert verifier.check_document(document) == {}


def test_the_file_runs_alone_without_the_package(tmp_path):
    good, bad, empty = tmp_path / "good.json", tmp_path / "bad.json", tmp_path / "empty.json"
    good.write_text(json.dumps(a_draw()))
    bad.write_text(json.dumps(a_draw(order=[])))
    empty.write_text("{}")
    alone = [sys.executable, "-I", "-S", verifier.__file__]
    codes = [
        subprocess.run([*alone, str(path)], cwd=tmp_path, check=False, capture_output=True)
        for path in (good, bad, empty)
    ]
    assert [run.returncode for run in codes] == [0, 1, 2]
    assert "重新计算的排序" in codes[1].stdout.decode()


def test_a_missing_file_or_argument_ends_with_two(tmp_path, capsys):
    assert verifier.main([]) == 2
    assert verifier.main([str(tmp_path / "none.json")]) == 2
    assert "python verifier.py FILE.json" in capsys.readouterr().out


def test_the_key_option_demands_a_key(tmp_path):
    path = tmp_path / "receipt.json"
    path.write_text(json.dumps(signed({"leaf": "00" * 32})))
    assert verifier.main([str(path)]) == 0
    assert verifier.main([str(path), "--key", "ab" * 32]) == 1
