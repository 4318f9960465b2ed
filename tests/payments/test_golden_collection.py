"""The wire of collections, byte by byte: codes, pages, queries, closing, refunds, notices and bills, in both modes."""

from datetime import date, datetime
from unittest import mock
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.kernel.clock import SHANGHAI
from marketplace.kernel.money import Fen
from marketplace.payments.gateways import alipay_books, wire
from marketplace.payments.ports import Outcome
from marketplace.payments.sandbox.bills import Entry, account_bill, trade_bill
from marketplace.payments.sandbox.signing import APP_ID
from tests.payments.paying import soon
from tests.payments.wire_files import (
    GOLDEN,
    MODES,
    a_signer,
    flipped,
    gateway,
    golden,
    hears,
    requested,
    sealed,
)

pytestmark = pytest.mark.once
NUMBER, AMOUNT, SELLER = "SK-2026-000001-A1B2C3", Fen(880_000), "2088000000000777"
REFUND, BACK = "TK-2026-000001-D4E5F6", Fen(300_000)
DAY = date(2026, 3, 2)
OK = {"code": "10000", "msg": "Success"}
TRADE = {"out_trade_no": NUMBER, "trade_no": "2026030222000000000000000001"}
TOLD = {**OK, **TRADE, "total_amount": "8800.00", "buyer_logon_id": "159****5620"}
GIVEN = {**OK, **TRADE, "refund_fee": "3000.00", "gmt_refund_pay": "2026-03-02 10:00:00"}
FOUND = {**OK, **TRADE, "out_request_no": REFUND, "refund_amount": "3000.00", "total_amount": "8800.00"}


def failed(sub_code, said):
    return {"code": "40004", "msg": "Business Failed", "sub_code": sub_code, "sub_msg": said}


PRECREATE, QUERY, CLOSE = "alipay.trade.precreate", "alipay.trade.query", "alipay.trade.close"
GIVE_BACK, ASK_BACK = "alipay.trade.refund", "alipay.trade.fastpay.refund.query"
# name: (command, exchange, method, facts, what they mean)
ANSWERS = {
    "code-offered": ("code", "send", PRECREATE, {**OK, "out_trade_no": NUMBER, "qr_code": "https://qr.alipay.com/bax01"}, Outcome.ACCEPTED),
    "code-refused": ("code", "send", PRECREATE, failed("ACQ.TOTAL_FEE_EXCEED", "订单总金额不在允许范围内"), Outcome.REFUSED),
    "code-unknown": ("code", "send", PRECREATE, {"code": "20000", "msg": "Service Currently Unavailable", "sub_code": "isp.unknow-error"}, Outcome.UNKNOWN),
    "trade-paid": ("code", "query", QUERY, {**TOLD, "trade_status": "TRADE_SUCCESS", "send_pay_date": "2026-03-02 09:30:00"}, Outcome.SUCCEEDED),
    "trade-waiting": ("code", "query", QUERY, {**TOLD, "trade_status": "WAIT_BUYER_PAY"}, Outcome.ACCEPTED),
    "trade-closed": ("code", "query", QUERY, {**TOLD, "trade_status": "TRADE_CLOSED"}, Outcome.REFUSED),
    "trade-not-found": ("code", "query", QUERY, failed("ACQ.TRADE_NOT_EXIST", "交易不存在"), Outcome.NOT_FOUND),
    "close-done": ("code", "cancel", CLOSE, {**OK, **TRADE}, Outcome.REFUSED),
    "close-not-found": ("code", "cancel", CLOSE, failed("ACQ.TRADE_NOT_EXIST", "交易不存在"), Outcome.NOT_FOUND),
    "close-paid": ("code", "cancel", CLOSE, failed("ACQ.TRADE_STATUS_ERROR", "交易状态不合法"), Outcome.UNKNOWN),
    "refund-done": ("refund", "send", GIVE_BACK, {**GIVEN, "fund_change": "Y"}, Outcome.SUCCEEDED),
    "refund-again": ("refund", "send", GIVE_BACK, {**GIVEN, "fund_change": "N"}, Outcome.ACCEPTED),
    "refund-refused": ("refund", "send", GIVE_BACK, failed("ACQ.REFUND_AMT_NOT_EQUAL_TOTAL", "退款金额超限"), Outcome.REFUSED),
    "refund-found": ("refund", "query", ASK_BACK, {**FOUND, "refund_status": "REFUND_SUCCESS"}, Outcome.SUCCEEDED),
    "refund-not-found": ("refund", "query", ASK_BACK, OK, Outcome.NOT_FOUND),
}  # fmt: skip
NOTICES = {
    "paid": ({"trade_status": "TRADE_SUCCESS", "gmt_payment": "2026-03-02 09:30:00"}, ("payment", NUMBER, AMOUNT, Outcome.SUCCEEDED)),
    "closed": ({"trade_status": "TRADE_CLOSED", "gmt_close": "2026-03-02 09:31:00"}, ("payment", NUMBER, AMOUNT, Outcome.REFUSED)),
    "refunded": ({"trade_status": "TRADE_SUCCESS", "gmt_refund": "2026-03-02 10:00:00.123", "out_biz_no": REFUND, "refund_fee": "3000.00"}, ("refund", REFUND, None, Outcome.ACCEPTED)),
}  # fmt: skip
LINES = [
    Entry("M0000000000000001", TRADE["trade_no"], NUMBER, "2026-03-02 09:30:00", "159****5620", 880_000, "交易"),
    Entry("M0000000000000002", TRADE["trade_no"], NUMBER, "2026-03-02 10:00:00", "159****5620", -300_000, "退款", REFUND),
]  # fmt: skip
BILLS = {
    "account": lambda: account_bill("2088000000000001", DAY, LINES, 5_000),
    "trade": lambda: trade_bill("2088000000000001", DAY, LINES),
}


