"""Rails of the built-in gateways that pay out: the sandbox and the treasury with their far sides in hand."""

import json
from hashlib import sha256
from unittest import mock

from marketplace.kernel.clock import system_clock
from marketplace.payments.gateways import BUILTINS, wire
from marketplace.payments.ports import Outcome, Payee, Prepared
from marketplace.payments.sandbox.signing import Signer
from marketplace.testing.conformance import Rail
from marketplace.testing.rails import soon

PAYEE = Payee("bank_account", "6222020001112223334", "江苏诚达咨询有限公司", "中国工商银行南京城北支行")
TRANSFER = "alipay_fund_trans_uni_transfer_response"
QUERY = "alipay_fund_trans_common_query_response"


def a_sandbox_rail(sandbox, gateway=None):
    gateway = gateway or BUILTINS["sandbox"]({"MARKETPLACE_SANDBOX": sandbox.folder}, system_clock)

    def hears(command, body):
        """Both exchanges hear the same; a certain outcome of either is told."""
        with mock.patch.object(wire, "post", return_value=wire.Reply(sent=True, status=200, body=body)):
            heard = [act(command, deadline=soon()) for act in (gateway.send, gateway.query)]
        return next((one for one in heard if one.outcome is not Outcome.UNKNOWN), heard[0])

    def hears_receipt(command, body):
        """Both questions hear the same; a certain answer to either is told."""
        reply = wire.Reply(sent=True, status=200, body=body)
        ids = {"pay_fund_order_id": "1"}
        with mock.patch.object(wire, "post", return_value=reply), mock.patch.object(wire, "get", return_value=reply):
            heard = [gateway.receipt(command, ids, ticket=ticket, deadline=soon()) for ticket in ("", "t")]
        return next((one for one in heard if one.state != "unknown"), heard[0])

    def signed(wrapper, **over):
        def ask(command):
            facts = {
                "code": "10000",
                "msg": "Success",
                "order_id": "1",
                "out_biz_no": command.number,
                "status": "SUCCESS",
                "trans_amount": wire.fen_text(command.amount),
            }
            sealed = Signer(sandbox.folder).seal(wrapper, {**facts, **over}, gateway.credentials.alipay_cert_sn)
            return hears(command, sealed.encode())

        return ask

    def after(kind):
        def ask(command):
            sandbox.fault(kind)
            return gateway.send(command, deadline=soon())

        return ask

    return Rail(
        gateway=gateway,
        payee=PAYEE,
        moved=lambda number: [row["amount_fen"] for row in sandbox.moved() if row["number"] == number],
        hears=hears,
        strange={
            "another number": after("other_number"),
            "no signature": after("unsigned"),
            "another method": after("other_wrapper"),
            "a flipped byte": after("tampered"),
            "another number in a query": signed(QUERY, out_biz_no="somebody-else"),
            "another amount": signed(TRANSFER, trans_amount="0.01"),
            "another amount in a query": signed(QUERY, trans_amount="1234567.89"),
            "no number": signed(QUERY, out_biz_no=None),
        },
        notice=lambda number: ({}, sandbox.finish(number, "REFUND")["notice"].encode()),
        give_back=lambda number: sandbox.finish(number, "REFUND"),
        hears_receipt=hears_receipt,
    )


def a_treasury_rail(folder):
    gateway = BUILTINS["treasury"]({"MARKETPLACE_TREASURY": str(folder)}, system_clock)

    def receive(number, raw, manifest=""):
        (folder / "in").mkdir(parents=True, exist_ok=True)
        (folder / "in" / f"{number}.json").write_bytes(raw)
        (folder / "in" / f"{number}.sha256").write_text(manifest or sha256(raw).hexdigest())

    def hears(command, body):
        receive(command.number, body)
        return gateway.query(command, deadline=soon())

    def hears_receipt(command, body):
        receive(command.number, body)
        return gateway.receipt(command, {}, ticket="", deadline=soon())

    def receipt(manifest="", **over):
        def ask(command):
            facts = {
                "number": command.number,
                "amount": wire.fen_text(command.amount),
                "status": "paid",
                "voucher": "8",
            }
            receive(command.number, json.dumps({**facts, **over}).encode(), manifest)
            return gateway.query(command, deadline=soon())

        return ask

    def handed(number):
        return Prepared.of("transfer", number, handed_over(number)[0], b"")

    def handed_over(number):
        path = folder / "out" / f"{number}.json"
        return [wire.text_fen(json.loads(path.read_bytes())["amount"])] if path.is_file() else []

    return Rail(
        gateway=gateway,
        payee=PAYEE,
        moved=handed_over,
        hears=hears,
        strange={
            "another number": receipt(number="ZF-OTHER"),
            "another amount": receipt(amount="0.01"),
            "another manifest": receipt(manifest="0" * 64),
            "an empty manifest": receipt(manifest=" "),
            "an amount that is a number": receipt(amount=1234.5),
            "a status that nobody knows": receipt(status="lost"),
            "a status that is a list": receipt(status=["paid"]),
        },
        give_back=lambda number: receipt(status="returned")(handed(number)),
        settles=receipt(),
        hears_receipt=hears_receipt,
    )
