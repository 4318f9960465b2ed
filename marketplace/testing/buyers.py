"""Builders for buyers: valid by default; a test overrides what it is about."""

from datetime import timedelta
from typing import Any

from marketplace.buyers import service
from marketplace.buyers.models import Buyer, Delegate
from marketplace.identity.rules import make_uscc
from marketplace.kernel.clock import shanghai_date
from marketplace.kernel.context import Ctx
from marketplace.testing.identity import PASSWORD


def buyer_facts(serial: str, **over: Any) -> dict[str, Any]:
    """Everything that a registration asks for, valid; serial makes it unique."""
    facts = {
        "kind": "enterprise",
        "name": f"连云港海兴建设有限公司{serial}",
        "uscc": make_uscc(serial),
        "region": "320700",
        "contact": "周敏",
        "phone": "13912345678",
        "address": "江苏省连云港市海州区朝阳东路1号",
    }
    return {**facts, **over}


def a_buyer(ctx: Ctx, **over: Any) -> Buyer:
    """An enterprise, unless told otherwise; give username for a login with the password PASSWORD."""
    serial = ctx.entropy(5).hex()
    if "username" in over:
        over = {"password": PASSWORD, **over}
    return service.register(ctx, **buyer_facts(serial, **over))


def a_department(ctx: Ctx, **over: Any) -> Buyer:
    """A department set up by the operator."""
    serial = ctx.entropy(5).hex()
    facts = {
        "kind": "department",
        "name": f"连云港市数据局{serial}",
        "uscc": make_uscc(serial, register="11", region="320700"),
    }
    return a_buyer(ctx, **{**facts, **over})


def a_delegate(ctx: Ctx, buyer_id: str, **over: Any) -> Delegate:
    """A delegate for the next 90 days."""
    facts = {
        "name": "孙倩",
        "authorisation": "授权书〔2026〕3号：办理中介服务采购事项",
        "valid_until": shanghai_date(ctx.now) + timedelta(days=90),
    }
    return service.add_delegate(ctx, buyer_id, **{**facts, **over})
