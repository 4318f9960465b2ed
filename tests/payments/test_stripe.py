"""The collection half speaks Stripe: against localstripe where it is installed, and against recorded shapes always."""

import base64
import json
from datetime import UTC, datetime

import pytest

from marketplace.kernel.clock import system_clock
from marketplace.kernel.money import Fen
from marketplace.payments.gateways import stripe, wire
from marketplace.payments.gateways.stripe import StripeGateway
from marketplace.payments.ports import Gateway, Outcome, Payee
from tests.payments.far_stripe import KEY, SECRET, localstripe, needs_localstripe, pay, signed
from tests.payments.paying import soon


def rail(url="https://api.stripe.example"):
    return StripeGateway(url, KEY, SECRET, system_clock)


def a_payment(gateway, number="SK-1", amount=320_050):
    expires = datetime(2026, 3, 2, tzinfo=UTC)
    return gateway.prepare_payment(number, Fen(amount), "服务费", expires_at=expires, notify_url="", seller="")


def an_intent(number="SK-1", amount=320_050, status="succeeded", **over):
    facts = {"id": "pi_1", "object": "payment_intent", "amount": amount, "status": status, "created": 1_772_413_200}
    return {**facts, "metadata": {"number": number}, **over}


@pytest.fixture
def says(monkeypatch):
    """What Stripe answers, by verb."""
    answers = {"GET": (200, {"data": [], "has_more": False})}

    def exchange(parts, verb, headers, body, *, deadline):
        status, facts = answers[verb]
        assert base64.b64decode(headers["Authorization"].split()[1]) == b"sk_test_play:"
        return wire.Reply(
            sent=True, status=status, body=facts if isinstance(facts, bytes) else json.dumps(facts).encode()
        )

    monkeypatch.setattr(stripe.wire, "exchange", exchange)
    return answers


def test_it_keeps_the_protocol_and_says_what_it_lacks():
    gateway = rail()
    assert isinstance(gateway, Gateway)
    assert gateway.caps.operations == {"payment", "refund"}
    with pytest.raises(ValueError):
        gateway.prepare_transfer("ZF-1", Fen(100), Payee("bank_account", "1", "x", "y"), "t", "r")
    with pytest.raises(LookupError):
        gateway.statements(datetime(2026, 3, 2, tzinfo=UTC).date(), deadline=soon())
    assert a_payment(gateway) == a_payment(gateway)
    for wrong in (lambda: a_payment(gateway, ""), lambda: a_payment(gateway, amount=1)):
        with pytest.raises(ValueError):
            wrong()


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ((200, an_intent()), Outcome.SUCCEEDED),
        ((200, an_intent(status="requires_action")), Outcome.ACCEPTED),
        ((200, an_intent(status="canceled")), Outcome.REFUSED),
        ((200, an_intent(status="of tomorrow")), Outcome.UNKNOWN),
        ((200, an_intent(number="SK-2")), Outcome.UNKNOWN),
        ((200, an_intent(amount=1)), Outcome.UNKNOWN),
        ((402, {"error": {"type": "card_error"}}), Outcome.REFUSED),
        ((402, {}), Outcome.UNKNOWN),
        ((409, {"error": {"type": "idempotency_error"}}), Outcome.UNKNOWN),
        ((500, b"<html>"), Outcome.UNKNOWN),
        ((200, b"\xff"), Outcome.UNKNOWN),
    ],
)
def test_what_an_answer_means(says, answer, outcome):
    says["POST"] = answer
    gateway = rail()
    assert gateway.send(a_payment(gateway), deadline=soon()).outcome is outcome


def test_a_number_is_found_in_the_list_or_the_list_proves_nothing(says):
    gateway = rail()
    assert gateway.query(a_payment(gateway), deadline=soon()).outcome is Outcome.NOT_FOUND
    says["GET"] = (200, {"data": [], "has_more": True})
    assert gateway.query(a_payment(gateway), deadline=soon()).outcome is Outcome.UNKNOWN
    says["GET"] = (200, {"data": [an_intent()], "has_more": True})
    assert gateway.query(a_payment(gateway), deadline=soon()).outcome is Outcome.SUCCEEDED
    says["POST"] = (400, {"error": {}})
    assert gateway.cancel(a_payment(gateway), deadline=soon()).outcome is Outcome.UNKNOWN
    assert rail("http://stranger.example").send(a_payment(gateway), deadline=soon()).outcome is Outcome.NOT_SENT


def test_an_event_is_believed_only_with_its_signature():
    event = {"id": "evt_1", "type": "payment_intent.succeeded", "created": 1, "data": {"object": an_intent()}}
    headers, body = signed(event)
    notice_id, fact = rail().parse_notice(headers, body)
    assert (notice_id, fact.number, fact.outcome, fact.amount) == ("evt_1", "SK-1", Outcome.SUCCEEDED, 320_050)
    for place in range(0, len(body), 7):
        changed = bytearray(body)
        changed[place] ^= 1
        with pytest.raises(ValueError):
            rail().parse_notice(headers, bytes(changed))
    for wrong in (signed(event, "other"), ({}, body), signed({**event, "type": "customer.created"})):
        with pytest.raises(ValueError):
            rail().parse_notice(*wrong)


@needs_localstripe
def test_localstripe_plays_the_other_side(tmp_path):
    with localstripe(tmp_path) as url:
        gateway = rail(url)
        wanted = a_payment(gateway, "SK-7")
        offered = gateway.send(wanted, deadline=soon())
        assert offered.outcome is Outcome.ACCEPTED
        assert gateway.query(wanted, deadline=soon()).outcome is Outcome.ACCEPTED
        assert gateway.cancel(wanted, deadline=soon()).outcome is Outcome.REFUSED
        assert gateway.query(wanted, deadline=soon()).outcome is Outcome.REFUSED
        assert gateway.query(a_payment(gateway, "SK-8"), deadline=soon()).outcome is Outcome.NOT_FOUND
        paid = a_payment(gateway, "SK-9")
        intent = gateway.send(paid, deadline=soon()).provider_ids["payment"]
        pay(url, intent)
        assert gateway.query(paid, deadline=soon()).outcome is Outcome.SUCCEEDED
        assert gateway.cancel(paid, deadline=soon()).outcome is Outcome.UNKNOWN
        back = gateway.prepare_refund("TK-9", "SK-9", Fen(100), "多收")
        assert gateway.query(back, deadline=soon()).outcome is Outcome.NOT_FOUND
        assert gateway.send(back, deadline=soon()).outcome is Outcome.SUCCEEDED
        assert gateway.query(back, deadline=soon()).outcome is Outcome.SUCCEEDED
