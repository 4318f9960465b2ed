"""JSON door of the log: heads and proofs for everybody."""

from __future__ import annotations

from typing import Any

from marketplace.audit import queries
from marketplace.audit.schemas import (
    ConsistencyOut,
    ConsistencyQuery,
    LeafProofOut,
    LoggedEventOut,
    ProofQuery,
    TreeHeadOut,
)
from marketplace.kernel.context import Ctx
from marketplace.web.doors import api_door, public, unit_of_work

api = api_door("audit", __name__)


@api.get("/log/head")
@public
@unit_of_work
@api.response(200, TreeHeadOut)
def latest(ctx: Ctx) -> dict[str, Any]:
    """The newest signed head."""
    return queries.head_document(queries.head(ctx))


@api.get("/log/proof")
@public
@unit_of_work
@api.arguments(ProofQuery, location="query")
@api.response(200, LeafProofOut)
def proof(ctx: Ctx, asked: dict[str, Any]) -> dict[str, Any]:
    """Proof that a leaf is in the newest tree."""
    return queries.inclusion_of_leaf(ctx, asked["leaf"])


@api.get("/log/consistency")
@public
@unit_of_work
@api.arguments(ConsistencyQuery, location="query")
@api.response(200, ConsistencyOut)
def consistency(ctx: Ctx, asked: dict[str, Any]) -> dict[str, Any]:
    """Proof that a newer head continues an older one."""
    return queries.consistency(ctx, asked["first"], asked["second"])


@api.get("/log/events/<event_id>")
@public
@unit_of_work
@api.response(200, LoggedEventOut)
def event(ctx: Ctx, event_id: str) -> dict[str, Any]:
    """One event with its leaf and proof; the content only where the viewer may see it."""
    return queries.event(ctx, event_id, ctx.actor)
