"""The wire, byte by byte: requests, answers and notices as files, in key mode and in certificate mode.

Keys and certificates of these files were made for them alone. `MARKETPLACE_WRITE_GOLDEN=1` writes them anew.
"""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from unittest import mock
from urllib.parse import urlencode

import pytest

from marketplace.kernel.money import Fen
from marketplace.payments.gateways import wire
from marketplace.payments.gateways.alipay import Access, AlipayGateway, certificate_mode, key_mode
from marketplace.payments.ports import Outcome, Payee
from marketplace.payments.sandbox.papers import APP_CERT, PROVIDER_CERT, ROOT_CERT
from marketplace.payments.sandbox.signing import APP_ID, APP_PRIVATE, PROVIDER_PUBLIC, Signer, make_keys
from tests.payments.paying import soon

GOLDEN = Path(__file__).parent / "golden"
KEYS = GOLDEN / "keys"
AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
BANK = Payee("bank_account", "6222020001112223334", "江苏诚达咨询有限公司", "中国工商银行南京城北支行")
ALIPAY = Payee("alipay_logon_id", "pay@example.com", "江苏诚达咨询有限公司")
NUMBER, AMOUNT = "ZF-2026-000001-A1B2C3", Fen(123_450)
SENT = {"order_id": "20260302110070000006910000000001", "out_biz_no": NUMBER, "pay_fund_order_id": "2026030200000001"}
ANSWERS = {
    "send-paid": ("send", {"code": "10000", "msg": "Success", **SENT, "status": "SUCCESS", "trans_date": "2026-03-02 09:00:01"}),
    "send-dealing": ("send", {"code": "10000", "msg": "Success", **SENT, "status": "DEALING"}),
    "send-refused": ("send", {"code": "40004", "msg": "Business Failed", "sub_code": "PAYEE_NOT_EXIST", "sub_msg": "收款账号不存在"}),
    "send-unknown": ("send", {"code": "20000", "msg": "Service Currently Unavailable", "sub_code": "isp.unknow-error"}),
    "query-paid": ("query", {"code": "10000", "msg": "Success", **SENT, "status": "SUCCESS", "trans_amount": "1234.50", "pay_date": "2026-03-02 09:00:01", "order_fee": "0.00"}),
    "query-returned": ("query", {"code": "10000", "msg": "Success", **SENT, "status": "REFUND", "trans_amount": "1234.50", "error_code": "RECEIVE_ACCOUNT_ERROR", "fail_reason": "收款账户已销户"}),
    "query-not-found": ("query", {"code": "40004", "msg": "Business Failed", "sub_code": "ORDER_NOT_EXIST", "sub_msg": "转账订单不存在"}),
}  # fmt: skip
MEANS = {
    "send-paid": Outcome.SUCCEEDED,
    "send-dealing": Outcome.ACCEPTED,
    "send-refused": Outcome.REFUSED,
    "send-unknown": Outcome.UNKNOWN,
    "query-paid": Outcome.SUCCEEDED,
    "query-returned": Outcome.RETURNED,
    "query-not-found": Outcome.NOT_FOUND,
}
METHODS = {"send": "alipay_fund_trans_uni_transfer_response", "query": "alipay_fund_trans_common_query_response"}
MODES = ("key", "certificate")


def gateway(mode):
    private = (KEYS / APP_PRIVATE).read_bytes()
    if mode == "key":
        known = key_mode(APP_ID, private, (KEYS / PROVIDER_PUBLIC).read_bytes())
    else:
        pems = tuple((KEYS / name).read_bytes() for name in (APP_CERT, PROVIDER_CERT, ROOT_CERT))
        known = certificate_mode(APP_ID, private, pems, lambda: AT)
    return AlipayGateway(lambda: Access("http://127.0.0.1:1/gateway.do", known), lambda: AT)


def command(rail, payee=BANK):
    return rail.prepare_transfer(NUMBER, AMOUNT, payee, "环境影响评价服务费", "合同HT-2026-000001")


