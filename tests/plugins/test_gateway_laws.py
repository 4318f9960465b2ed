"""Every built-in gateway obeys the laws; and the laws can tell one that does not."""

import time
from dataclasses import replace

import pytest

from marketplace.kernel.clock import system_clock
from marketplace.payments.gateways import BUILTINS
from marketplace.payments.gateways.alipay import AlipayGateway
from marketplace.payments.ports import Observation, Outcome, Prepared
from marketplace.testing import conformance, laws_notices, rails
from marketplace.testing import laws_gateways as laws
from tests.plugins.rails import a_sandbox_rail, a_treasury_rail


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
        return Prepared.of("transfer", number, amount, made.payload + rails.a_number().encode())


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
        (laws_notices.garbage_is_no_notice, Believing),
        (laws_notices.a_changed_notice_is_refused, Believing),
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
