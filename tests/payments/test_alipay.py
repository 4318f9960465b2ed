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
from hypothesis import given
from hypothesis import strategies as st

from marketplace.kernel.clock import system_clock
from marketplace.kernel.money import Fen
from marketplace.payments.gateways import wire
from marketplace.payments.gateways.alipay import AlipayGateway
from marketplace.payments.gateways.sandbox import sandbox_access
from marketplace.payments.ports import Gateway, Observation, Outcome
from marketplace.payments.sandbox import start_sandbox
from tests.payments.paying import PAYEE, moved, prepared, soon


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


def test_a_transfer_moves_money_once_however_often_it_is_sent(play, gateway):
    command = prepared(gateway, "ONCE-1")
    answers = [gateway.send(command, deadline=soon()) for _ in range(3)]
    assert {answer.outcome for answer in answers} == {Outcome.SUCCEEDED}
    assert moved(play, "ONCE-1") == [123_450]
    assert gateway.query(command, deadline=soon()).amount == 123_450


def test_other_facts_under_a_used_number_never_succeed(play, gateway):
    gateway.send(prepared(gateway, "ONCE-2"), deadline=soon())
    assert gateway.send(prepared(gateway, "ONCE-2", 999), deadline=soon()).outcome is Outcome.UNKNOWN
    assert gateway.query(prepared(gateway, "ONCE-2", 999), deadline=soon()).outcome is Outcome.UNKNOWN
    assert moved(play, "ONCE-2") == [123_450]


@pytest.mark.parametrize("fault", ["system_error_done", "bad_gateway", "dropped"])
def test_a_lost_answer_is_unknown_and_a_query_finds_the_truth(play, gateway, fault):
    command = prepared(gateway, f"LOST-{fault}")
    play.fault(fault)
    assert gateway.send(command, deadline=soon()).outcome is Outcome.UNKNOWN
    assert gateway.query(command, deadline=soon()).outcome is Outcome.SUCCEEDED


@pytest.mark.parametrize("fault", ["system_error_not_done", "bad_gateway_not_done"])
def test_an_unknown_that_did_nothing_is_not_found(play, gateway, fault):
    command = prepared(gateway, f"NONE-{fault}")
    play.fault(fault)
    assert gateway.send(command, deadline=soon()).outcome is Outcome.UNKNOWN
    assert gateway.query(command, deadline=soon()).outcome is Outcome.NOT_FOUND
    assert moved(play, command.number) == []


def test_a_hanging_gateway_is_left_at_the_deadline(play, gateway):
    command = prepared(gateway, "HANG-1")
    play.fault("hang", value="12")
    started = time.monotonic()
    assert gateway.send(command, deadline=soon(3)).outcome is Outcome.UNKNOWN
    assert time.monotonic() - started < 11
    assert gateway.query(command, deadline=soon()).outcome is Outcome.SUCCEEDED


@pytest.mark.parametrize("fault", ["unsigned", "other_number", "other_wrapper"])
def test_an_answer_that_is_not_ours_is_unknown(play, gateway, fault):
    play.fault(fault)
    assert gateway.send(prepared(gateway, f"ODD-{fault}"), deadline=soon()).outcome is Outcome.UNKNOWN


def test_a_listed_refusal_is_a_refusal(play, gateway):
    play.refuse(PAYEE.account, "PAYEE_ACCOUNT_STATUS_ERROR")
    try:
        said = gateway.send(prepared(gateway, "NO-1"), deadline=soon())
    finally:
        play.refuse(PAYEE.account, "")
    assert (said.outcome, said.code) == (Outcome.REFUSED, "PAYEE_ACCOUNT_STATUS_ERROR")
    assert moved(play, "NO-1") == []


def test_a_wrong_key_is_refused_by_the_far_side(play, gateway, tmp_path):
    other = start_sandbox(tmp_path / "other")
    other.stop()
    stranger = replace(gateway.credentials, private_key=sandbox_access(other.folder).credentials.private_key)
    wrong = AlipayGateway(lambda: replace(gateway.access(), credentials=stranger), system_clock)
    assert wrong.send(prepared(gateway, "KEY-1"), deadline=soon()).code == "isv.invalid-signature"
    assert moved(play, "KEY-1") == []


def test_nobody_at_home_is_not_sent(play, gateway):
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{held.getsockname()[1]}/gateway.do"
        alone = AlipayGateway(lambda: replace(gateway.access(), url=url), system_clock)
        assert alone.send(prepared(gateway, "HOME-1"), deadline=soon(1)).outcome is Outcome.NOT_SENT


def test_a_deadline_that_has_passed_lets_no_byte_leave(play, gateway):
    assert gateway.send(prepared(gateway, "LATE-1"), deadline=time.monotonic() - 1).outcome is Outcome.NOT_SENT
    assert moved(play, "LATE-1") == []


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
        for _ in range(240):
            link.sendall(b"x")
            time.sleep(0.05)

    started = time.monotonic()
    with far_side(drip) as url:
        assert send_to(gateway, url, 3).outcome is Outcome.UNKNOWN
        assert time.monotonic() - started < 11


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


def test_a_notice_is_read_and_any_changed_byte_is_refused(play, gateway):
    gateway.send(prepared(gateway, "BACK-1"), deadline=soon())
    body = play.finish("BACK-1", "REFUND")["notice"].encode()
    notice_id, fact = gateway.parse_notice({}, body)
    assert (fact.number, fact.outcome, fact.amount) == ("BACK-1", Outcome.RETURNED, 123_450)
    assert notice_id
    signed = dict(parse_qsl(body.decode()))
    for name, value in signed.items():
        if name != "sign_type":
            with pytest.raises(ValueError):
                gateway.parse_notice({}, urlencode(signed | {name: value + "1"}).encode())


def test_nothing_personal_or_secret_is_logged(play, gateway, caplog):
    caplog.set_level(logging.DEBUG)
    play.fault("system_error_done")
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
