"""Shapes of relations at the doors, and the words for their kinds."""

from marshmallow import fields, validate

from marketplace.relations.rules import KINDS
from marketplace.web.schemas import InstantField, Schema, Text

LABELS = {"relation.kind": KINDS, "relation.source": {"own": "自行申报", "registry": "登记机关"}}


class RelationIn(Schema):
    """One relation as it is declared. share: per cent as text, of a shareholder."""

    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    name = Text(required=True, longest=120)
    number = Text(required=True, longest=40)
    share = Text(longest=10, load_default="")


class RelationOut(Schema):
    """One relation as its organisation sees it: the number is not stored and not shown."""

    id, kind, source = (fields.String() for _ in range(3))
    share_bp = fields.Integer(allow_none=True)
    added_at = InstantField()


class RelationStatementIn(Schema):
    """The commitment."""

    committed = fields.Boolean(load_default=False)


class RelationStatementOut(Schema):
    """When the relations were declared to be complete."""

    organisation_id = fields.String()
    declared_at = InstantField()


class RelationFileIn(Schema):
    """A registry's file as text. dry_run: check every row, write none."""

    content = fields.String(required=True, validate=validate.Length(max=5_000_000))
    dry_run = fields.Boolean(load_default=True)


class RelationProblemOut(Schema):
    """A line that cannot be taken over."""

    line = fields.Integer()
    code = fields.String(attribute="error.code")
    text = fields.String(attribute="error.text")


class RelationReportOut(Schema):
    """What an import did, or would do."""

    organisations, relations = fields.Integer(), fields.Integer()
    written = fields.Boolean()
    problems = fields.List(fields.Nested(RelationProblemOut))
