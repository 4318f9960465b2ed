"""The Alipay adapter against the sandbox, over real loopback HTTP, and against a hostile far side."""

import json
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.kernel.clock import system_clock
from marketplace.kernel.money import Fen
from marketplace.payments.gateways import wire
from marketplace.payments.gateways.alipay import AlipayGateway
from marketplace.payments.gateways.sandbox import sandbox_access, sandbox_gateway
from marketplace.payments.ports import Gateway, Observation, Outcome, Payee, Prepared
from marketplace.payments.sandbox import Sandbox, start_sandbox
from marketplace.payments.sandbox.signing import Signer

PAYEE = Payee("bank_account", "6222020001112223334", "江苏诚达咨询有限公司", "中国工商银行南京城北支行")
WRAPPER = "alipay_fund_trans_uni_transfer_response"


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory) -> Iterator[Sandbox]:
    running = start_sandbox(tmp_path_factory.mktemp("play") / "sandbox")
    yield running
    running.stop()


@pytest.fixture(scope="module")
def gateway(sandbox) -> AlipayGateway:
    return sandbox_gateway({"MARKETPLACE_SANDBOX": sandbox.folder}, system_clock)


def soon(seconds: float = 5.0) -> float:
    return time.monotonic() + seconds


def prepared(gateway: Gateway, number: str, amount: int = 123_450) -> Prepared:
    return gateway.prepare_transfer(number, Fen(amount), PAYEE, "环境影响评价服务费", "合同HT-2026-000001")


def moved(sandbox: Sandbox, number: str) -> list[int]:
    return [row["amount_fen"] for row in sandbox.moved() if row["number"] == number]


def test_preparing_is_pure_and_needs_no_keys():
    def no_access():
        raise AssertionError("keys were touched")

    blind = AlipayGateway(no_access, system_clock)
    assert prepared(blind, "P-1").digest == prepared(blind, "P-1").digest
    assert prepared(blind, "P-1").digest != prepared(blind, "P-2").digest
    assert isinstance(blind, Gateway)


def test_the_sdk_spells_the_message(gateway):
    content = json.loads(prepared(gateway, "P-1").payload)
    assert content["trans_amount"] == "1234.50"
    assert content["product_code"] == "TRANS_BANKCARD_NO_PWD"
    assert content["payee_info"]["bankcard_ext_info"]["inst_name"] == PAYEE.bank_name


def test_our_signature_is_the_one_the_sdk_would_check(gateway):
    from alipay.aop.api.util.SignatureUtils import get_sign_content, verify_with_rsa

    common, business = gateway._parameters("alipay.fund.trans.uni.transfer", '{"a":"1"}')
    params = {**common, **business}
    signature = params.pop("sign")
    public = (sandbox_access_folder(gateway) / "app_public_key.pem").read_text()
    assert verify_with_rsa(public, get_sign_content(params).encode(), signature)


def sandbox_access_folder(gateway: AlipayGateway) -> Path:
    return Path(gateway.access.__closure__[0].cell_contents["MARKETPLACE_SANDBOX"])


@pytest.mark.parametrize(
    "facts",
    [{"amount": 9}, {"amount": 10**11}, {"number": ""}, {"number": "x" * 65}, {"title": "题" * 129}, {"remark": ""}],
)
def test_what_alipay_would_never_take_is_not_prepared(gateway, facts):
    given_ = {"number": "P-1", "amount": 5_000_000, "title": "服务费", "remark": "合同"} | facts
    with pytest.raises(ValueError):
        gateway.prepare_transfer(given_["number"], Fen(given_["amount"]), PAYEE, given_["title"], given_["remark"])


def test_a_transfer_moves_money_once_however_often_it_is_sent(sandbox, gateway):
    command = prepared(gateway, "ONCE-1")
    answers = [gateway.send(command, deadline=soon()) for _ in range(3)]
    assert {answer.outcome for answer in answers} == {Outcome.SUCCEEDED}
    assert moved(sandbox, "ONCE-1") == [123_450]
    assert gateway.query(command, deadline=soon()).amount == 123_450


def test_other_facts_under_a_used_number_never_succeed(sandbox, gateway):
    gateway.send(prepared(gateway, "ONCE-2"), deadline=soon())
    assert gateway.send(prepared(gateway, "ONCE-2", 999), deadline=soon()).outcome is Outcome.UNKNOWN
    assert gateway.query(prepared(gateway, "ONCE-2", 999), deadline=soon()).outcome is Outcome.UNKNOWN
    assert moved(sandbox, "ONCE-2") == [123_450]


@pytest.mark.parametrize("fault", ["system_error_done", "bad_gateway", "dropped"])
def test_a_lost_answer_is_unknown_and_a_query_finds_the_truth(sandbox, gateway, fault):
    command = prepared(gateway, f"LOST-{fault}")
    sandbox.fault(fault)
    assert gateway.send(command, deadline=soon()).outcome is Outcome.UNKNOWN
    assert gateway.query(command, deadline=soon()).outcome is Outcome.SUCCEEDED