def command(rail, kind):
    if kind == "refund":
        return rail.prepare_refund(REFUND, NUMBER, BACK, "部分成果未使用")
    return rail.prepare_payment(
        NUMBER, AMOUNT, "环境影响评价服务费", expires_at=datetime(2026, 3, 2, 9, 30, tzinfo=SHANGHAI),
        notify_url="https://market.example/payments/notices/alipay", seller=SELLER, way="page" if kind == "page" else "qr",
    )  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def signer():
    return a_signer()


@pytest.fixture(scope="module")
def rails():
    return {mode: gateway(mode) for mode in MODES}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("kind", "act"), [("code", "send"), ("code", "query"), ("code", "cancel"), ("refund", "send"), ("refund", "query")]
)
def test_a_request_is_the_same_to_the_byte(rails, mode, kind, act):
    rail, prepared = rails[mode], command(rails[mode], kind)
    made = requested(lambda: getattr(rail, act)(prepared, deadline=soon()))
    assert made == golden(f"{mode}/{kind}-{act}.request", made)
    assert (b"app_cert_sn=" in made) is (mode == "certificate")


@pytest.mark.parametrize("mode", MODES)
def test_the_address_of_a_page_is_the_same_to_the_byte(rails, mode):
    told = rails[mode].send(command(rails[mode], "page"), deadline=soon())
    made = told.action.encode()
    assert (told.outcome, made) == (Outcome.ACCEPTED, golden(f"{mode}/page.address", made))
    assert (b"app_cert_sn=" in made) is (mode == "certificate")


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", ANSWERS)
def test_a_stored_answer_means_what_it_meant(rails, mode, name, signer):
    kind, act, method, facts, means = ANSWERS[name]
    body = golden(f"{mode}/{name}.answer", lambda: sealed(signer, mode, method, facts))
    prepared = command(rails[mode], kind)
    told = hears(rails[mode], act, prepared, body)
    assert (told.outcome, told.number, told.operation) == (means, prepared.number, prepared.operation)
    assert told.amount in {None, prepared.amount}
    assert told.action == facts.get("qr_code", "")


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    "name", ["trade-paid", *(pytest.param(n, marks=pytest.mark.long) for n in ANSWERS if n != "trade-paid")]
)
def test_any_flipped_byte_of_a_stored_answer_settles_nothing(rails, mode, name):
    kind, act, *_ = ANSWERS[name]
    body, prepared = (GOLDEN / mode / f"{name}.answer").read_bytes(), command(rails[mode], kind)
    for place in range(len(body)):
        assert hears(rails[mode], act, prepared, flipped(body, place)).outcome is Outcome.UNKNOWN, place


@settings(max_examples=80)
@given(st.sampled_from(MODES), st.sampled_from(sorted(ANSWERS)), st.integers(0), st.integers(1, 255))
def test_any_change_of_any_byte_of_any_answer_is_refused(rails, mode, name, place, mask):
    kind, act, *_ = ANSWERS[name]
    body = (GOLDEN / mode / f"{name}.answer").read_bytes()
    changed = flipped(body, place % len(body), mask)
    assert hears(rails[mode], act, command(rails[mode], kind), changed).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("name", NOTICES)
