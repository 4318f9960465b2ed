"""Every built-in gateway that collects obeys the laws of collecting; and the laws can tell one that does not."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from marketplace.kernel.money import Fen
from marketplace.payments.ports import HoldsMoney, Observation, Outcome, Prepared
from marketplace.testing import conformance, laws_refunds
from marketplace.testing import laws_gateways_collecting as laws
from marketplace.testing.rails import a_number, soon
from tests.payments.far_stripe import localstripe, needs_localstripe
from tests.plugins.tills import a_sandbox_till, a_stripe_till

pytestmark = pytest.mark.once


@pytest.fixture(scope="module")
def stripe_url(tmp_path_factory):
    """A Stripe of our own."""
    with localstripe(tmp_path_factory.mktemp("stripe")) as url:
        yield url


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
    if law is laws_refunds.no_more_goes_back_than_came and till.gateway.name == "stripe":
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
            again = prepared.payload.replace(prepared.number.encode(), a_number().encode())
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
        return Prepared.of("payment", made.number, made.amount, made.payload + a_number().encode())


@pytest.mark.parametrize(
    ("law", "breaker"),
    [
        (laws.what_is_offered_waits_and_what_is_paid_is_found, Hurrying),
        (laws.a_payment_that_was_never_offered_is_not_there, Closing),
        (laws.what_is_paid_cannot_be_closed, Closing),
        (laws_refunds.a_refund_is_found_under_its_own_number, Generous),
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
