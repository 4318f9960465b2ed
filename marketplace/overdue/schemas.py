"""Shapes of late payment at the doors, and the words for its codes."""

from marshmallow import fields, validate

from marketplace.overdue.rules import SIZES
from marketplace.web.schemas import DayField, InstantField, Schema, YuanAsFen

LABELS = {
    "firm.size": {"micro": "微型企业", "small": "小型企业", "medium": "中型企业", "large": "大型企业"},
}


class SizeIn(Schema):
    """The size of a firm."""

    size = fields.String(required=True, validate=validate.OneOf(SIZES, error="请选择企业规模"))


class SizeOut(Schema):
    """A declaration."""

    agency_id = fields.String()
    size = fields.String()
    declared_at = InstantField()


class OverdueItemOut(Schema):
    """One overdue amount."""

    contract_number = fields.String()
    title = fields.String()
    payer_id = fields.String()
    payer_name = fields.String()
    agency_name = fields.String()
    size = fields.String()
    unpaid_fen = YuanAsFen(data_key="unpaid")
    disputed_fen = YuanAsFen(data_key="disputed")
    due_on = DayField()
    days_late = fields.Integer()
    interest_fen = YuanAsFen(data_key="interest")


class OverduePayerOut(Schema):
    """What one payer owes late."""

    payer_id = fields.String()
    name = fields.String()
    kind = fields.String()
    count = fields.Integer()
    unpaid_fen = YuanAsFen(data_key="unpaid")
    interest_fen = YuanAsFen(data_key="interest")
    longest_days = fields.Integer()


class OverdueQuery(Schema):
    """Of which payer."""

    payer = fields.String(load_default="", validate=validate.Length(max=32))


class OverdueOut(Schema):
    """Everything that is overdue, and by whom."""

    payers = fields.List(fields.Nested(OverduePayerOut))
    items = fields.List(fields.Nested(OverdueItemOut))
