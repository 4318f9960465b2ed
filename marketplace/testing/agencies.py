"""Builders for agencies: valid by default; a test overrides what it is about."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from marketplace.agencies import service
from marketplace.agencies.models import Agency
from marketplace.agencies.rules import COMMITMENTS, QualificationFacts
from marketplace.identity.rules import make_uscc
from marketplace.kernel.clock import shanghai_date
from marketplace.kernel.context import Ctx


def a_certificate(ctx: Ctx, *, item_code: str, holder: str, days: int = 365, number: str = "") -> QualificationFacts:
    """A certificate valid from yesterday for so many more days."""
    today = shanghai_date(ctx.now)
    number = number or f"证字{int.from_bytes(ctx.entropy(4), 'big'):010d}号"
    return QualificationFacts(
        item_code=item_code,
        title="资质证书",
        number=number,
        holder=holder,
        valid_from=today - timedelta(days=1),
        valid_to=today + timedelta(days=days),
    )


def an_agency(ctx: Ctx, **over: Any) -> Agency:
    """An agency that has entered by commitment, with one scope that needs no certificate unless told otherwise."""
    serial = int.from_bytes(ctx.entropy(4), "big")
    facts: dict[str, Any] = {
        "name": f"江苏诚达咨询有限公司第{serial}分号",
        "uscc": make_uscc(str(serial)),
        "entity_type": "legal_person",
        "region": "320000",
        "legal_representative": "王建国",
        "contact": "李晓梅",
        "phone": "13912345678",
        "scopes": ["ZJ-01"],
        "commitments": list(COMMITMENTS),
        "introduction": "从事工程造价、环境影响评价等咨询服务",
    }
    return service.apply(ctx, **{**facts, **over})


def an_identity_number(serial: int = 1, born: date = date(1985, 6, 1)) -> str:
    """A valid identity number (GB 11643) made from a number."""
    stem = f"320102{born:%Y%m%d}{serial % 1000:03d}"
    total = sum(int(digit) * (pow(2, 17 - place) % 11) for place, digit in enumerate(stem))
    return stem + "10X98765432"[total % 11]
