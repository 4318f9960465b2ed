"""Laws of gateways that collect, beside those that pay; each takes a till: an adapter with its payer in hand."""

import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from marketplace.kernel.clock import system_clock
from marketplace.kernel.money import Fen
from marketplace.payments.ports import Gateway, Outcome, Prepared
from marketplace.testing.laws_refunds import (
    a_refund_is_found_under_its_own_number,
    no_more_goes_back_than_came,
    one_refund_goes_back_once,
    what_never_came_never_goes_back,
)
from marketplace.testing.rails import REMARK, TITLE, a_number, listening, quiet, raises_value_error, soon
from marketplace.testing.tills import Law, Till, a_payment, a_refund, offered, paid

WAITING = frozenset({Outcome.ACCEPTED, Outcome.NOT_FOUND})  # a code that nobody has scanned may be no payment yet


def collecting_is_promised(till: Till) -> None:
    """The adapter keeps the protocol and says that it collects and gives back."""
    assert isinstance(till.gateway, Gateway)
    assert till.gateway.caps.operations >= {"payment", "refund"}
    assert till.gateway.caps.min_amount <= till.amount // 2
    assert till.amount <= till.gateway.caps.max_amount


def preparing_a_collection_is_pure(till: Till) -> None:
    """Equal facts make equal bytes; number, amount and hour of expiry are in them; nothing leaves."""
    number, until = a_number(), system_clock() + timedelta(minutes=30)
    one = a_payment(till, number, expires_at=until)
    assert one == a_payment(till, number, expires_at=until)
    assert (one.operation, one.number, one.amount) == ("payment", number, till.amount)
    assert one.digest == sha256(one.payload).hexdigest()
    others = [
        a_payment(till, expires_at=until),
        a_payment(till, number, till.amount + 1, until),
        a_payment(till, number, expires_at=until + timedelta(minutes=1)),
    ]
    back = a_refund(till, one, 100, number)
    assert back == a_refund(till, one, 100, number)
    others += [back, a_refund(till, one, 101, number), a_refund(till, others[0], 100, number), a_refund(till, one, 100)]
    assert len({one.digest, *(other.digest for other in others)}) == 8, "a fact is not part of what identifies it"
    assert till.came(one) == []


def what_can_never_be_collected_is_refused_at_once(till: Till) -> None:
    """Outside the limits, without a number, or giving nothing back: ValueError."""
    made = a_payment(till)
    for act in (
        partial(a_payment, till, amount=-1),
        partial(a_payment, till, amount=till.gateway.caps.max_amount + 1),
        partial(a_payment, till, number="x" * 300),
        partial(a_refund, till, made, 0),
        partial(a_refund, till, made, -1),
        partial(till.gateway.prepare_refund, "", made.number, till.amount, REMARK),
    ):
        raises_value_error(act)


def what_is_offered_waits_and_what_is_paid_is_found(till: Till) -> None:
    """Before the payer pays nobody says that he has, and afterwards everybody does, to the fen."""
    made = offered(till)
    assert till.gateway.query(made, deadline=soon()).outcome in WAITING
    assert till.pays(made)
    told = till.gateway.query(made, deadline=soon())
    assert (told.outcome, told.number, told.operation) == (Outcome.SUCCEEDED, made.number, "payment")
    assert told.amount in {None, made.amount}
    assert till.came(made) == [made.amount]


def a_payment_that_was_never_offered_is_not_there(till: Till) -> None:
    """Neither asking nor closing makes it one, and its absence is no refusal."""
    made = a_payment(till)
    assert till.gateway.query(made, deadline=soon()).outcome is Outcome.NOT_FOUND
    assert till.gateway.cancel(made, deadline=soon()).outcome in {Outcome.NOT_FOUND, Outcome.UNKNOWN}
    assert till.came(made) == []


def one_payment_is_paid_once(till: Till) -> None:
    """For rails that deduplicate for ever: offered again it is the same payment, which is paid once."""
    made = offered(till)
    assert till.gateway.send(made, deadline=soon()).outcome in {Outcome.ACCEPTED, Outcome.UNKNOWN}
    assert till.pays(made)
    till.gateway.send(made, deadline=soon())
    assert not till.pays(made)
    assert till.came(made) == [made.amount]


def another_amount_is_never_offered_under_the_number(till: Till) -> None:
    """Where doubles are removed: other facts under a used number are not offered; what was asked first is paid."""
    first = offered(till)
    other = a_payment(till, first.number, till.amount + 1)
    assert till.gateway.send(other, deadline=soon()).outcome in {Outcome.UNKNOWN, Outcome.REFUSED}
    assert till.pays(first)
    assert till.came(first) == [first.amount]


def what_is_closed_cannot_be_paid(till: Till) -> None:
    """REFUSED after closing means that no payment can happen any more, however often it is closed."""
    made = offered(till)
    assert till.gateway.cancel(made, deadline=soon()).outcome is Outcome.REFUSED
    assert not till.pays(made)
    assert till.gateway.cancel(made, deadline=soon()).outcome in {Outcome.REFUSED, Outcome.UNKNOWN}
    assert till.gateway.query(made, deadline=soon()).outcome is Outcome.REFUSED
    assert till.came(made) == []


def what_is_paid_cannot_be_closed(till: Till) -> None:
    """Closing what was paid is never answered by REFUSED, which would say that no money came."""
    made = paid(till)
    assert till.gateway.cancel(made, deadline=soon()).outcome in {Outcome.UNKNOWN, Outcome.SUCCEEDED}
    assert till.gateway.query(made, deadline=soon()).outcome is Outcome.SUCCEEDED


