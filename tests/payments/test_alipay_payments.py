"""The collection half of the Alipay adapter against the sandbox: codes, pages, closing, refunds, notices, bills."""

import re
import urllib.request
from datetime import UTC, date, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from marketplace.kernel.clock import SHANGHAI, system_clock
from marketplace.kernel.money import Fen
from marketplace.payments.ports import Outcome
from marketplace.testing.rails import a_number
from tests.payments.paying import soon

SELLER = "2088000000000777"


def a_payment(gateway, number="", amount=880_000, **over):
    facts = {
        "expires_at": datetime(2026, 3, 2, 10, tzinfo=UTC),
        "notify_url": "https://market.example/n",
        "seller": SELLER,
    }
    return gateway.prepare_payment(number or a_number(), Fen(amount), "环境影响评价服务费", **{**facts, **over})


def today():
    return system_clock().astimezone(SHANGHAI).date()


def test_preparing_a_payment_is_pure_and_each_fact_is_in_it(gateway):
    one = a_payment(gateway, "SK-1")
    assert one == a_payment(gateway, "SK-1")
    others = [
        a_payment(gateway, "SK-2"), a_payment(gateway, "SK-1", 880_001), a_payment(gateway, "SK-1", seller=""),
        a_payment(gateway, "SK-1", way="page"), a_payment(gateway, "SK-1", notify_url="https://other.example/"),
        a_payment(gateway, "SK-1", expires_at=datetime(2026, 3, 2, 11, tzinfo=UTC)),
    ]  # fmt: skip
    assert len({one.digest, *(other.digest for other in others)}) == 7
    for wrong in ("", "x" * 65):
        with pytest.raises(ValueError):
            gateway.prepare_payment(wrong, Fen(100), "x", expires_at=system_clock(), notify_url="")
    with pytest.raises(ValueError):
        a_payment(gateway, amount=-1)


def test_a_code_is_offered_paid_and_found(gateway, play):
    wanted = a_payment(gateway)
    offered = gateway.send(wanted, deadline=soon())
    assert (offered.outcome, offered.operation) == (Outcome.ACCEPTED, "payment")
    assert offered.action.endswith(f"/pay/{wanted.number}")
    assert gateway.query(wanted, deadline=soon()).outcome is Outcome.NOT_FOUND
    urllib.request.urlopen(offered.action, timeout=5).close()
    assert gateway.query(wanted, deadline=soon()).outcome is Outcome.ACCEPTED
    play.pay(wanted.number, deliver=False)
    found = gateway.query(wanted, deadline=soon())
    assert (found.outcome, found.amount) == (Outcome.SUCCEEDED, wanted.amount)
    assert [t["seller"] for t in play.trades() if t["number"] == wanted.number] == [SELLER]


def test_a_page_is_a_signed_address_and_touches_no_wire(gateway, play):
    wanted = a_payment(gateway, way="page")
    offered = gateway.send(wanted, deadline=soon(-1))
    assert (offered.outcome, offered.code) == (Outcome.ACCEPTED, "page")
    asked = parse_qs(urlsplit(offered.action).query)
    assert asked["method"] == ["alipay.trade.page.pay"]
    assert asked["notify_url"] == ["https://market.example/n"]
    with urllib.request.urlopen(offered.action, timeout=5) as page:
        assert "8,800.00" in page.read().decode()
    assert [t["seller"] for t in play.trades() if t["number"] == wanted.number] == [SELLER]
    changed = offered.action.replace("8800.00", "0.01")
    with pytest.raises(OSError):
        urllib.request.urlopen(changed, timeout=5)


def test_a_closed_payment_can_no_longer_be_paid(gateway, play):
    wanted = a_payment(gateway)
    code = gateway.send(wanted, deadline=soon()).action
    assert gateway.cancel(wanted, deadline=soon()).outcome is Outcome.NOT_FOUND
    urllib.request.urlopen(code, timeout=5).close()
    assert gateway.cancel(wanted, deadline=soon()).outcome is Outcome.REFUSED
    assert gateway.cancel(wanted, deadline=soon()).outcome is Outcome.REFUSED
    with pytest.raises(OSError):
        play.pay(wanted.number)
    assert gateway.query(wanted, deadline=soon()).outcome is Outcome.REFUSED
    paid = a_payment(gateway)
    gateway.send(paid, deadline=soon())
    play.pay(paid.number, deliver=False)
    assert gateway.cancel(paid, deadline=soon()).outcome is Outcome.UNKNOWN


