"""Builders for relations: somebody declares, a registry's file."""

from typing import Any

from marketplace.kernel.context import Ctx
from marketplace.kernel.ports import Actor
from marketplace.relations import service
from marketplace.relations.models import Relation
from marketplace.relations.rules import COLUMNS
from marketplace.testing.agencies import an_identity_number
from marketplace.testing.tenders import Work


def a_relation(work: Work, owner: Actor, kind: str = "legal_person", **over: Any) -> Relation:
    """A relation of an organisation to a person (one and the same unless told otherwise)."""
    facts: dict[str, Any] = {"kind": kind, "name": "赵启明", "number": an_identity_number(7), **over}
    if kind == "shareholder":
        facts.setdefault("share", "25")
    with work(owner) as ctx:
        return service.add(ctx, **facts)


def a_registry_file(*rows: tuple[str, str, str, str, str]) -> bytes:
    """A registry's file: code of the unit, kind, name, number, share."""
    return "\n".join(",".join(row) for row in (COLUMNS, *rows)).encode()


def declared(ctx: Ctx) -> None:
    """Declare the acting organisation's relations to be complete."""
    service.declare(ctx, committed=True)
