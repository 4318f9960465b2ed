"""A till for the laws: an adapter that collects with its payer in hand, and what the laws do with it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from marketplace.kernel.clock import system_clock
from marketplace.kernel.money import Fen
from marketplace.payments.ports import Gateway, Observation, Outcome, Prepared
from marketplace.testing.rails import AMOUNT, REMARK, TITLE, a_number, soon


@dataclass(frozen=True)
class Till:
    """An adapter that collects, and what the author of the adapter can do at its far side.

    seller: to whom the money goes, in the rail's own terms. arrives: the payer opens what `send` gave him. pays: he
    pays a number; whether the far side let him. came, went: amounts (fen) that really came under a number and went
    back to its payer. hears: what an exchange (send, query, cancel) concludes from these bytes. strange: by name, what
    is concluded from answers about another number or amount, or not signed as they must be. notice: a genuine message
    that a number was paid; None where the rail sends none. day: for which the rail keeps a book, and None where it
    keeps none. settled: what of a payment that the provider holds (fen) has really reached its seller.
    """

    gateway: Gateway
    seller: str
    arrives: Callable[[Observation], None]
    pays: Callable[[Prepared], bool]
    came: Callable[[Prepared], list[int]]
    went: Callable[[Prepared], list[int]]
    hears: Callable[[str, Prepared, bytes], Observation]
    strange: Mapping[str, Callable[[Prepared], Observation]] = field(default_factory=dict)
    notice: Callable[[Prepared], tuple[Mapping[str, str], bytes]] | None = None
    day: Callable[[], date] | None = None
    settled: Callable[[Prepared], int] | None = None
    amount: Fen = AMOUNT


Law = Callable[[Till], None]


def a_payment(till: Till, number: str = "", amount: int = 0, expires_at: datetime | None = None) -> Prepared:
    """A collection of the till's amount for its seller, unless told otherwise."""
    return till.gateway.prepare_payment(
        number or a_number(),
        Fen(amount or till.amount),
        TITLE,
        expires_at=expires_at or system_clock() + timedelta(minutes=30),
        notify_url="https://market.example/payments/notices/rail",
        seller=till.seller,
    )


def offered(till: Till) -> Prepared:
    """One that its payer may pay."""
    made = a_payment(till)
    told = till.gateway.send(made, deadline=soon())
    assert told.outcome is Outcome.ACCEPTED
    assert told.operation == "payment"
    till.arrives(told)
    return made


def paid(till: Till) -> Prepared:
    """One that is paid."""
    made = offered(till)
    assert till.pays(made)
    return made


def a_refund(till: Till, of: Prepared, amount: int, number: str = "") -> Prepared:
    """So much of a payment back to its payer."""
    return till.gateway.prepare_refund(number or a_number(), of.number, Fen(amount), REMARK)