@pytest.mark.parametrize("fault", ["system_error_not_done", "bad_gateway_not_done"])
def test_an_unknown_that_did_nothing_is_not_found(sandbox, gateway, fault):
    command = prepared(gateway, f"NONE-{fault}")
    sandbox.fault(fault)
    assert gateway.send(command, deadline=soon()).outcome is Outcome.UNKNOWN
    assert gateway.query(command, deadline=soon()).outcome is Outcome.NOT_FOUND
    assert moved(sandbox, command.number) == []


def test_a_hanging_gateway_is_left_at_the_deadline(sandbox, gateway):
    command = prepared(gateway, "HANG-1")
    sandbox.fault("hang", value="1.5")
    started = time.monotonic()
    assert gateway.send(command, deadline=soon(0.4)).outcome is Outcome.UNKNOWN
    assert time.monotonic() - started < 1.2
    assert gateway.query(command, deadline=soon()).outcome is Outcome.SUCCEEDED


@pytest.mark.parametrize("fault", ["unsigned", "other_number", "other_wrapper"])
def test_an_answer_that_is_not_ours_is_unknown(sandbox, gateway, fault):
    sandbox.fault(fault)
    assert gateway.send(prepared(gateway, f"ODD-{fault}"), deadline=soon()).outcome is Outcome.UNKNOWN


def test_a_listed_refusal_is_a_refusal(sandbox, gateway):
    sandbox.refuse(PAYEE.account, "PAYEE_ACCOUNT_STATUS_ERROR")
    try:
        said = gateway.send(prepared(gateway, "NO-1"), deadline=soon())
    finally:
        sandbox.refuse(PAYEE.account, "")
    assert (said.outcome, said.code) == (Outcome.REFUSED, "PAYEE_ACCOUNT_STATUS_ERROR")
    assert moved(sandbox, "NO-1") == []


def test_certificate_mode_answers_are_read(sandbox, gateway):
    sandbox.set(certificate_mode="on")
    try:
        assert gateway.send(prepared(gateway, "CERT-1"), deadline=soon()).outcome is Outcome.SUCCEEDED
        other = replace(gateway.credentials, alipay_cert_sn="another")
        strict = AlipayGateway(lambda: replace(gateway.access(), credentials=other), system_clock)
        assert strict.query(prepared(gateway, "CERT-1"), deadline=soon()).outcome is Outcome.UNKNOWN
    finally:
        sandbox.set(certificate_mode="off")


def test_a_wrong_key_is_refused_by_the_far_side(sandbox, gateway, tmp_path):
    other = start_sandbox(tmp_path / "other")
    other.stop()
    stranger = replace(gateway.credentials, private_key=sandbox_access(other.folder).credentials.private_key)
    wrong = AlipayGateway(lambda: replace(gateway.access(), credentials=stranger), system_clock)
    assert wrong.send(prepared(gateway, "KEY-1"), deadline=soon()).code == "isv.invalid-signature"
    assert moved(sandbox, "KEY-1") == []


def test_nobody_at_home_is_not_sent(sandbox, gateway):
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{held.getsockname()[1]}/gateway.do"
        alone = AlipayGateway(lambda: replace(gateway.access(), url=url), system_clock)
        assert alone.send(prepared(gateway, "HOME-1"), deadline=soon(1)).outcome is Outcome.NOT_SENT


def test_a_deadline_that_has_passed_lets_no_byte_leave(sandbox, gateway):
    assert gateway.send(prepared(gateway, "LATE-1"), deadline=time.monotonic() - 1).outcome is Outcome.NOT_SENT
    assert moved(sandbox, "LATE-1") == []


@pytest.mark.parametrize("url", ["http://pay.example/gateway.do", "ftp://127.0.0.1/", "https:///x"])
def test_an_unsafe_address_is_never_called(gateway, url):
    unsafe = AlipayGateway(lambda: replace(gateway.access(), url=url), system_clock)
    assert unsafe.send(prepared(gateway, "URL-1"), deadline=soon()).outcome is Outcome.NOT_SENT


@contextmanager
def far_side(act: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that takes one connection, reads the request and then does as it likes."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            link, _ = server.accept()
            with link:
                link.recv(65536)
                try:
                    act(link)
                except OSError:
                    return

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/gateway.do"
        thread.join(5)


def send_to(gateway: AlipayGateway, url: str, seconds: float = 2) -> Observation:
    there = AlipayGateway(lambda: replace(gateway.access(), url=url), system_clock)
    return there.send(prepared(gateway, "FAR-1"), deadline=soon(seconds))


def test_dripping_bytes_buy_no_time(gateway):
    def drip(link: socket.socket) -> None:
        link.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(40):
            link.sendall(b"x")
            time.sleep(0.05)

    started = time.monotonic()
    with far_side(drip) as url:
        assert send_to(gateway, url, 0.5).outcome is Outcome.UNKNOWN
        assert time.monotonic() - started < 1.2


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00\xff\x00",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 999999 \r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n\xff\xfe\xfd",
        b"HTTP/1.1 200 OK\r\n\r\n" + b"[" * 100_000,
        b"HTTP/1.1 200 OK\r\n\r\n{" + b'"a":{' * 50_000,
        b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * (wire.ANSWER_LIMIT + 10),
    ],
)
def test_no_bytes_of_the_far_side_raise_or_settle_anything(gateway, raw):
    with far_side(lambda link: link.sendall(raw)) as url:
        assert send_to(gateway, url).outcome is Outcome.UNKNOWN


