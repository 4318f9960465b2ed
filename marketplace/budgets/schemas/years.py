"""The end of a year: what is asked, and how far it has come."""

from marshmallow import fields, validate

from marketplace.budgets.rules import STEPS
from marketplace.web.schemas import Schema, YuanAsFen


class OpenItemOut(Schema):
    """Something that must be done before the next step."""

    kind = fields.String()
    reference = fields.String()
    amount_fen = YuanAsFen(data_key="amount")


class YearOut(Schema):
    """How far a department has come in closing a year."""

    fiscal_year = fields.Integer()
    state = fields.String()
    lines = fields.Integer()
    unsettled = fields.Integer()
    digest = fields.String(allow_none=True)
    tree_size = fields.Integer(allow_none=True)
    tree_root = fields.String(allow_none=True)
    open = fields.List(fields.Nested(OpenItemOut))


class StepIn(Schema):
    """Which step of the closing is asked for."""

    step = fields.String(required=True, validate=validate.OneOf(STEPS))
