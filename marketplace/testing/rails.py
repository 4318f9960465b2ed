"""A rail for the laws: an adapter with its far side in hand, and what the laws do with it."""

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count

from hypothesis import HealthCheck, Phase, settings

from marketplace.kernel.money import Fen
from marketplace.payments.ports import Gateway, Observation, OfficialReceipt, Payee, Prepared

TITLE, REMARK = "环境影响评价服务费", "合同HT-2026-000001"
PATIENCE_SECONDS = 5.0
AMOUNT = Fen(123_450)
_serials = count(1)
quiet = settings(
    max_examples=100,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.generate, Phase.shrink),
)


@dataclass(frozen=True)
class Rail:
    """An adapter and what the author of the adapter can do to its far side.

    payee: somebody whom the far side pays. moved: amounts (fen) that the far side really let go under a number.
    hears: what the adapter concludes when the far side says these bytes about a command. strange: by name, what it
    concludes from answers that are genuine but speak of another number or amount, or are not signed as they must be.
    notice: a genuine message about a number that was sent, as (headers, body); None where the rail sends none.
    give_back: lets the bank send the money of a number back; None where the far side cannot be told to. settles: lets
    what was handed over be paid for good; None where `send` does. hears_receipt: what the adapter concludes when the
    far side says these bytes about a command's official receipt; None where the rail gives none.
    """

    gateway: Gateway
    payee: Payee
    moved: Callable[[str], list[int]]
    hears: Callable[[Prepared, bytes], Observation]
    strange: Mapping[str, Callable[[Prepared], Observation]] = field(default_factory=dict)
    notice: Callable[[str], tuple[Mapping[str, str], bytes]] | None = None
    give_back: Callable[[str], None] | None = None
    settles: Callable[[Prepared], None] | None = None
    hears_receipt: Callable[[Prepared, bytes], OfficialReceipt] | None = None
    amount: Fen = AMOUNT


Law = Callable[[Rail], None]


def a_number() -> str:
    """A number that was never used on any rail of this process."""
    return f"ZF-2026-{time.time_ns()}{next(_serials)}"


def soon() -> float:
    """A deadline that an honest far side meets."""
    return time.monotonic() + PATIENCE_SECONDS


def prepared(rail: Rail, number: str = "", amount: int = 0, payee: Payee | None = None) -> Prepared:
    """A pay-out of the rail's amount to its payee, unless told otherwise."""
    number, sum_ = number or a_number(), Fen(amount or rail.amount)
    return rail.gateway.prepare_transfer(number, sum_, payee or rail.payee, TITLE, REMARK)


@contextmanager
def listening() -> Iterator[list[str]]:
    """Everything that any log says meanwhile, at every level."""
    heard: list[str] = []

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            heard.append(record.getMessage())

    root, ear = logging.getLogger(), Ear()
    level = root.level
    root.addHandler(ear)
    root.setLevel(logging.DEBUG)
    try:
        yield heard
    finally:
        root.setLevel(level)
        root.removeHandler(ear)


def raises_lookup_error(act: Callable[[], object]) -> None:
    """Call it; anything but a LookupError fails."""
    try:
        act()
    except LookupError:
        return
    raise AssertionError("what a rail does not have must be refused by LookupError")


def raises_value_error(act: Callable[[], object]) -> None:
    """Call it; anything but a ValueError fails."""
    try:
        act()
    except ValueError:
        return
    raise AssertionError("this must raise ValueError")