def sealed(sandbox: Sandbox, number: str = "V-1") -> str:
    facts = {"code": "10000", "msg": "Success", "order_id": "1", "out_biz_no": number, "status": "SUCCESS"}
    return Signer(sandbox.folder).seal(WRAPPER, facts)


def judge(gateway: AlipayGateway, body: bytes) -> Outcome:
    """What the adapter concludes from an answer, without the wire."""
    from unittest import mock

    with mock.patch.object(wire, "post", return_value=wire.Reply(sent=True, status=200, body=body)):
        return gateway.send(prepared(gateway, "V-1"), deadline=soon()).outcome


def test_the_untouched_answer_succeeds(sandbox, gateway):
    assert judge(gateway, sealed(sandbox).encode()) is Outcome.SUCCEEDED


def test_any_flipped_byte_makes_the_answer_unknown(sandbox, gateway):
    answer = sealed(sandbox).encode()
    for place in range(len(answer)):
        for bit in (0, 5):
            changed = bytearray(answer)
            changed[place] ^= 1 << bit
            assert judge(gateway, bytes(changed)) is Outcome.UNKNOWN, (place, bit)


def test_the_order_of_the_top_level_names_does_not_matter(sandbox, gateway):
    members = wire.top_level(sealed(sandbox))
    turned = "{" + ",".join(f'"{name}" : {members[name][0]}' for name in ("sign", WRAPPER)) + "}"
    assert judge(gateway, turned.encode()) is Outcome.SUCCEEDED


@pytest.mark.parametrize("extra", ['"sign":"x"', '"error_response":{"code":"10000"}', '"more":1'])
def test_a_second_or_strange_member_is_refused(sandbox, gateway, extra):
    assert judge(gateway, (sealed(sandbox)[:-1] + "," + extra + "}").encode()) is Outcome.UNKNOWN


def test_a_sha1_signature_is_refused(sandbox, gateway):
    import base64

    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    text = wire.top_level(sealed(sandbox))[WRAPPER][0]
    weak = Signer(sandbox.folder)._private.sign(text.encode(), padding.PKCS1v15(), hashes.SHA1())
    answer = f'{{"{WRAPPER}":{text},"sign":"{base64.b64encode(weak).decode()}"}}'
    assert judge(gateway, answer.encode()) is Outcome.UNKNOWN


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_random_answers_are_unknown(gateway_for_fuzz, body):
    assert judge(gateway_for_fuzz, body) is Outcome.UNKNOWN


@pytest.fixture(scope="module")
def gateway_for_fuzz(gateway):
    return gateway


@settings(max_examples=200, deadline=None)
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
def test_signed_nonsense_never_settles_anything(sandbox_for_fuzz, gateway_for_fuzz, facts):
    answer = Signer(sandbox_for_fuzz.folder).seal(WRAPPER, facts).encode()
    assert judge(gateway_for_fuzz, answer) in {Outcome.UNKNOWN, Outcome.ACCEPTED, Outcome.REFUSED}


@pytest.fixture(scope="module")
def sandbox_for_fuzz(sandbox):
    return sandbox


def test_a_notice_is_read_and_any_changed_byte_is_refused(sandbox, gateway):
    gateway.send(prepared(gateway, "BACK-1"), deadline=soon())
    body = sandbox.finish("BACK-1", "REFUND")["notice"].encode()
    notice_id, fact = gateway.parse_notice(body)
    assert (fact.number, fact.outcome, fact.amount) == ("BACK-1", Outcome.RETURNED, 123_450)
    assert notice_id
    signed = dict(parse_qsl(body.decode()))
    for name, value in signed.items():
        if name != "sign_type":
            with pytest.raises(ValueError):
                gateway.parse_notice(urlencode(signed | {name: value + "1"}).encode())


def test_nothing_personal_or_secret_is_logged(sandbox, gateway, caplog):
    caplog.set_level(logging.DEBUG)
    sandbox.fault("system_error_done")
    gateway.send(prepared(gateway, "LOG-1"), deadline=soon())
    gateway.query(prepared(gateway, "LOG-1"), deadline=soon())
    assert PAYEE.account not in caplog.text
    assert PAYEE.name not in caplog.text
    assert "sign=" not in caplog.text


@given(st.integers(0, 10**12))
def test_amounts_go_to_the_wire_and_back(fen):
    assert wire.text_fen(wire.fen_text(Fen(fen))) == fen


@pytest.mark.parametrize("text", ["", "1.234", "-1", "1,000.00", "１", "1e3", " 1", "1.", None, 1.0])
def test_other_texts_are_not_amounts(text):
    with pytest.raises(ValueError):
        wire.text_fen(text)
