"""Appropriations, transfers and uploaded tables, in and out."""

from flask_smorest.fields import Upload
from marshmallow import fields, validate

from marketplace.budgets.rules import SOURCES
from marketplace.web.schemas import DayField, InstantField, PageOut, Schema, Text, YuanAsFen


class AppropriationIn(Schema):
    """指标下达: one document, one line, one amount."""

    document = Text(required=True, longest=80)
    fiscal_year = fields.Integer(required=True, validate=validate.Range(2000, 2100))
    name = Text(required=True, longest=120)
    function_code = Text(required=True, longest=7)
    economic_code = Text(required=True, longest=5)
    source = fields.String(required=True, validate=validate.OneOf(SOURCES))
    amount_fen = YuanAsFen(required=True)
    project = Text(longest=40, load_default="")
    issued_on = DayField(load_default=None)


class TransferIn(Schema):
    """指标调剂: how much goes from which line to which, and why."""

    source_id = Text(required=True, longest=32)
    target_id = Text(required=True, longest=32)
    amount_fen = YuanAsFen(required=True)
    reason = Text(required=True, longest=400)


class TransferRefusal(Schema):
    """Why something is sent back."""

    reason = Text(required=True, longest=400)


class TransferOut(Schema):
    """A transfer and who decided it."""

    id = fields.String()
    number = fields.String()
    fiscal_year = fields.Integer()
    source_id = fields.String()
    target_id = fields.String()
    amount_fen = YuanAsFen()
    reason = fields.String()
    state = fields.String()
    asked_by = fields.String()
    asked_at = InstantField()
    decided_by = fields.String(allow_none=True)
    decided_at = InstantField(allow_none=True)
    said = fields.String()


class TransfersOut(PageOut):
    """A page of transfers."""

    items = fields.List(fields.Nested(TransferOut))


class AppropriationOut(Schema):
    """An appropriation document."""

    id = fields.String()
    fiscal_year = fields.Integer()
    number = fields.String()
    issued_on = DayField(allow_none=True)
    file_name = fields.String()
    file_sha256 = fields.String(allow_none=True)


class AppropriationsOut(PageOut):
    """A page of documents."""

    items = fields.List(fields.Nested(AppropriationOut))


class SheetFile(Schema):
    """A table of appropriations (multipart/form-data)."""

    file = Upload(required=True)


class FaultOut(Schema):
    """One thing wrong with one cell."""

    row = fields.Integer()
    column = fields.String()
    kind = fields.String()
    fact = fields.String()


class TrialOut(Schema):
    """What a file would do, and every fault in it."""

    id = fields.String()
    rows = fields.Integer()
    known = fields.Integer()
    total_fen = YuanAsFen(data_key="total")
    booked = fields.Boolean()
    faults = fields.List(fields.Nested(FaultOut))
