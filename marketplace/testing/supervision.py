"""Builders for supervision: valid by default; a test overrides what it is about."""

from __future__ import annotations

from typing import Any

from marketplace.agencies.models import Agency
from marketplace.kernel.context import Ctx
from marketplace.kernel.ports import Actor
from marketplace.supervision import service
from marketplace.supervision.models import Complaint, ExitCase, Finding
from marketplace.testing.identity import a_member


def a_regulator(ctx: Ctx, username: str = "", **over: Any) -> Actor:
    """A person of a supervising authority."""
    return a_member(
        ctx, "authority", username=username, **{"name": f"连云港市数据局监管科{ctx.entropy(3).hex()}", **over}
    )


def a_complaint(ctx: Ctx, agency: Agency, **over: Any) -> Complaint:
    """A complaint about an agency."""
    facts: dict[str, Any] = {
        "about_kind": "agency",
        "about_number": agency.uscc,
        "category": "quality",
        "text": "报告数据与现场不符，多次联系未答复。",
        "complainant_name": "赵海燕",
        "phone": "13851234567",
    }
    return service.complain(ctx, **{**facts, **over})


def an_upheld_complaint(ctx: Ctx, agency: Agency, **over: Any) -> Complaint:
    """A complaint that was taken up and proven."""
    row = a_complaint(ctx, agency)
    service.accept(ctx, row.id)
    return service.decide(ctx, row.id, **{"upheld": True, "decision": "经核查，反映情况属实。", **over})


def a_finding(ctx: Ctx, agency_id: str, kind: str = "refuse_contract", **over: Any) -> Finding:
    """A decided breach."""
    facts = {"reference": f"HT-2026-{ctx.entropy(3).hex()}", "text": "经核查，事实清楚。"}
    return service.record_finding(ctx, agency_id=agency_id, kind=kind, **{**facts, **over})


def a_case(ctx: Ctx, agency_id: str, kind: str = "refuse_contract") -> ExitCase:
    """A case that the sweep opened on one fresh finding."""
    a_finding(ctx, agency_id, kind)
    return next(row for row in service.sweep(ctx) if row.agency_id == agency_id)
