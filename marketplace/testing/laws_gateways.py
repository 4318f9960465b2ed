"""Laws of the plug-in point `marketplace.payment_gateways`; each takes a rail: an adapter with its far side in hand."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from hashlib import sha256
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from marketplace.kernel.clock import system_clock
from marketplace.payments.ports import Gateway, Outcome, PayeeKind
from marketplace.testing.laws_notices import (
    a_changed_notice_is_refused,
    acknowledging_is_not_refusing,
    garbage_is_no_notice,
)
from marketplace.testing.rails import (
    REMARK,
    TITLE,
    Law,
    Rail,
    a_number,
    listening,
    prepared,
    quiet,
    raises_lookup_error,
    raises_value_error,
    soon,
)


def keeps_the_protocol(rail: Rail) -> None:
    """Name and promises are there and fit together; the payee of the laws is one the rail can pay."""
    caps = rail.gateway.caps
    assert isinstance(rail.gateway, Gateway)
    assert rail.gateway.name
    assert rail.gateway.name == rail.gateway.name.strip().lower(), "the name is stored: lower case, no space"
    assert 0 < caps.min_amount <= rail.amount <= caps.max_amount
    assert rail.payee.kind in caps.payee_kinds


def preparing_is_pure(rail: Rail) -> None:
    """Equal facts make equal bytes; the digest is theirs; each fact is in them; nothing leaves."""
    number = a_number()
    one, again = prepared(rail, number), prepared(rail, number)
    assert one == again
    assert (one.number, one.amount) == (number, rail.amount)
    assert one.digest == sha256(one.payload).hexdigest()
    others = [
        prepared(rail, a_number()),
        prepared(rail, number, rail.amount + 1),
        prepared(rail, number, payee=replace(rail.payee, account=rail.payee.account[:-1] + "9")),
        prepared(rail, number, payee=replace(rail.payee, name=rail.payee.name + "二")),
    ]
    assert len({one.digest, *(other.digest for other in others)}) == 5, "a fact is not part of what identifies it"
    assert rail.moved(number) == []


def what_can_never_be_sent_is_refused_at_once(rail: Rail) -> None:
    """Outside the limits, without a number, or to a kind of payee the rail does not pay: ValueError."""
    caps = rail.gateway.caps
    wrong: list[Callable[[], object]] = [
        lambda: rail.gateway.prepare_transfer("", rail.amount, rail.payee, TITLE, REMARK),
        lambda: prepared(rail, amount=caps.min_amount - 1 or -1),
        lambda: prepared(rail, amount=-caps.min_amount),
        lambda: prepared(rail, amount=caps.max_amount + 1),
    ]
    unpaid = [replace(rail.payee, kind=kind) for kind in get_args(PayeeKind) if kind not in caps.payee_kinds]
    wrong += [partial(prepared, rail, payee=payee) for payee in unpaid]
    for act in wrong:
        raises_value_error(act)


def what_is_sent_is_found(rail: Rail) -> None:
    """A send is taken or done, and a query about it never says that it is unknown to the provider or refused."""
    command = prepared(rail)
    assert rail.gateway.send(command, deadline=soon()).outcome in {Outcome.ACCEPTED, Outcome.SUCCEEDED}
    told = rail.gateway.query(command, deadline=soon())
    assert told.outcome in {Outcome.ACCEPTED, Outcome.SUCCEEDED}
    assert told.amount in {None, command.amount}


def what_was_never_sent_is_not_there(rail: Rail) -> None:
    """A query about a number that never left is NOT_FOUND: not a refusal, and nothing moves by asking."""
    command = prepared(rail)
    told = rail.gateway.query(command, deadline=soon())
    assert told.outcome is Outcome.NOT_FOUND
    assert told.number == command.number
    assert rail.moved(command.number) == []


def one_number_moves_once(rail: Rail) -> None:
    """For rails that deduplicate for ever: the same command sent again moves nothing again."""
    command = prepared(rail)
    for _ in range(3):
        rail.gateway.send(command, deadline=soon())
    assert rail.moved(command.number) == [command.amount]


def another_command_never_takes_the_number(rail: Rail) -> None:
    """Other bytes under a used number succeed never, and the first command stays as it was."""
    first = prepared(rail)
    rail.gateway.send(first, deadline=soon())
    second = prepared(rail, first.number, rail.amount + 1)
    assert rail.gateway.send(second, deadline=soon()).outcome in {Outcome.UNKNOWN, Outcome.REFUSED}
    assert rail.moved(first.number) == [first.amount]


def a_passed_deadline_lets_nothing_leave(rail: Rail) -> None:
    """When there is no time left, nothing is sent and the adapter says so."""
    command = prepared(rail)
    assert rail.gateway.send(command, deadline=time.monotonic() - 1).outcome in {Outcome.NOT_SENT, Outcome.UNKNOWN}
    assert rail.moved(command.number) == []


def garbage_is_unknown(rail: Rail) -> None:
    """No bytes of the far side raise, and none that are not its own settle anything."""
    command = prepared(rail)
    said = [b"", b"null", b"[]", b"{}", b"0", b'"SUCCESS"', b"\xff\xfe", b"[" * 50_000, b'{"a":' * 50_000]
    for body in said:
        assert rail.hears(command, body).outcome is Outcome.UNKNOWN

    @quiet
    @given(st.one_of(st.binary(max_size=300), st.text(max_size=200).map(lambda text: text.encode())))
    def law(body: bytes) -> None:
        assert rail.hears(command, body).outcome is Outcome.UNKNOWN

    law()


def what_is_not_ours_is_unknown(rail: Rail) -> None:
    """Another number, another amount, a signature that is missing: the answer says nothing about our command."""
    assert rail.strange, "name the strange answers of this rail"
    for name, ask in rail.strange.items():
        command = prepared(rail)
        told = ask(command)
        assert told.outcome is Outcome.UNKNOWN, f"{name}: {told.outcome}"
        assert told.number == command.number, f"{name}: the fact is filed under our number"


def nothing_personal_is_logged(rail: Rail) -> None:
    """Payees stay out of every log, at every level, also when the far side talks nonsense."""
    with listening() as heard:
        command = prepared(rail)
        rail.gateway.send(command, deadline=soon())
        rail.gateway.query(command, deadline=soon())
        rail.hears(command, b"nonsense")
    text = "\n".join(heard)
    assert rail.payee.account not in text
    assert rail.payee.name not in text


def a_half_that_is_missing_says_so(rail: Rail) -> None:
    """What caps does not name can not be prepared, and a book or receipt that does not exist is not invented."""
    able = rail.gateway.caps.operations
    assert able, "a rail that does nothing"
    asks: dict[str, Callable[[], object]] = {
        "transfer": partial(prepared, rail),
        "refund": lambda: rail.gateway.prepare_refund(a_number(), a_number(), rail.amount, REMARK),
        "payment": lambda: rail.gateway.prepare_payment(
            a_number(), rail.amount, TITLE, expires_at=system_clock(), notify_url="https://localhost/"
        ),
    }
    for operation in asks.keys() - able:
        raises_value_error(asks[operation])
    if not rail.gateway.caps.gives_receipts:
        raises_lookup_error(partial(rail.gateway.receipt, prepared(rail), {}, ticket="", deadline=soon()))


def calling_back_never_claims_what_it_cannot(rail: Rail) -> None:
    """A pay-out that was handed over is not called REFUSED by `cancel` while its money moved or may still move."""
    command = prepared(rail)
    rail.gateway.send(command, deadline=soon())
    assert rail.gateway.cancel(command, deadline=soon()).outcome is not Outcome.REFUSED
    assert rail.moved(command.number) == [command.amount]


def threads_do_not_mix(rail: Rail) -> None:
    """One adapter serves many threads; each hears about its own number."""
    commands = [prepared(rail, amount=rail.amount + n) for n in range(12)]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda one: rail.gateway.send(one, deadline=soon()), commands))
        told = list(pool.map(lambda one: rail.gateway.query(one, deadline=soon()), commands))
    for command, fact in zip(commands, told, strict=True):
        assert fact.number == command.number
        assert fact.amount in {None, command.amount}
        assert rail.moved(command.number) == [command.amount]


def what_came_back_is_returned(rail: Rail) -> None:
    """退票: money that the bank sends back is RETURNED, never REFUSED, and stays so."""
    if rail.give_back is None:
        return
    assert rail.gateway.caps.can_return
    command = prepared(rail)
    rail.gateway.send(command, deadline=soon())
    rail.give_back(command.number)
    for _ in range(2):
        assert rail.gateway.query(command, deadline=soon()).outcome is Outcome.RETURNED


ALWAYS: tuple[Law, ...] = (
    keeps_the_protocol,
    preparing_is_pure,
    what_can_never_be_sent_is_refused_at_once,
    what_is_sent_is_found,
    what_was_never_sent_is_not_there,
    another_command_never_takes_the_number,
    a_passed_deadline_lets_nothing_leave,
    garbage_is_unknown,
    what_is_not_ours_is_unknown,
    a_changed_notice_is_refused,
    garbage_is_no_notice,
    acknowledging_is_not_refusing,
    nothing_personal_is_logged,
    a_half_that_is_missing_says_so,
    calling_back_never_claims_what_it_cannot,
    threads_do_not_mix,
    what_came_back_is_returned,
)
WHERE_DOUBLES_ARE_REMOVED: tuple[Law, ...] = (one_number_moves_once,)


def laws_of(gateway: Gateway) -> tuple[Law, ...]:
    """The laws that an adapter must obey by what its capabilities promise."""
    return ALWAYS + (WHERE_DOUBLES_ARE_REMOVED if gateway.caps.dedupes_forever else ())
