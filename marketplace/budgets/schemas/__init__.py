"""Lines, encumbrances and postings at the doors; the words for codes are in labels."""

from marshmallow import fields

from marketplace.budgets.schemas import labels
from marketplace.web.schemas import DayField, InstantField, PageOut, Schema, YuanAsFen

LABELS = labels.LABELS


class StagesOut(Schema):
    """Yuan by stage."""

    available = YuanAsFen()
    reserved = YuanAsFen()
    obligated = YuanAsFen()
    due = YuanAsFen()
    transit = YuanAsFen()
    paid = YuanAsFen()
    lapsed = YuanAsFen()


class BudgetLineOut(Schema):
    """A budget line; how much stands where is asked for one line at a time."""

    id = fields.String()
    department_id = fields.String()
    fiscal_year = fields.Integer()
    name = fields.String()
    function_code = fields.String()
    economic_code = fields.String()
    project = fields.String()
    source = fields.String()
    document = fields.String()
    carried_from = fields.String(allow_none=True)
    created_at = InstantField()


class BudgetLinesOut(PageOut):
    """A page of lines."""

    items = fields.List(fields.Nested(BudgetLineOut))


class BudgetLineStagesOut(BudgetLineOut):
    """A budget line with its stages."""

    stages = fields.Nested(StagesOut)


class EncumbranceOut(Schema):
    """An encumbrance."""

    id = fields.String()
    line_id = fields.String()
    reference = fields.String()
    state = fields.String()
    opened_at = InstantField()
    closed_at = InstantField(allow_none=True)
    reason = fields.String()


class EncumbrancesOut(PageOut):
    """A page of encumbrances."""

    items = fields.List(fields.Nested(EncumbranceOut))


class PostingOut(Schema):
    """One move of a line's money."""

    id = fields.String()
    debit_id = fields.String()
    credit_id = fields.String()
    amount_fen = YuanAsFen()
    kind = fields.String()
    reference = fields.String()
    business_date = DayField()
    fiscal_year = fields.Integer()
    reverses = fields.String(allow_none=True)
    actor = fields.String()
    created_at = InstantField()


class PostingsOut(PageOut):
    """A page of postings."""

    items = fields.List(fields.Nested(PostingOut))
