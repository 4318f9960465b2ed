"""The planted bugs by domain: what is changed, and the tests that must notice. A new kind of bug deserves a line."""

from tests.mutants.planted import (
    agencies,
    auctions,
    audit,
    bidding,
    budgets,
    ceremony,
    closing,
    collection,
    contracts,
    direct,
    kernel,
    ledger,
    payments,
    receipts,
    reconciliation,
    selection,
    web,
)
from tests.mutants.planted.mutant import Mutant

DOMAINS = (
    agencies,
    auctions,
    audit,
    bidding,
    budgets,
    ceremony,
    closing,
    collection,
    contracts,
    direct,
    kernel,
    ledger,
    payments,
    receipts,
    reconciliation,
    selection,
    web,
)

MUTANTS: tuple[Mutant, ...] = tuple(mutant for domain in DOMAINS for mutant in domain.MUTANTS)