def after_the_deadline_nothing_is_offered_or_given_back(till: Till) -> None:
    """When there is no time left nothing is sent, and nothing is concluded."""
    made, late = paid(till), time.monotonic() - 1
    fresh, back = a_payment(till), a_refund(till, made, 100)
    for command in (fresh, back):
        assert till.gateway.send(command, deadline=late).outcome in {Outcome.NOT_SENT, Outcome.UNKNOWN}
    assert till.gateway.cancel(fresh, deadline=late).outcome in {Outcome.NOT_SENT, Outcome.UNKNOWN}
    assert not till.pays(fresh)
    assert till.went(made) == []


def garbage_settles_no_collection(till: Till) -> None:
    """No bytes of the far side raise, and none that are not its own settle anything."""
    made = a_payment(till)
    commands = [("send", made), ("query", made), ("cancel", made)]
    commands += [(act, a_refund(till, made, 100)) for act in ("send", "query")]
    for body in (b"", b"null", b"[]", b"{}", b'"TRADE_SUCCESS"', b"\xff\xfe", b"[" * 50_000):
        for act, command in commands:
            assert till.hears(act, command, body).outcome in {Outcome.UNKNOWN, Outcome.NOT_SENT}, (act, body[:20])

    @quiet
    @given(st.sampled_from(commands), st.binary(max_size=200))
    def law(told: tuple[str, Prepared], body: bytes) -> None:
        act, command = told
        assert till.hears(act, command, body).outcome in {Outcome.UNKNOWN, Outcome.NOT_SENT}

    law()


def what_is_not_ours_settles_no_collection(till: Till) -> None:
    """Genuine answers about another number or amount, and answers without a good signature, are UNKNOWN."""
    for name, ask in till.strange.items():
        assert ask(a_payment(till)).outcome is Outcome.UNKNOWN, name


def a_changed_notice_of_a_collection_is_refused(till: Till) -> None:
    """A genuine notice tells the payment; any byte changed raises ValueError or says the very same."""
    for made, headers, body in _notices(till):
        notice_id, fact = till.gateway.parse_notice(headers, body)
        assert (fact.source, fact.number, fact.outcome) == ("notice", made.number, Outcome.SUCCEEDED)
        assert (fact.operation, fact.amount) == ("payment", made.amount)
        refused = 0
        for place in range(len(body)):
            changed = body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]
            try:
                again = till.gateway.parse_notice(headers, changed)
            except ValueError:
                refused += 1
            else:
                told = (again[0], again[1].number, again[1].outcome, again[1].amount)
                assert told == (notice_id, fact.number, fact.outcome, fact.amount), place
        assert refused > len(body) * 0.8, "nearly every byte of a notice is under its signature"


def threads_do_not_mix_collections(till: Till) -> None:
    """One adapter serves many threads; each hears about its own number."""
    commands = [a_payment(till, amount=till.amount + n) for n in range(6)]
    with ThreadPoolExecutor(6) as pool:
        told = list(pool.map(lambda one: till.gateway.send(one, deadline=soon()), commands))
        for fact in told:
            till.arrives(fact)
        told += list(pool.map(lambda one: till.gateway.query(one, deadline=soon()), commands))
    for command, fact in zip(commands * 2, told, strict=True):
        assert fact.number == command.number
        assert fact.amount in {None, command.amount}


def nobody_who_pays_or_sells_is_logged(till: Till) -> None:
    """The seller's account and the title stay out of every log, also when the far side talks nonsense."""
    with listening() as heard:
        made = paid(till)
        till.gateway.query(made, deadline=soon())
        till.gateway.send(a_refund(till, made, 100), deadline=soon())
        till.hears("query", made, b"nonsense")
    text = "\n".join(heard)
    assert not till.seller or till.seller not in text
    assert TITLE not in text


def a_book_has_what_came_and_what_went(till: Till) -> None:
    """Where the rail keeps a book, the payments and refunds of a day stand in it, and it proves that it is whole."""
    made = paid(till)
    back = a_refund(till, made, 100)
    till.gateway.send(back, deadline=soon())
    if till.day is None:
        return
    books = list(till.gateway.statements(till.day(), deadline=soon()))
    assert all(book.complete for book in books)
    lines = [(line.number, line.amount) for book in books for line in book.lines]
    assert lines.count((made.number, made.amount)) == 1
    assert lines.count((back.number, Fen(-back.amount))) == 1


def _notices(till: Till) -> Iterator[tuple[Prepared, Mapping[str, str], bytes]]:
    if till.notice is None:
        return
    made = offered(till)
    yield made, *till.notice(made)


ALWAYS: tuple[Law, ...] = (
    collecting_is_promised,
    preparing_a_collection_is_pure,
    what_can_never_be_collected_is_refused_at_once,
    what_is_offered_waits_and_what_is_paid_is_found,
    a_payment_that_was_never_offered_is_not_there,
    what_is_closed_cannot_be_paid,
    what_is_paid_cannot_be_closed,
    a_refund_is_found_under_its_own_number,
    no_more_goes_back_than_came,
    what_never_came_never_goes_back,
    after_the_deadline_nothing_is_offered_or_given_back,
    garbage_settles_no_collection,
    what_is_not_ours_settles_no_collection,
    a_changed_notice_of_a_collection_is_refused,
    threads_do_not_mix_collections,
    nobody_who_pays_or_sells_is_logged,
    a_book_has_what_came_and_what_went,
)
WHERE_DOUBLES_ARE_REMOVED: tuple[Law, ...] = (
    one_payment_is_paid_once,
    another_amount_is_never_offered_under_the_number,
    one_refund_goes_back_once,
)


def laws_of(gateway: Gateway) -> tuple[Law, ...]:
    """The laws that an adapter which collects must obey by what its capabilities promise."""
    return ALWAYS + (WHERE_DOUBLES_ARE_REMOVED if gateway.caps.dedupes_forever else ())
