"""Shapes of questions, changes of a notice, and its end."""

from marshmallow import fields, validate

from marketplace.tenders.rules import changing
from marketplace.tenders.schemas import AvoidanceField
from marketplace.web.schemas import InstantField, Schema, Text, YuanAsFen


class AmendmentIn(Schema):
    """What changes in an open notice, and why; what is left out stays as it is."""

    reason = Text(required=True, longest=2000)
    title = Text(longest=200)
    content = Text(longest=20000)
    conditions = Text(longest=5000)
    project_code = Text(longest=40, allow_none=True)
    authority_id = fields.String(allow_none=True)
    avoidances = AvoidanceField()
    closes_at = InstantField()
    service_workdays = fields.Integer(validate=validate.Range(min=1, max=2000))
    ceiling_fen = YuanAsFen()
    floor_fen = YuanAsFen(allow_none=True)
    fixed_price_fen = YuanAsFen(allow_none=True)
    method = fields.String()
    screening = fields.Boolean()


class AmendmentForm(Schema):
    """The same as a form posts it: everything is there, and what is empty is emptied."""

    reason = Text(required=True, longest=2000)
    title = Text(required=True, longest=200)
    content = Text(required=True, longest=20000)
    conditions = Text(longest=5000, load_default="")
    project_code = Text(longest=40, load_default=None)
    avoidances = AvoidanceField(load_default=list)
    closes_at = InstantField(load_default=None)
    service_workdays = fields.Integer(required=True, validate=validate.Range(min=1, max=2000))
    ceiling_fen = YuanAsFen(required=True)
    fixed_price_fen = YuanAsFen(load_default=None)
    method = fields.String()


class AmendmentOut(Schema):
    """One change of a notice as it was published."""

    version = fields.Integer()
    reason = fields.String()
    changes = fields.List(fields.Dict())
    effect = fields.String()
    closes_at = InstantField()
    amended_at = InstantField()


class BidConfirmIn(Schema):
    """notice_version: of the notice that was read. digest: of the bid meant."""

    notice_version = fields.Integer(required=True, validate=validate.Range(min=1))
    digest = fields.String(load_default=None, allow_none=True)


class QuestionIn(Schema):
    """A question about a notice."""

    question = Text(required=True, longest=2000)


class AnswerIn(Schema):
    """The answer to everybody. changes_notice: it says something that the notice does not."""

    answer = Text(required=True, longest=5000)
    changes_notice = fields.Boolean(load_default=False)


class ClarificationOut(Schema):
    """A question with its answer; who asked is not known."""

    id, question, answer = (fields.String() for _ in range(3))
    asked_at, due_at = InstantField(), InstantField()
    answered_at = InstantField(allow_none=True)


class TenderCancelIn(Schema):
    """Why and how a tender ends."""

    reason = Text(required=True, longest=2000)
    kind = fields.String(load_default=changing.ABANDONED, validate=validate.OneOf(changing.CANCEL_KINDS))