def test_a_stored_notice_means_what_it_meant_and_no_byte_of_its_facts_may_change(rails, name, signer):
    facts, means = NOTICES[name]

    def made():
        common = {
            "app_id": APP_ID, "charset": "utf-8", "version": "1.0", "notify_type": "trade_status_sync", **TRADE,
            "notify_id": f"2026030200222-{name}", "notify_time": "2026-03-02 10:00:01", "total_amount": "8800.00",
            "seller_id": SELLER, "buyer_id": "2088000000000999", "subject": "环境影响评价服务费",
        }  # fmt: skip
        return urlencode(signer.sign_notice({**common, **facts})).encode()

    body, rail = golden(f"notice-trade-{name}.form", made), rails["key"]
    notice_id, told = rail.parse_notice({}, body)
    assert (told.operation, told.number, told.amount, told.outcome) == means
    for place in range(len(body)):
        try:
            again = rail.parse_notice({}, flipped(body, place))
        except ValueError:
            continue
        # Only another spelling of the same letters: %e5 and %E5.
        assert (again[0], again[1].operation, again[1].number, again[1].amount, again[1].outcome) == (
            notice_id,
            *means,
        ), place


@settings(max_examples=80)
@given(st.sampled_from(sorted(NOTICES)), st.integers(0), st.integers(1, 255))
def test_any_change_of_any_byte_of_a_notice_is_refused_or_says_the_same(rails, name, place, mask):
    body = (GOLDEN / f"notice-trade-{name}.form").read_bytes()
    try:
        _, told = rails["key"].parse_notice({}, flipped(body, place % len(body), mask))
    except ValueError:
        return
    assert (told.operation, told.number, told.amount, told.outcome) == NOTICES[name][1]


def fetched(rail, answer, files):
    """The books of the day, when this is what the provider says and hands out."""
    waiting = iter(files)

    def get(parts, *, deadline, limit):
        return wire.Reply(sent=True, status=200, body=next(waiting))

    reply = wire.Reply(sent=True, status=200, body=answer)
    with mock.patch.object(wire, "post", return_value=reply), mock.patch.object(wire, "get", get):
        return list(rail.statements(DAY, deadline=soon()))


@pytest.mark.parametrize("mode", MODES)
def test_bills_are_asked_for_and_read_as_they_always_were(rails, mode, signer):
    def ask():
        with pytest.raises(LookupError):
            list(rails[mode].statements(DAY, deadline=soon()))

    made = requested(ask)
    assert made == golden(f"{mode}/bill.request", made)
    where = {**OK, "bill_download_url": "https://dwbillcenter.alipay.com/downloadBillFile.resource?bizType=X"}
    answer = golden(f"{mode}/bill.answer", lambda: sealed(signer, mode, alipay_books.METHOD, where))
    files = [golden(f"bill-{kind}.zip", written) for kind, written in BILLS.items()]
    account, trade = fetched(rails[mode], answer, files)
    assert (account.complete, account.opening, account.closing) == (True, 5_000, 585_000)
    assert [(line.number, line.amount, line.balance_after) for line in account.lines] == [
        (NUMBER, 880_000, 885_000),
        (NUMBER, -300_000, 585_000),
    ]
    assert trade.complete
    assert [(line.number, line.amount, line.provider_id) for line in trade.lines] == [
        (NUMBER, 880_000, TRADE["trade_no"]),
        (REFUND, -300_000, TRADE["trade_no"]),
    ]


@pytest.mark.parametrize("mode", MODES)
def test_any_flipped_byte_of_the_answer_that_names_a_bill_fetches_nothing(rails, mode):
    answer = (GOLDEN / mode / "bill.answer").read_bytes()
    for place in range(0, len(answer), 3):
        with pytest.raises(LookupError):
            fetched(rails[mode], flipped(answer, place), [b"", b""])


@settings(max_examples=80)
@given(st.sampled_from(sorted(BILLS)), st.integers(0), st.integers(1, 255))
def test_any_change_of_any_byte_of_a_bill_is_noticed_or_says_the_same(kind, place, mask):
    raw, form = (GOLDEN / f"bill-{kind}.zip").read_bytes(), alipay_books.KINDS[kind][1]
    honest = alipay_books.read(kind, form, DAY, raw)
    try:
        told = alipay_books.read(kind, form, DAY, flipped(raw, place % len(raw), mask))
    except ValueError:
        return
    assert not told.complete or (told.lines, told.closing) == (honest.lines, honest.closing)
