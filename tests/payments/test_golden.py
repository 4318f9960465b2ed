"""The wire of pay-outs, byte by byte: requests, answers and notices as files, in key mode and in certificate mode."""

import json
from urllib.parse import urlencode

import pytest

from marketplace.kernel.money import Fen
from marketplace.payments.ports import Outcome, Payee
from marketplace.payments.sandbox.signing import APP_ID
from tests.payments.paying import soon
from tests.payments.wire_files import GOLDEN, MODES, a_signer, flipped, gateway, golden, hears, requested, sealed

pytestmark = pytest.mark.once
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
METHODS = {"send": "alipay.fund.trans.uni.transfer", "query": "alipay.fund.trans.common.query"}


def command(rail, payee=BANK):
    return rail.prepare_transfer(NUMBER, AMOUNT, payee, "环境影响评价服务费", "合同HT-2026-000001")


@pytest.fixture(scope="module", autouse=True)
def signer():
    return a_signer()


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("act", ["send", "query"])
@pytest.mark.parametrize("payee", [BANK, ALIPAY], ids=["bank", "alipay"])
def test_a_request_is_the_same_to_the_byte(mode, act, payee):
    rail = gateway(mode)
    prepared = command(rail, payee)
    made = requested(lambda: getattr(rail, act)(prepared, deadline=soon()))
    assert made == golden(f"{mode}/{act}-{payee.kind}.request", made)
    assert (b"app_cert_sn=" in made) is (mode == "certificate")


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", ANSWERS)
def test_a_stored_answer_means_what_it_meant(mode, name, signer):
    act, facts = ANSWERS[name]
    body, rail = golden(f"{mode}/{name}.answer", lambda: sealed(signer, mode, METHODS[act], facts)), gateway(mode)
    told = hears(rail, act, command(rail), body)
    assert (told.outcome, told.number) == (MEANS[name], NUMBER)
    assert told.amount in {None, AMOUNT}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", ["send-paid", "query-returned"])
def test_any_flipped_byte_of_a_stored_answer_settles_nothing(mode, name):
    act, rail = ANSWERS[name][0], gateway(mode)
    body, prepared = (GOLDEN / mode / f"{name}.answer").read_bytes(), command(rail)
    for place in range(len(body)):
        assert hears(rail, act, prepared, flipped(body, place)).outcome is Outcome.UNKNOWN, place


@pytest.mark.parametrize("status", ["SUCCESS", "FAIL", "REFUND"])
def test_a_stored_notice_means_what_it_meant_and_no_byte_of_its_facts_may_change(status, signer):
    def made():
        facts = {**SENT, "status": status, "trans_amount": "1234.50", "pay_date": "2026-03-02 09:00:01"}
        params = {
            "notify_id": f"{NUMBER}-{status}", "msg_method": "alipay.fund.trans.order.changed", "app_id": APP_ID,
            "charset": "utf-8", "version": "1.1", "utc_timestamp": "1772413201000",
            "biz_content": json.dumps(facts, ensure_ascii=False),
        }  # fmt: skip
        return urlencode(signer.sign_notice(params)).encode()

    body, rail = golden(f"notice-{status}.form", made), gateway("key")
    notice_id, told = rail.parse_notice({}, body)
    wanted = {"SUCCESS": Outcome.SUCCEEDED, "FAIL": Outcome.REFUSED, "REFUND": Outcome.RETURNED}[status]
    assert (notice_id, told.number, told.amount, told.outcome) == (f"{NUMBER}-{status}", NUMBER, AMOUNT, wanted)
    for place in range(len(body)):
        try:
            again = rail.parse_notice({}, flipped(body, place))
        except ValueError:
            continue
        assert (again[0], again[1].outcome, again[1].amount) == (notice_id, wanted, AMOUNT), place
