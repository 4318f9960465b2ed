"""Builders for department budgets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from marketplace.budgets import service
from marketplace.budgets.models import BudgetLine, Encumbrance
from marketplace.identity import service as identity
from marketplace.identity.models import Organisation
from marketplace.identity.rules import make_uscc
from marketplace.kernel.context import Ctx
from marketplace.kernel.ports import Actor
from marketplace.testing.identity import a_colleague


def a_department_organisation(ctx: Ctx, name: str = "南京市生态环境局") -> Organisation:
    """An organisation that may hold budget lines."""
    seed = ctx.entropy(8).hex()
    uscc = make_uscc(seed, register="11", region="320100")
    return identity.create_organisation(ctx, kind="department", name=name, uscc=uscc, region="320100")


@dataclass(frozen=True)
class FinancePair:
    """A department with two finance clerks, so that one can check what the other made."""

    department_id: str
    first: Actor
    second: Actor


def a_finance_pair(ctx: Ctx) -> FinancePair:
    """A department and two of its finance clerks as actors."""
    department_id = a_department_organisation(ctx).id
    names = ("caiwu-jia", "caiwu-yi")
    first, second = (a_colleague(ctx, department_id, "finance", username=name) for name in names)
    return FinancePair(department_id, first, second)


def a_line(ctx: Ctx, department_id: str | None = None, *, amount_fen: int = 10_000_000, **over: Any) -> BudgetLine:
    """A budget line with an amount in fen (100,000.00 yuan unless told otherwise)."""
    facts: dict[str, Any] = {
        "fiscal_year": 2026,
        "name": "环境影响技术评估费",
        "function_code": "2110104",
        "economic_code": "30227",
        "source": "treasury",
        "document": "财预〔2026〕15号",
    }
    owner = department_id or a_department_organisation(ctx).id
    return service.appropriate(ctx, department_id=owner, amount_fen=amount_fen, **{**facts, **over})


def an_encumbrance(
    ctx: Ctx, line_id: str, amount_fen: int = 1_000_000, reference: str = "ZJ-2026-000001"
) -> Encumbrance:
    """Money put aside for one need."""
    return service.reserve(ctx, line_id=line_id, amount_fen=amount_fen, reference=reference)


def an_obligation(
    ctx: Ctx, line_id: str, amount_fen: int = 1_000_000, reference: str = "ZJ-2026-000001"
) -> Encumbrance:
    """A reservation whose contract has been confirmed."""
    row = an_encumbrance(ctx, line_id, amount_fen, reference)
    service.award(ctx, row.id, amount_fen=amount_fen)
    return service.obligate(ctx, row.id)