def requested(rail, act, prepared):
    """The bytes that would leave."""
    heard = []

    def post(parts, query, form, *, deadline):
        heard.append(wire._request_bytes(parts, query, form))
        return wire.Reply(sent=False, trouble="golden")

    with mock.patch.object(wire, "post", post):
        getattr(rail, act)(prepared, deadline=soon())
    return heard[0]


def hears(rail, act, body):
    with mock.patch.object(wire, "post", return_value=wire.Reply(sent=True, status=200, body=body)):
        return getattr(rail, act)(command(rail), deadline=soon())


def golden(name, made):
    """The stored bytes; written first when asked for."""
    path = GOLDEN / name
    if os.environ.get("MARKETPLACE_WRITE_GOLDEN"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(made() if callable(made) else made)
    return path.read_bytes()


@pytest.fixture(scope="module", autouse=True)
def keys():
    if os.environ.get("MARKETPLACE_WRITE_GOLDEN"):
        make_keys(KEYS)
    return SimpleNamespace(signer=Signer(KEYS))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("act", ["send", "query"])
@pytest.mark.parametrize("payee", [BANK, ALIPAY], ids=["bank", "alipay"])
def test_a_request_is_the_same_to_the_byte(mode, act, payee):
    rail = gateway(mode)
    made = requested(rail, act, command(rail, payee))
    assert made == golden(f"{mode}/{act}-{payee.kind}.request", made)
    assert (b"app_cert_sn=" in made) is (mode == "certificate")


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", ANSWERS)
def test_a_stored_answer_means_what_it_meant(mode, name, keys):
    act, facts = ANSWERS[name]
    serial = keys.signer.cert_sn if mode == "certificate" else ""
    body = golden(f"{mode}/{name}.answer", lambda: keys.signer.seal(METHODS[act], facts, serial).encode())
    told = hears(gateway(mode), act, body)
    assert (told.outcome, told.number) == (MEANS[name], NUMBER)
    assert told.amount in {None, AMOUNT}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", ["send-paid", "query-returned"])
def test_any_flipped_byte_of_a_stored_answer_settles_nothing(mode, name):
    act, rail = ANSWERS[name][0], gateway(mode)
    body = (GOLDEN / mode / f"{name}.answer").read_bytes()
    for place in range(len(body)):
        changed = bytearray(body)
        changed[place] ^= 1
        assert hears(rail, act, bytes(changed)).outcome is Outcome.UNKNOWN, place


@pytest.mark.parametrize("status", ["SUCCESS", "FAIL", "REFUND"])
def test_a_stored_notice_means_what_it_meant_and_no_byte_of_its_facts_may_change(status, keys):
    def made():
        facts = {**SENT, "status": status, "trans_amount": "1234.50", "pay_date": "2026-03-02 09:00:01"}
        params = {
            "notify_id": f"{NUMBER}-{status}", "msg_method": "alipay.fund.trans.order.changed", "app_id": APP_ID,
            "charset": "utf-8", "version": "1.1", "utc_timestamp": "1772413201000",
            "biz_content": json.dumps(facts, ensure_ascii=False),
        }  # fmt: skip
        return urlencode(keys.signer.sign_notice(params)).encode()

    body, rail = golden(f"notice-{status}.form", made), gateway("key")
    notice_id, told = rail.parse_notice({}, body)
    wanted = {"SUCCESS": Outcome.SUCCEEDED, "FAIL": Outcome.REFUSED, "REFUND": Outcome.RETURNED}[status]
    assert (notice_id, told.number, told.amount, told.outcome) == (f"{NUMBER}-{status}", NUMBER, AMOUNT, wanted)
    for place in range(len(body)):
        changed = bytearray(body)
        changed[place] ^= 1
        try:
            again = rail.parse_notice({}, bytes(changed))
        except ValueError:
            continue
        assert (again[0], again[1].outcome, again[1].amount) == (notice_id, wanted, AMOUNT), place
