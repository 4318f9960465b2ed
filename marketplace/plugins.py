"""What is plugged in: a registry for each plug-in point, and what lower domains ask of those above them."""

import importlib
from importlib.metadata import EntryPoints, entry_points
from typing import Any, cast

from marketplace import config
from marketplace.audit.receipts import Own
from marketplace.kernel.context import Ctx
from marketplace.kernel.registry import Registry
from marketplace.payments.ports import Observation


def registries(settings: dict[str, str]) -> dict[str, Registry[Any]]:
    """One registry per plug-in point; a domain's PLUGINS says the built-ins, the settings name the others."""
    wanted = {
        "selection_methods": settings["MARKETPLACE_SELECTION_METHODS"],
        "payment_gateways": settings["MARKETPLACE_PAYMENT_GATEWAYS"],
        "credit_feeds": settings["MARKETPLACE_CREDIT_FEEDS"],
        "identity_providers": "" if settings["MARKETPLACE_IDENTITY"] == "host" else settings["MARKETPLACE_IDENTITY"],
    }
    homes = {
        "selection_methods": "marketplace.selection.methods",
        "payment_gateways": "marketplace.payments.gateways",
        "credit_feeds": "marketplace.credit.feeds",
        "identity_providers": "marketplace.identity.providers",
    }
    found: dict[str, Registry[Any]] = {}
    installed = cast("EntryPoints", entry_points())  # Python 3.11 wraps them, with the same select
    for point, text in wanted.items():
        builtins = getattr(importlib.import_module(homes[point]), "BUILTINS", {})
        found[point] = Registry(f"marketplace.{point}", builtins)
        found[point].load(config.names(text), installed)
    found["notice_takers"] = Registry("marketplace.notice_takers", {"collection": _collections})
    found["dispute_followers"] = Registry("marketplace.dispute_followers", {"payments": _stop_orders})
    found["receipt_owners"] = Registry("marketplace.receipt_owners", {"auctions": _own_quotes})
    found["agency_ties"] = Registry("marketplace.agency_ties", {"contracts": _open_contracts})
    return found


def _collections(ctx: Ctx, gateway: str, fact: Observation) -> bool:
    """A notice about a collection or a refund: the inbox cannot see the domain above it, so it is handed on here."""
    from marketplace.collection.service import take_notice

    return take_notice(ctx, gateway, fact)


def _stop_orders(ctx: Ctx, milestone_id: str, ended: str) -> str:
    """A dispute stops an order, or lets it go on: contracts cannot see the payments above them."""
    from marketplace.payments import disputes

    if ended:
        disputes.end(ctx, milestone_id, ended)
        return ""
    return disputes.stop(ctx, milestone_id)


def _own_quotes(ctx: Ctx, tender_id: str, agency_id: str) -> Own:
    """An agency's quotes in a room: tenders cannot see the rooms above them, where the seats have their owners."""
    from marketplace.auctions.queries import own_quotes

    return own_quotes(ctx, tender_id, agency_id)


def _open_contracts(ctx: Ctx, agency_id: str) -> int:
    """What keeps an agency from leaving: agencies cannot see the contracts above them, so they are counted here."""
    from marketplace.contracts.queries import open_contracts

    return len(ctx.session.scalars(open_contracts(agency_id)).all())
