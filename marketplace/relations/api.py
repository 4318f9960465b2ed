"""JSON door of relations: one's own, and a registry's file."""

from typing import Any

from marketplace.kernel.context import Ctx
from marketplace.relations import queries, service
from marketplace.relations.models import Relation, RelationStatement
from marketplace.relations.schemas import (
    RelationFileIn,
    RelationIn,
    RelationOut,
    RelationReportOut,
    RelationStatementIn,
    RelationStatementOut,
)
from marketplace.relations.service import ImportReport
from marketplace.web.doors import api_door, requires, unit_of_work

api = api_door("relations", __name__)


@api.get("/relations")
@requires("relation.declare")
@unit_of_work
@api.response(200, RelationOut(many=True))
def own(ctx: Ctx) -> list[Relation]:
    """The own organisation's relations that last."""
    return queries.relations(ctx, ctx.actor.organisation_id or "")


@api.post("/relations")
@requires("relation.declare")
@unit_of_work
@api.arguments(RelationIn)
@api.response(201, RelationOut)
def add(ctx: Ctx, data: dict[str, Any]) -> Relation:
    """Enter one relation of the own organisation."""
    return service.add(ctx, **data)


@api.post("/relations/<relation_id>/end")
@requires("relation.declare")
@unit_of_work
@api.response(200, RelationOut)
def end(ctx: Ctx, relation_id: str) -> Relation:
    """End one of the own relations."""
    return service.end(ctx, relation_id)


@api.post("/relations/statement")
@requires("relation.declare")
@unit_of_work
@api.arguments(RelationStatementIn)
@api.response(200, RelationStatementOut)
def declare(ctx: Ctx, data: dict[str, Any]) -> RelationStatement:
    """Declare under commitment that the own relations are complete."""
    return service.declare(ctx, **data)


@api.post("/relations/import")
@requires("relation.import")
@unit_of_work
@api.arguments(RelationFileIn)
@api.response(200, RelationReportOut)
def import_file(ctx: Ctx, data: dict[str, Any]) -> ImportReport:
    """Check a registry's file, or take it over whole; problems by line."""
    return service.import_file(ctx, data["content"].encode(), dry_run=data["dry_run"])
