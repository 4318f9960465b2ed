"""Every built-in gateway obeys the laws; and the laws can tell one that does not."""

import json
import time
from dataclasses import replace
from hashlib import sha256
from unittest import mock

import pytest

from marketplace.kernel.clock import system_clock
from marketplace.payments.gateways import BUILTINS, wire
from marketplace.payments.gateways.alipay import AlipayGateway
from marketplace.payments.ports import Observation, Outcome, Payee, Prepared
from marketplace.payments.sandbox.signing import Signer
from marketplace.testing import conformance
from marketplace.testing import laws_gateways as laws
from marketplace.testing.conformance import Rail

PAYEE = Payee("bank_account", "6222020001112223334", "江苏诚达咨询有限公司", "中国工商银行南京城北支行")
TRANSFER = "alipay_fund_trans_uni_transfer_response"
QUERY = "alipay_fund_trans_common_query_response"


def a_sandbox_rail(sandbox, gateway=None):
    gateway = gateway or BUILTINS["sandbox"]({"MARKETPLACE_SANDBOX": sandbox.folder}, system_clock)

    def hears(command, body):
        """Both exchanges hear the same; a certain outcome of either is told."""
        with mock.patch.object(wire, "post", return_value=wire.Reply(sent=True, status=200, body=body)):
            heard = [act(command, deadline=laws.soon()) for act in (gateway.send, gateway.query)]
        return next((one for one in heard if one.outcome is not Outcome.UNKNOWN), heard[0])

    def hears_receipt(command, body):
        """Both questions hear the same; a certain answer to either is told."""
        reply = wire.Reply(sent=True, status=200, body=body)
        ids = {"pay_fund_order_id": "1"}
        with mock.patch.object(wire, "post", return_value=reply), mock.patch.object(wire, "get", return_value=reply):
            heard = [gateway.receipt(command, ids, ticket=ticket, deadline=laws.soon()) for ticket in ("", "t")]
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
            return gateway.send(command, deadline=laws.soon())

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
        return gateway.query(command, deadline=laws.soon())

    def hears_receipt(command, body):
        receive(command.number, body)
        return gateway.receipt(command, {}, ticket="", deadline=laws.soon())

    def receipt(manifest="", **over):
        def ask(command):
            facts = {
                "number": command.number,
                "amount": wire.fen_text(command.amount),
                "status": "paid",
                "voucher": "8",
            }
            receive(command.number, json.dumps({**facts, **over}).encode(), manifest)
            return gateway.query(command, deadline=laws.soon())

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


@pytest.fixture(params=["sandbox", "certificates", "treasury"])
def rail(request, tmp_path):
    if request.param == "treasury":
        return a_treasury_rail(tmp_path / "treasury")
    return a_sandbox_rail(request.getfixturevalue("sandbox" if request.param == "sandbox" else "certified"))


@pytest.mark.parametrize(
    "law", [*conformance.GATEWAY_LAWS, *conformance.DEDUPING_GATEWAY_LAWS], ids=conformance.name_of
)
def test_every_built_in_gateway_obeys_every_law_it_is_bound_by(rail, law):
    if law in conformance.gateway_laws_of(rail.gateway):
        law(rail)
    else:
        assert not rail.gateway.caps.dedupes_forever


@pytest.mark.parametrize("law", conformance.RECEIPT_LAWS, ids=conformance.name_of)
def test_every_rail_that_gives_receipts_obeys_their_laws(rail, law):
    assert law in conformance.receipt_laws_of(rail)
    law(rail)


def test_only_the_treasury_promises_no_deduplication(rail):
    bound = law_names(conformance.gateway_laws_of(rail.gateway))
    assert ("one number moves once" in bound) is (rail.gateway.name == "sandbox")


def law_names(bound):
    return {conformance.name_of(law) for law in bound}


def test_alipay_itself_is_the_adapter_that_the_sandbox_proves(sandbox):
    made = BUILTINS["alipay"]({"MARKETPLACE_ALIPAY_URL": ""}, system_clock)
    assert type(made) is type(a_sandbox_rail(sandbox).gateway) is AlipayGateway
    assert (made.name, made.caps) == ("alipay", a_sandbox_rail(sandbox).gateway.caps)


