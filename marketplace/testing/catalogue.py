"""Builders for catalogue items: valid by default."""

from typing import Any

from marketplace.catalogue import service
from marketplace.catalogue.models import CatalogueItem
from marketplace.catalogue.rules import ItemFacts
from marketplace.kernel.clock import shanghai_date
from marketplace.kernel.context import Ctx


def item_facts(ctx: Ctx, **over: Any) -> ItemFacts:
    """An item that asks for nothing but a commitment."""
    serial = int.from_bytes(ctx.entropy(2), "big")
    facts: dict[str, Any] = {
        "code": f"CS-{serial:05d}",
        "name": "节能评估报告编制",
        "field": "节能评估",
        "authority": "发展改革部门",
        "basis": "《中华人民共和国节约能源法》第十五条",
        "qualification_mode": "conditions",
        "qualifications": (),
        "result": "节能报告",
        "time_limit_workdays": 15,
        "price_mode": "market",
        "parent_item": "固定资产投资项目节能审查",
        "kept_from": shanghai_date(ctx.now),
    }
    return ItemFacts(**{**facts, **over})


def an_item(ctx: Ctx, **over: Any) -> CatalogueItem:
    """An item in the catalogue, beside the fourteen that are seeded."""
    return service.add_item(ctx, facts=item_facts(ctx, **over))
