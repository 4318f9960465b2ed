"""Every built-in gateway that collects obeys the laws of collecting; and the laws can tell one that does not."""

import json
import urllib.request
from dataclasses import dataclass, replace
from types import SimpleNamespace
from unittest import mock

import pytest

from marketplace.kernel.clock import SHANGHAI, system_clock
from marketplace.kernel.money import Fen
from marketplace.payments.gateways import BUILTINS, stripe, wire
from marketplace.payments.gateways.alipay_payments import PAYMENT
from marketplace.payments.ports import HoldsMoney, Observation, Outcome, Prepared
from marketplace.payments.sandbox import Sandbox
from marketplace.payments.sandbox.signing import Signer
from marketplace.testing import conformance
from marketplace.testing import laws_gateways_collecting as laws
from marketplace.testing.conformance import Till
from marketplace.testing.laws_gateways import soon
from tests.payments.far_stripe import KEY, SECRET, call, localstripe, needs_localstripe, pay, signed

pytestmark = pytest.mark.once
SELLER = "2088000000000777"


@dataclass
class Payer:
    """Whoever scans the codes of the sandbox."""

    sandbox: Sandbox

    def trade(self, command):
        return next((row for row in self.sandbox.trades() if row["number"] == command.number), None)

    def pays(self, command):
        try:
            self.sandbox.pay(command.number, deliver=False)
        except OSError:
            return False
        return True

    def came(self, command):
        row = self.trade(command)
        return [row["amount_fen"]] if row and row["paid_at"] else []

    def went(self, command):
        row = self.trade(command)
        return [row["refunded_fen"]] if row and row["refunded_fen"] else []


def a_sandbox_till(sandbox, gateway=None):
    payer = Payer(sandbox)
    gateway = gateway or BUILTINS["sandbox"]({"MARKETPLACE_SANDBOX": sandbox.folder}, system_clock)

    def hears(act, command, body):
        reply = wire.Reply(sent=True, status=200, body=body)
        with mock.patch.object(wire, "post", return_value=reply), mock.patch.object(wire, "sign", return_value="x"):
            return getattr(gateway, act)(command, deadline=soon())

    def signed(act, **over):
        wrapper = PAYMENT.methods[act].replace(".", "_") + "_response"

        def ask(command):
            facts = {
                "code": "10000", "msg": "Success", "out_trade_no": command.number, "trade_no": "1",
                "trade_status": "TRADE_SUCCESS", "total_amount": wire.fen_text(command.amount),
            }  # fmt: skip
            sealed = Signer(sandbox.folder).seal(wrapper, {**facts, **over}, gateway.credentials.alipay_cert_sn)
            return hears(act, command, sealed.encode())

        return ask

    def after(kind, method="alipay.trade.precreate"):
        def ask(command):
            sandbox.fault(kind, method=method)
            return gateway.send(command, deadline=soon())

        return ask

    return Till(
        gateway=gateway,
        seller=SELLER,
        arrives=lambda told: urllib.request.urlopen(told.action, timeout=5).close(),
        pays=payer.pays,
        came=payer.came,
        went=payer.went,
        hears=hears,
        strange={
            "no signature": after("unsigned"),
            "another method": after("other_wrapper"),
            "a flipped byte": after("tampered"),
            "another number": signed("query", out_trade_no="somebody-else"),
            "another amount": signed("query", total_amount="0.01"),
            "an amount that is a number": signed("query", total_amount=1234.5),
            "no number": signed("query", out_trade_no=None),
            "a status that nobody knows": signed("query", trade_status="TRADE_OF_TOMORROW"),
            "another number when closing": signed("cancel", out_trade_no="somebody-else", trade_status=""),
        },
        notice=lambda command: ({}, sandbox.pay(command.number, deliver=False)["notice"].encode()),
        day=lambda: system_clock().astimezone(SHANGHAI).date(),
        settled=lambda command: payer.trade(command)["settled_fen"],
    )


@pytest.fixture(scope="module")
def stripe_url(tmp_path_factory):
    """A Stripe of our own."""
    with localstripe(tmp_path_factory.mktemp("stripe")) as url:
        yield url


@dataclass
class CardHolder:
    """Whoever pays at localstripe."""

    url: str

    def intents(self, command):
        found = call(self.url, "payment_intents?limit=100")["data"]
        return [one for one in found if one["metadata"]["number"] == command.number]

    def pays(self, command):
        try:
            for intent in self.intents(command) or [{"id": "none"}]:
                pay(self.url, intent["id"])
        except OSError:
            return False
        return True

    def came(self, command):
        return [one["amount"] for one in self.intents(command) if one["status"] == "succeeded"]

    def went(self, command):
        ids = {one["id"] for one in self.intents(command)}
        return [one["amount"] for one in call(self.url, "refunds?limit=100")["data"] if one["payment_intent"] in ids]


def a_stripe_till(url):
    gateway, payer = stripe.StripeGateway(url, KEY, SECRET, system_clock), CardHolder(url)

    def hears(act, command, body):
        reply = wire.Reply(sent=True, status=200, body=body)
        with mock.patch.object(stripe.wire, "exchange", return_value=reply):
            return getattr(gateway, act)(command, deadline=soon())

    def says(**over):
        def ask(command):
            facts = {"id": "pi_1", "amount": command.amount, "status": "succeeded", "created": 1}
            facts |= {"metadata": {"number": command.number}, **over}
            return hears("send", command, json.dumps(facts).encode())

        return ask

    def notice(command):
        intent = {"id": "pi_1", "amount": command.amount, "metadata": {"number": command.number}}
        kind = "payment_intent.succeeded"
        return signed({"id": f"evt_{command.number}", "type": kind, "created": 1, "data": {"object": intent}})

    return Till(
        gateway=gateway,
        seller="",
        arrives=lambda told: None,
        pays=payer.pays,
        came=payer.came,
        went=payer.went,
        hears=hears,
        strange={
            "another number": says(metadata={"number": "somebody-else"}),
            "another amount": says(amount=1),
            "a status that nobody knows": says(status="of tomorrow"),
            "no number": says(metadata={}),
        },
        notice=notice,
    )


