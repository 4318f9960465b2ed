"""Laws of rails that hold a payment until it is settled (延迟结算); each takes a till whose adapter holds money."""

from datetime import timedelta
from functools import partial
from typing import cast

from marketplace.kernel.clock import system_clock
from marketplace.kernel.money import Fen
from marketplace.payments.ports import HoldsMoney, Outcome, Prepared
from marketplace.testing.rails import TITLE, a_number, raises_value_error, soon
from marketplace.testing.tills import Law, Till, a_refund

HOLD_DAYS = 30


def _rail(till: Till) -> HoldsMoney:
    assert isinstance(till.gateway, HoldsMoney), "caps promise settlements"
    return cast("HoldsMoney", till.gateway)


def a_held_payment(till: Till, number: str = "", hold_days: int = HOLD_DAYS) -> Prepared:
    """A collection that the provider is to hold."""
    return _rail(till).prepare_held_payment(
        number or a_number(),
        till.amount,
        TITLE,
        expires_at=system_clock() + timedelta(minutes=30),
        notify_url="https://market.example/payments/notices/rail",
        seller=till.seller,
        way="qr",
        hold_days=hold_days,
    )


def held(till: Till) -> Prepared:
    """One that is paid and held."""
    made = a_held_payment(till)
    till.arrives(till.gateway.send(made, deadline=soon()))
    assert till.pays(made)
    return made


def a_settlement(till: Till, of: Prepared, amount: int, number: str = "") -> Prepared:
    """So much of a held payment to its seller."""
    ids = till.gateway.query(of, deadline=soon()).provider_ids
    return _rail(till).prepare_settlement(number or a_number(), of, Fen(amount), ids)


def let_go(till: Till, of: Prepared) -> int:
    """What of a held payment its seller really has."""
    assert till.settled is not None, "say what reached the seller"
    return till.settled(of)


def what_is_held_is_settled_once_and_only_when_told(till: Till) -> None:
    """Before, the seller has nothing; told three times, he has it once, and a query says so."""
    made = held(till)
    assert let_go(till, made) == 0
    told = a_settlement(till, made, made.amount)
    assert told == a_settlement(till, made, made.amount, told.number), "preparing is pure"
    for act in (till.gateway.send, till.gateway.send, till.gateway.query):
        fact = act(told, deadline=soon())
        assert (fact.outcome, fact.number, fact.operation) == (Outcome.SUCCEEDED, told.number, "settlement")
        assert fact.amount in {None, told.amount}
    assert let_go(till, made) == made.amount


def no_more_is_settled_than_is_held(till: Till) -> None:
    """What went back is not settled, and one fen more than the rest is not done."""
    made = held(till)
    back = made.amount // 4
    assert till.gateway.send(a_refund(till, made, back), deadline=soon()).outcome is Outcome.SUCCEEDED
    much = a_settlement(till, made, made.amount - back + 1)
    assert till.gateway.send(much, deadline=soon()).outcome in {Outcome.REFUSED, Outcome.UNKNOWN}
    assert let_go(till, made) == 0
    rest = a_settlement(till, made, made.amount - back)
    assert till.gateway.send(rest, deadline=soon()).outcome is Outcome.SUCCEEDED
    assert let_go(till, made) == made.amount - back


def what_can_never_be_held_or_settled_is_refused_at_once(till: Till) -> None:
    """Without an end, a number or a trade, or more than was paid: ValueError."""
    made = held(till)
    for act in (
        partial(a_held_payment, till, hold_days=0),
        partial(a_held_payment, till, hold_days=100_000),
        partial(a_settlement, till, made, 0),
        partial(a_settlement, till, made, made.amount + 1),
        partial(_rail(till).prepare_settlement, a_number(), made, made.amount, {}),
        partial(_rail(till).prepare_settlement, "", made, made.amount, {"trade_no": "1"}),
    ):
        raises_value_error(act)


def garbage_settles_nothing(till: Till) -> None:
    """No bytes of the far side raise, and none that are not its own call a settlement done or refused."""
    told = a_settlement(till, held(till), 100)
    for body in (b"", b"null", b"[]", b"{}", b'"SUCCESS"', b"\xff\xfe", b"[" * 50_000):
        for act in ("send", "query"):
            assert till.hears(act, told, body).outcome in {Outcome.UNKNOWN, Outcome.NOT_SENT}, body[:20]


LAWS: tuple[Law, ...] = (
    what_is_held_is_settled_once_and_only_when_told,
    no_more_is_settled_than_is_held,
    what_can_never_be_held_or_settled_is_refused_at_once,
    garbage_settles_nothing,
)


def laws_of(till: Till) -> tuple[Law, ...]:
    """The laws of held money, where the rail promises to hold any."""
    return LAWS if "settlement" in till.gateway.caps.operations else ()
