"""The judge of answers: only an untouched, ours, signed answer settles anything."""

import base64
from functools import cache
from unittest import mock

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.payments.gateways import wire
from marketplace.payments.gateways.alipay import AlipayGateway
from marketplace.payments.ports import Outcome
from marketplace.payments.sandbox import Sandbox
from marketplace.payments.sandbox.signing import Signer
from tests.payments.paying import WRAPPER, prepared, soon


@cache
def signer(folder):
    """The provider's pen: to read and check its key takes longer than to sign."""
    return Signer(folder)


def sealed(play: Sandbox, number: str = "V-1") -> str:
    facts = {"code": "10000", "msg": "Success", "order_id": "1", "out_biz_no": number, "status": "SUCCESS"}
    return signer(play.folder).seal(WRAPPER, facts)


def judge(gateway: AlipayGateway, body: bytes) -> Outcome:
    """What the adapter concludes from an answer, without the wire."""

    with mock.patch.object(wire, "post", return_value=wire.Reply(sent=True, status=200, body=body)):
        return gateway.send(prepared(gateway, "V-1"), deadline=soon()).outcome


def test_the_untouched_answer_succeeds(play, gateway):
    assert judge(gateway, sealed(play).encode()) is Outcome.SUCCEEDED


def test_any_flipped_byte_makes_the_answer_unknown(play, gateway):
    answer = sealed(play).encode()
    for place in range(len(answer)):
        for bit in (0, 5):
            changed = bytearray(answer)
            changed[place] ^= 1 << bit
            assert judge(gateway, bytes(changed)) is Outcome.UNKNOWN, (place, bit)


def test_the_order_of_the_top_level_names_does_not_matter(play, gateway):
    members = wire.top_level(sealed(play))
    turned = "{" + ",".join(f'"{name}" : {members[name][0]}' for name in ("sign", WRAPPER)) + "}"
    assert judge(gateway, turned.encode()) is Outcome.SUCCEEDED


@pytest.mark.parametrize("extra", ['"sign":"x"', '"error_response":{"code":"10000"}', '"more":1'])
def test_a_second_or_strange_member_is_refused(play, gateway, extra):
    assert judge(gateway, (sealed(play)[:-1] + "," + extra + "}").encode()) is Outcome.UNKNOWN


def test_a_sha1_signature_is_refused(play, gateway):

    text = wire.top_level(sealed(play))[WRAPPER][0]
    weak = signer(play.folder)._private.sign(text.encode(), padding.PKCS1v15(), hashes.SHA1())
    answer = f'{{"{WRAPPER}":{text},"sign":"{base64.b64encode(weak).decode()}"}}'
    assert judge(gateway, answer.encode()) is Outcome.UNKNOWN


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_random_answers_are_unknown(gateway, body):
    assert judge(gateway, body) is Outcome.UNKNOWN


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["code", "status", "out_biz_no", "trans_amount", "sub_code"]),
        st.one_of(
            st.none(),
            st.integers(),
            st.booleans(),
            st.text(max_size=20),
            st.lists(st.text(max_size=3), max_size=2),
        ),
    )
)
def test_signed_nonsense_never_settles_anything(play, gateway, facts):
    answer = signer(play.folder).seal(WRAPPER, facts).encode()
    assert judge(gateway, answer) in {Outcome.UNKNOWN, Outcome.ACCEPTED, Outcome.REFUSED}
