"""Tills of the built-in gateways that collect: the sandbox and Stripe with their payers in hand."""

import json
import urllib.request
from dataclasses import dataclass
from unittest import mock

from marketplace.kernel.clock import SHANGHAI, system_clock
from marketplace.payments.gateways import BUILTINS, stripe, wire
from marketplace.payments.gateways.alipay_payments import PAYMENT
from marketplace.payments.sandbox import Sandbox
from marketplace.payments.sandbox.signing import Signer
from marketplace.testing.conformance import Till
from marketplace.testing.rails import soon
from tests.payments.far_stripe import KEY, SECRET, call, pay, signed

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