@pytest.fixture(
    params=[
        "sandbox",
        pytest.param("certified", marks=pytest.mark.long),
        pytest.param("stripe_url", marks=needs_localstripe),
    ]
)
def till(request):
    made = a_stripe_till if request.param == "stripe_url" else a_sandbox_till
    return made(request.getfixturevalue(request.param))


@pytest.mark.parametrize("law", conformance.HOLDING_LAWS, ids=conformance.name_of)
def test_every_gateway_that_holds_money_obeys_the_laws_of_holding(till, law):
    if law in conformance.holding_laws_of(till):
        law(till)
    else:
        assert not isinstance(till.gateway, HoldsMoney)


@pytest.mark.parametrize(
    "law",
    [*conformance.COLLECTING_GATEWAY_LAWS, *conformance.DEDUPING_COLLECTING_GATEWAY_LAWS],
    ids=conformance.name_of,
)
def test_every_gateway_that_collects_obeys_every_law_it_is_bound_by(till, law):
    if law is laws.no_more_goes_back_than_came and till.gateway.name == "stripe":
        pytest.skip("localstripe gives back more than came; Stripe itself does not")
    if law in conformance.collecting_laws_of(till.gateway):
        law(till)
    else:
        assert not till.gateway.caps.dedupes_forever


class Wrapped:
    """A gateway with one habit changed."""

    def __init__(self, inner):
        self.inner, self.name, self.caps = inner, inner.name, inner.caps

    def __getattr__(self, name):
        return getattr(self.inner, name)


class Hurrying(Wrapped):
    """Calls a code that is shown a payment that came."""

    def query(self, prepared, *, deadline):
        told = self.inner.query(prepared, deadline=deadline)
        waits = {Outcome.ACCEPTED, Outcome.NOT_FOUND}
        return replace(told, outcome=Outcome.SUCCEEDED) if told.outcome in waits else told


class Closing(Wrapped):
    """Says that everything it was told to close is closed."""

    def cancel(self, prepared, *, deadline):
        self.inner.cancel(prepared, deadline=deadline)
        return Observation("answer", prepared.number, Outcome.REFUSED, operation="payment")


class Generous(Wrapped):
    """Gives a new number to each refund that it sends."""

    def send(self, prepared, *, deadline):
        if prepared.operation == "refund":
            again = prepared.payload.replace(prepared.number.encode(), laws.a_number().encode())
            prepared = Prepared.of("refund", prepared.number, prepared.amount, again)
        return self.inner.send(prepared, deadline=deadline)


class Believing(Wrapped):
    """Reads notices that nobody signed."""

    def parse_notice(self, headers, body):
        try:
            return self.inner.parse_notice(headers, body)
        except ValueError:
            return "1", Observation("notice", "SK-1", Outcome.SUCCEEDED, Fen(1), operation="payment")


class Trusting(Wrapped):
    """Believes whatever an answer says about another amount."""

    def query(self, prepared, *, deadline):
        told = self.inner.query(prepared, deadline=deadline)
        mistaken = told.outcome is Outcome.UNKNOWN and told.code == "answer for another payment"
        return replace(told, outcome=Outcome.SUCCEEDED) if mistaken else told


class Forgetful(Wrapped):
    """Leaves the last line of each book out."""

    def statements(self, day, *, deadline):
        for book in self.inner.statements(day, deadline=deadline):
            yield replace(book, lines=book.lines[:-1])


class Stamping(Wrapped):
    """Puts a number of its own into the bytes."""

    def prepare_payment(self, *args, **facts):
        made = self.inner.prepare_payment(*args, **facts)
        return Prepared.of("payment", made.number, made.amount, made.payload + laws.a_number().encode())


@pytest.mark.parametrize(
    ("law", "breaker"),
    [
        (laws.what_is_offered_waits_and_what_is_paid_is_found, Hurrying),
        (laws.a_payment_that_was_never_offered_is_not_there, Closing),
        (laws.what_is_paid_cannot_be_closed, Closing),
        (laws.a_refund_is_found_under_its_own_number, Generous),
        (laws.a_changed_notice_of_a_collection_is_refused, Believing),
        (laws.what_is_not_ours_settles_no_collection, Trusting),
        (laws.a_book_has_what_came_and_what_went, Forgetful),
        (laws.preparing_a_collection_is_pure, Stamping),
        (laws.after_the_deadline_nothing_is_offered_or_given_back, SimpleNamespace),
    ],
)
def test_a_law_finds_the_gateway_that_breaks_it(sandbox, law, breaker):
    honest = a_sandbox_till(sandbox).gateway
    if breaker is SimpleNamespace:  # one that gives every exchange all the time it wants
        made = Wrapped(honest)
        made.send = lambda prepared, *, deadline: honest.send(prepared, deadline=soon())
    else:
        made = breaker(honest)
    with pytest.raises(AssertionError):
        law(a_sandbox_till(sandbox, made))
