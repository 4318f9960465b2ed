"""Builders for the books."""

from __future__ import annotations

from datetime import date
from typing import Any

from marketplace.kernel.context import Ctx
from marketplace.ledger import service
from marketplace.ledger.models import LedgerAccount, Posting

DAY = date(2026, 3, 2)
YEAR = 2026


def a_source(ctx: Ctx, owner: str = "department/test") -> LedgerAccount:
    """A control account that may go below zero: where money comes from."""
    return service.open_account(ctx, book="budget", kind="authority", owner=owner, fiscal_year=YEAR, floor0=False)


def a_purse(ctx: Ctx, kind: str = "available", owner: str = "line/test", amount_fen: int = 0) -> LedgerAccount:
    """A floor-guarded account that holds an amount in fen."""
    opened = service.open_account(ctx, book="budget", kind=kind, owner=owner, fiscal_year=YEAR)
    if amount_fen:
        a_posting(
            ctx,
            id=f"fill/{opened.id}",
            debit_id=a_source(ctx).id,
            credit_id=opened.id,
            amount_fen=amount_fen,
            kind="appropriate",
            reference="财预〔2026〕1号",
        )
    return opened


def a_posting(ctx: Ctx, **over: Any) -> Posting:
    """One posting; give at least id, debit_id, credit_id and amount_fen."""
    facts: dict[str, Any] = {"kind": "test", "reference": "test", "fiscal_year": YEAR, "business_date": DAY}
    return service.post(ctx, **{**facts, **over})