class Wrapped:
    """A gateway with one habit changed."""

    def __init__(self, inner):
        self.inner, self.name, self.caps = inner, inner.name, inner.caps

    def __getattr__(self, name):
        return getattr(self.inner, name)

    def prepare_transfer(self, number, amount, payee, title, remark):
        return self.inner.prepare_transfer(number, amount, payee, title, remark)

    def send(self, prepared, *, deadline):
        return self.inner.send(prepared, deadline=deadline)

    def query(self, prepared, *, deadline):
        return self.inner.query(prepared, deadline=deadline)

    def parse_notice(self, headers, body):
        return self.inner.parse_notice(headers, body)

    def notice_ack(self, *, stored):
        return self.inner.notice_ack(stored=stored)

    def prepare_payment(self, *args, **facts):
        return self.inner.prepare_payment(*args, **facts)

    def prepare_refund(self, *args):
        return self.inner.prepare_refund(*args)

    def cancel(self, prepared, *, deadline):
        return self.inner.cancel(prepared, deadline=deadline)

    def statements(self, day, *, deadline):
        return self.inner.statements(day, deadline=deadline)

    def receipt(self, prepared, provider_ids, *, deadline):
        return self.inner.receipt(prepared, provider_ids, deadline=deadline)


class Optimist(Wrapped):
    """Whatever is unknown is called done."""

    def send(self, prepared, *, deadline):
        told = super().send(prepared, deadline=deadline)
        return replace(told, outcome=Outcome.SUCCEEDED) if told.outcome is Outcome.UNKNOWN else told


class Pessimist(Wrapped):
    """Whatever was not found is called refused."""

    def query(self, prepared, *, deadline):
        told = super().query(prepared, deadline=deadline)
        return replace(told, outcome=Outcome.REFUSED) if told.outcome is Outcome.NOT_FOUND else told


class Stamping(Wrapped):
    """Puts the hour into the bytes."""

    def prepare_transfer(self, number, amount, payee, title, remark):
        made = super().prepare_transfer(number, amount, payee, title, remark)
        return Prepared.of("transfer", number, amount, made.payload + laws.a_number().encode())


class Believing(Wrapped):
    """Reads a notice that nobody signed."""

    def parse_notice(self, headers, body):
        try:
            return super().parse_notice(headers, body)
        except ValueError:
            return "notice", Observation("notice", "ZF-1", Outcome.SUCCEEDED)


class Withdrawing(Wrapped):
    """Says that what was called back never went."""

    def cancel(self, prepared, *, deadline):
        return Observation("answer", prepared.number, Outcome.REFUSED)


class Denying(Wrapped):
    """Calls money that came back refused."""

    def query(self, prepared, *, deadline):
        told = super().query(prepared, deadline=deadline)
        return replace(told, outcome=Outcome.REFUSED) if told.outcome is Outcome.RETURNED else told


class Promising(Wrapped):
    """Prepares a collection although it says that it only pays out."""

    def __init__(self, inner):
        super().__init__(inner)
        self.caps = replace(inner.caps, operations=frozenset({"transfer"}))

    def prepare_payment(self, number, amount, *args, **facts):
        return Prepared.of("payment", number, amount, b"")


class Remembering(Wrapped):
    """Keeps the last command, so that threads hear about each other's."""

    def query(self, prepared, *, deadline):
        self.last = prepared
        time.sleep(0.01)
        return super().query(self.last, deadline=deadline)


class Doubling(Wrapped):
    """Pays again under a number of its own."""

    def send(self, prepared, *, deadline):
        told = super().send(prepared, deadline=deadline)
        return replace(told, outcome=Outcome.SUCCEEDED)


@pytest.mark.parametrize(
    ("law", "breaker"),
    [
        (laws.what_is_not_ours_is_unknown, Optimist),
        (laws.what_was_never_sent_is_not_there, Pessimist),
        (laws.preparing_is_pure, Stamping),
        (laws.garbage_is_no_notice, Believing),
        (laws.a_changed_notice_is_refused, Believing),
        (laws.calling_back_never_claims_what_it_cannot, Withdrawing),
        (laws.what_came_back_is_returned, Denying),
        (laws.a_half_that_is_missing_says_so, Promising),
        (laws.threads_do_not_mix, Remembering),
        (laws.another_command_never_takes_the_number, Doubling),
        (laws.a_passed_deadline_lets_nothing_leave, Doubling),
    ],
)
def test_a_law_finds_the_gateway_that_breaks_it(sandbox, law, breaker):
    honest = a_sandbox_rail(sandbox).gateway
    with pytest.raises(AssertionError):
        law(a_sandbox_rail(sandbox, breaker(honest)))


def test_a_rail_that_pays_twice_is_found(sandbox):
    sandbox.set(dedupe="off")
    try:
        with pytest.raises(AssertionError):
            laws.one_number_moves_once(a_sandbox_rail(sandbox))
    finally:
        sandbox.set(dedupe="on")