def test_refunds_are_paid_once_per_number_and_never_exceed_the_payment(gateway, play):
    wanted = a_payment(gateway)
    gateway.send(wanted, deadline=soon())
    play.pay(wanted.number, deliver=False)

    def back(number, amount):
        return gateway.prepare_refund(number, wanted.number, Fen(amount), "成果未通过验收")

    first, second = back(a_number(), 300_000), back(a_number(), 580_001)
    assert gateway.query(first, deadline=soon()).outcome is Outcome.NOT_FOUND
    assert gateway.send(first, deadline=soon()).outcome is Outcome.SUCCEEDED
    assert gateway.send(first, deadline=soon()).outcome is Outcome.ACCEPTED
    asked = gateway.query(first, deadline=soon())
    assert (asked.outcome, asked.amount, asked.operation) == (Outcome.SUCCEEDED, 300_000, "refund")
    assert gateway.send(second, deadline=soon()).outcome is Outcome.REFUSED
    assert gateway.send(back(a_number(), 580_000), deadline=soon()).outcome is Outcome.SUCCEEDED
    assert [t["refunded_fen"] for t in play.trades() if t["number"] == wanted.number] == [880_000]
    with pytest.raises(ValueError):
        back(a_number(), 0)


@pytest.mark.parametrize("fault", ["tampered", "unsigned", "other_number", "other_wrapper", "bad_gateway", "dropped"])
def test_an_answer_that_is_not_genuine_or_not_ours_is_unknown(gateway, play, fault):
    wanted = a_payment(gateway)
    play.fault(fault, method="alipay.trade.precreate")
    told = gateway.send(wanted, deadline=soon())
    # An answer for another trade carries another number under the same member.
    assert told.outcome is Outcome.UNKNOWN or (fault == "other_number" and told.outcome is Outcome.ACCEPTED)
    play.fault("none", times=0)


def test_a_notice_of_a_trade_is_read_and_any_changed_fact_is_refused(gateway, play):
    wanted = a_payment(gateway)
    gateway.send(wanted, deadline=soon())
    body = play.pay(wanted.number, at="2026-03-02 09:30:00", deliver=False)["notice"].encode()
    notice_id, fact = gateway.parse_notice({}, body)
    assert notice_id
    assert (fact.outcome, fact.number, fact.amount, fact.operation) == (
        Outcome.SUCCEEDED, wanted.number, wanted.amount, "payment",
    )  # fmt: skip
    assert fact.occurred_at == datetime(2026, 3, 2, 9, 30, tzinfo=SHANGHAI)
    for old, new in ((b"8800.00", b"8800.01"), (b"TRADE_SUCCESS", b"TRADE_CLOSED"), (wanted.number.encode(), b"SK-9")):
        assert old in body
        with pytest.raises(ValueError):
            gateway.parse_notice({}, body.replace(old, new))


def test_both_books_of_a_day_are_fetched_whole(gateway, play):
    wanted = a_payment(gateway)
    gateway.send(wanted, deadline=soon())
    play.pay(wanted.number, deliver=False)
    gateway.send(gateway.prepare_refund(a_number(), wanted.number, Fen(100), "x"), deadline=soon())
    account, trade = gateway.statements(today(), deadline=soon())
    assert (account.account, trade.account) == ("account", "trade")
    assert account.complete
    assert trade.complete
    mine = [line for line in trade.lines if line.provider_id and line.number]
    assert wanted.amount in [line.amount for line in mine if line.number == wanted.number]
    assert -100 in [line.amount for line in mine]
    play.set(**{"bill:trade": "truncated"})
    assert not list(gateway.statements(today(), deadline=soon()))[1].complete
    play.set(**{"bill:trade": "", "bill_ready": "off"})
    with pytest.raises(LookupError, match="not ready"):
        list(gateway.statements(date(2026, 3, 2), deadline=soon()))
    play.set(bill_ready="on")


def test_in_certificate_mode_the_same_is_true(tmp_path):
    from marketplace.payments.gateways.sandbox import sandbox_gateway
    from marketplace.payments.sandbox import start_sandbox

    running = start_sandbox(tmp_path / "certified", certificates=True)
    try:
        gateway = sandbox_gateway({"MARKETPLACE_SANDBOX": running.folder}, system_clock)
        wanted = a_payment(gateway)
        assert gateway.send(wanted, deadline=soon()).outcome is Outcome.ACCEPTED
        running.pay(wanted.number, deliver=False)
        assert gateway.query(wanted, deadline=soon()).outcome is Outcome.SUCCEEDED
        page = gateway.send(a_payment(gateway, way="page"), deadline=soon())
        assert re.search(r"app_cert_sn=[0-9a-f]{32}", page.action)
    finally:
        running.stop()


def test_what_expires_is_said_in_the_clock_of_beijing(gateway):
    payload = a_payment(gateway, expires_at=datetime(2026, 3, 2, 10, tzinfo=UTC) + timedelta(minutes=15)).payload
    assert b"2026-03-02 18:15:00" in payload
