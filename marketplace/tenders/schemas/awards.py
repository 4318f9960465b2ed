"""Awards, their letters, and the objections to them, in and out."""

from marshmallow import fields

from marketplace.web.schemas import InstantField, PageOut, Schema, Text


class ObjectionIn(Schema):
    """Grounds of an objection."""

    grounds = Text(required=True, longest=5000)


class ObjectionDecisionIn(Schema):
    """The answer to an objection."""

    upheld = fields.Boolean(required=True)
    reply = Text(required=True, longest=5000)


class AwardsQuery(Schema):
    """Filters of the public award list."""

    status, after = fields.String(load_default=""), fields.String(load_default=None)


class AwardOut(Schema):
    """An award."""

    id = fields.String()
    tender_id = fields.String()
    offer_id = fields.String()
    agency_id = fields.String()
    price_fen = fields.Integer()
    rank = fields.Integer()
    status = fields.String()
    awarded_at = InstantField()
    publicity_ends_at = InstantField()
    confirm_due_at = InstantField(allow_none=True)
    accepted_at = InstantField(allow_none=True)
    confirmed_at = InstantField(allow_none=True)
    sign_due_at = InstantField(allow_none=True)
    ended_at = InstantField(allow_none=True)
    ended_reason = fields.String()
    check_code = fields.String(allow_none=True)


class ObjectionOut(Schema):
    """An objection with its answer."""

    id = fields.String()
    tender_id = fields.String()
    award_id = fields.String()
    agency_id = fields.String()
    grounds = fields.String()
    status = fields.String()
    filed_at = InstantField()
    reply_due_at = InstantField()
    silent_at = InstantField(allow_none=True)
    waits_until = InstantField(allow_none=True)
    reply = fields.String()
    decided_at = InstantField(allow_none=True)


class LetterOut(Schema):
    """中选通知书 as facts."""

    number, title, buyer, agency, uscc, method = (fields.String() for _ in range(6))
    price_fen = fields.Integer()
    price_capital = fields.String()
    service_workdays = fields.Integer()
    awarded_at = InstantField()
    publicity_ends_at = InstantField()
    confirmed_at = InstantField()
    sign_due_at = InstantField(allow_none=True)
    status = fields.String()
    check_code = fields.String()
    path = fields.String()


class AwardsOut(PageOut):
    """A page of awards."""

    items = fields.List(fields.Nested(AwardOut))
