"""Builders for reconciliation: paid orders by the hundred, the bill that fits them, and the clerks who look at it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import fields
from datetime import date, timedelta
from typing import Any

from sqlalchemy import insert

from marketplace.kernel.clock import SHANGHAI, at_shanghai
from marketplace.kernel.context import Ctx
from marketplace.kernel.ports import Actor
from marketplace.payments import service
from marketplace.payments.models import PaymentOrder
from marketplace.payments.queries import claims
from marketplace.payments.sandbox.bills import Entry, account_bill
from marketplace.testing.identity import a_colleague, a_member
from marketplace.testing.payments import Payers, some_payers

Work = Callable[..., AbstractContextManager[Ctx]]
ACCOUNT = "sandbox:account"
DAY = date(2026, 3, 2)
OPENING_FEN = 5_000_000_000
PAYEE = "江苏诚达咨询有限公司"


def two_clerks(work: Work, *, username: str = "") -> tuple[Actor, Actor]:
    """Two persons of the operator who reconcile. username: they sign in as "<username>-one" and "<username>-two"."""
    names = (f"{username}-one", f"{username}-two") if username else ("", "")
    with work() as ctx:
        first = a_member(ctx, "operator", "settlement", username=names[0])
        second = a_colleague(ctx, first.organisation_id or "", "settlement", username=names[1])
    return first, second


def paid_orders(work: Work, count: int, *, day: date = DAY, payers: Payers | None = None, **over: Any) -> list[Entry]:
    """So many orders that count as paid on a day, and the lines that a true bill has for them.

    The rows are written straight into the table; nothing was sent and no budget moved.
    """
    payers = payers or some_payers(work)
    with work() as ctx:
        base = service.prepare(ctx, payers.milestone_id)
        facts = {field.name: getattr(base, field.name) for field in fields(claims.DueFacts)}
        rows = [_row(ctx, facts, day, n, over) for n in range(count)]
        for start in range(0, count, 5000):
            ctx.session.execute(insert(PaymentOrder), rows[start : start + 5000])
    return [entry(row, n) for n, row in enumerate(rows)]


def _row(ctx: Ctx, facts: dict[str, Any], day: date, n: int, over: dict[str, Any]) -> dict[str, Any]:
    id = ctx.new_id()
    at = at_shanghai(day, 9) + timedelta(seconds=n % 36_000)
    return {
        **facts, "id": id, "claim_id": facts["milestone_id"],
        "number": f"ZF-2026-{n:06d}-{id[-6:].upper()}", "live_key": id, "amount_fen": 10_000 + n * 7,
        "gateway": "sandbox", "state": "paid", "prepared_at": at, "payload": "00", "digest": "0" * 64,
        "finished_at": at, "payee_name": PAYEE, "provider_ids": {}, "reason": "", "fence": 1, "next_what": "query",
        "sends": 1, "tries": 0, "resend_allowed": False, "attention": False, "last_code": "", **over,
    }  # fmt: skip


def entry(row: dict[str, Any], n: int) -> Entry:
    """The line that a true bill has for a paid order."""
    at = row["finished_at"].astimezone(SHANGHAI)
    return Entry(
        f"L{row['id'][-12:]}{n}", f"B{n}", row["number"], f"{at:%Y-%m-%d %H:%M:%S}", PAYEE, -row["amount_fen"], "转账"
    )


def a_bill(
    entries: Sequence[Entry], *, day: date = DAY, opening_fen: int = OPENING_FEN, truncated: bool = False
) -> bytes:
    """The provider's file of a day."""
    return account_bill("2088000000000001", day, list(entries), opening_fen, truncated=truncated)


__all__ = ["ACCOUNT", "DAY", "OPENING_FEN", "PAYEE", "a_bill", "entry", "paid_orders", "two_clerks"]
