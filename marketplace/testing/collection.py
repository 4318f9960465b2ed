"""Builders for collecting: an enterprise's accepted milestone, its collection, and the code that its payer scans."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from marketplace.collection import queries, sender, service
from marketplace.collection.models import Collection
from marketplace.kernel.context import Ctx, Runtime
from marketplace.payments.ports import Way
from marketplace.testing.contracts import Parties, a_finished_contract, parts_of, some_parties

Work = Callable[..., AbstractContextManager[Ctx]]
SELLER = "2088000000000777"


@dataclass(frozen=True)
class Debtor:
    """An enterprise's contract whose result was accepted."""

    parties: Parties
    contract_id: str
    milestone_id: str


def a_debtor(work: Work, *, merchant: bool = True, username: str = "") -> Debtor:
    """One accepted milestone that an enterprise pays. username: see some_parties."""
    with work() as ctx:
        parties = some_parties(ctx, username=username)
        if merchant:
            service.set_merchant(ctx, parties.agency_id, seller=SELLER)
    contract = a_finished_contract(work, parties)
    return Debtor(parties, contract.id, parts_of(work, contract)[0].id)


def a_collection(work: Work, debtor: Debtor, way: Way = "qr") -> Collection:
    """A collection that no provider has heard of yet."""
    with work(debtor.parties.buyer) as ctx:
        return service.ask(ctx, debtor.milestone_id, way=way)


def an_offered_collection(runtime: Runtime, work: Work, debtor: Debtor, way: Way = "qr") -> Collection:
    """A collection whose payer may pay."""
    made = a_collection(work, debtor, way)
    sender.run_due(runtime)
    return now(work, made)


def now(work: Work, row: Collection) -> Collection:
    """The collection as it is now."""
    with work() as ctx:
        found = queries.by_number(ctx, row.number)
        assert found is not None
        return found


__all__ = ["SELLER", "Debtor", "a_collection", "a_debtor", "an_offered_collection", "now"]
