"""JSON door: tenders for programs that read the Open Contracting Data Standard."""

from typing import Any

from flask import request
from marshmallow import fields

from marketplace.integration import releases
from marketplace.kernel.context import Ctx
from marketplace.tenders import queries
from marketplace.tenders.errors import TenderNotFound
from marketplace.web.doors import api_door, public, unit_of_work
from marketplace.web.schemas import Schema

api = api_door("integration", __name__)


class PackageOut(Schema):
    """A release package of OCDS 1.1."""

    extensions = fields.List(fields.String())
    uri, version, publishedDate = fields.String(), fields.String(), fields.String()  # noqa: N815 - their names
    publisher = fields.Dict()
    releases = fields.List(fields.Dict())


@api.get("/tenders/<number>/ocds.json")
@public
@unit_of_work
@api.response(200, PackageOut)
def ocds(ctx: Ctx, number: str) -> dict[str, Any]:
    """The tender as an OCDS release, from the notice to the contract; nothing of what is sealed."""
    tender = queries.by_number(ctx, number)
    if tender.published_at is None:  # its own buyer sees a draft, and nobody has published anything yet
        raise TenderNotFound
    return releases.package(ctx, tender, uri=request.base_url)
