"""Marshmallow in and out, shared by JSON and forms, and the words for states."""

from collections.abc import Mapping
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from marketplace.tenders.rules import FUND_SOURCES, FURTHER_LINES, PAYERS, QUOTES, avoidances_of
from marketplace.tenders.schemas import labels
from marketplace.tenders.schemas.weighing import LinesField, MethodParamsIn, PercentAsBp
from marketplace.web.schemas import InstantField, PageOut, Schema, Text, YuanAsFen

LABELS = labels.LABELS


class AvoidanceField(fields.Field[list[dict[str, str]]]):
    """回避名单: a list of {uscc, reason}, or one per line in a form: code, space, reason."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> list[dict[str, str]]:
        return [{"uscc": item["uscc"], "reason": item["reason"]} for item in value or []]

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> list[dict[str, str]]:
        try:
            return avoidances_of(value)
        except (TypeError, ValueError) as error:
            raise ma.ValidationError("每行填写一个统一社会信用代码和回避理由") from error


class TenderDraftIn(Schema):
    """A notice as its buyer writes it; publishing checks it against the rulebook."""

    title = Text(required=True, longest=200)
    item_code = Text(required=True, longest=32)
    region = fields.String(required=True, validate=validate.Regexp(r"\A[0-9]{6}\Z", error="区划代码为六位数字"))
    content = Text(required=True, longest=20000)
    conditions = Text(longest=5000, load_default="")
    project_code = Text(longest=40, load_default=None, allow_none=True)
    fund_source = fields.String(required=True, validate=validate.OneOf(FUND_SOURCES))
    government_commissioned = fields.Boolean(load_default=False)
    payer = fields.String(required=True, validate=validate.OneOf(PAYERS))
    budget_line_id = fields.String(load_default=None, allow_none=True)
    further_line_ids = fields.List(fields.String(), load_default=list, validate=validate.Length(max=FURTHER_LINES))
    ceiling_fen = YuanAsFen(required=True)
    fixed_price_fen = YuanAsFen(load_default=None, allow_none=True)
    floor_fen = YuanAsFen(load_default=None, allow_none=True)
    quote = fields.String(load_default="amount", validate=validate.OneOf(QUOTES))
    rate_floor_bp = PercentAsBp(load_default=None, allow_none=True)
    rate_cap_bp = PercentAsBp(load_default=None, allow_none=True)
    method = fields.String(required=True)
    authority_id = fields.String(load_default=None, allow_none=True)
    method_params = fields.Nested(MethodParamsIn, load_default=dict)
    assessors = LinesField(load_default=list)
    invited = LinesField(load_default=list)
    direct_agency_id = fields.String(load_default=None, allow_none=True)
    direct_reason = Text(longest=2000, load_default="")
    service_workdays = fields.Integer(required=True, validate=validate.Range(min=1, max=2000))
    avoidances = AvoidanceField(load_default=list)
    urgent = fields.Boolean(load_default=False)
    urgent_reason = Text(longest=2000, load_default="")
    screening = fields.Boolean(load_default=False)
    closes_at = InstantField(load_default=None, allow_none=True)


class TenderPublishIn(Schema):
    """Publishing may set the closing time."""

    closes_at = InstantField(load_default=None, allow_none=True)


class BidIn(Schema):
    """What goes into the envelope. replaces: digest of the bid to be changed. notice_version: that was read."""

    price_fen = YuanAsFen(load_default=None, allow_none=True)
    rate_bp = PercentAsBp(load_default=None, allow_none=True)
    days = fields.Integer(required=True, validate=validate.Range(min=1, max=2000))
    lead = Text(longest=60, load_default="")
    note = Text(longest=2000, load_default="")
    replaces = fields.String(load_default=None, allow_none=True)
    notice_version = fields.Integer(load_default=1, validate=validate.Range(min=1))


class BidWithdrawIn(Schema):
    """digest: of the bid to be withdrawn."""

    digest = fields.String(load_default=None, allow_none=True)


class TenderReasonIn(Schema):
    """A published reason."""

    reason = Text(required=True, longest=2000)


class NoticesQuery(Schema):
    """Filters of the public notice list."""

    stage = fields.String(load_default="")
    item_code = fields.String(load_default="")
    method = fields.String(load_default="")
    region = fields.String(load_default="")
    text = fields.String(load_default="", validate=validate.Length(max=100))
    after = fields.String(load_default=None)


class NoticeOut(Schema):
    """A notice as everybody may see it."""

    id, number, title, item_code, region, content, conditions = (fields.String() for _ in range(7))
    project_code = fields.String(allow_none=True)
    fund_source = fields.String()
    government_commissioned = fields.Boolean()
    payer = fields.String()
    buyer_id = fields.String()
    ceiling_fen = fields.Integer()
    fixed_price_fen = fields.Integer(allow_none=True)
    floor_fen = fields.Integer(allow_none=True)
    quote = fields.String()
    rate_floor_bp = fields.Integer(allow_none=True)
    rate_cap_bp = fields.Integer(allow_none=True)
    method = fields.String()
    authority_id = fields.String(allow_none=True)
    method_params = fields.Dict()
    direct_agency_id = fields.String(allow_none=True)
    direct_reason = fields.String()
    service_workdays = fields.Integer()
    asked_until = InstantField(allow_none=True)
    avoidances = AvoidanceField()
    urgent = fields.Boolean()
    urgent_reason = fields.String()
    screening = fields.Boolean()
    status, stage, ruleset_id = (fields.String() for _ in range(3))
    extensions = fields.Integer()
    notice_version = fields.Integer()
    published_at = InstantField(allow_none=True)
    closes_at = InstantField(allow_none=True)
    opened_at = InstantField(allow_none=True)
    completed_at = InstantField(allow_none=True)
    ended_reason = fields.String()
    envelope_key = fields.String(allow_none=True)


class TenderDraftOut(NoticeOut):
    """A notice as its buyer sees it."""

    budget_line_id = fields.String(allow_none=True)
    further_line_ids = fields.List(fields.String())
    encumbrance_id = fields.String(allow_none=True)
    assessors = fields.List(fields.String())
    invited = fields.List(fields.String())


class ReceiptOut(Schema):
    """A signed receipt; `signature` covers all other fields in canonical JSON."""

    tender, kind, leaf, at, digest = (fields.String() for _ in range(5))
    event = fields.Dict()
    public_key, signature = fields.String(), fields.String()


class MyBidOut(Schema):
    """One's own sealed bid: what is inside, not even its owner's web session can read."""

    tender_id = fields.String()
    digest = fields.String()
    placed_at = InstantField()
    version = fields.Integer()
    notice_version = fields.Integer()


class OfferOut(Schema):
    """An opened bid."""

    id = fields.String()
    tender_id = fields.String()
    agency_id = fields.String(allow_none=True)
    agency_name = fields.String()
    uscc = fields.String()
    label = fields.String()
    price_fen = fields.Integer(allow_none=True)
    rate_bp = fields.Integer(allow_none=True)
    days = fields.Integer(allow_none=True)
    stars = fields.Integer(allow_none=True)
    credit = fields.Integer(allow_none=True)
    named = fields.Boolean()
    lead = fields.String()
    received_at = InstantField()
    status = fields.String()
    rank = fields.Integer(allow_none=True)
    reason = fields.String()


class ExclusionOut(Schema):
    """Why an opened bid was not considered."""

    id = fields.String()
    offer_id = fields.String()
    cause = fields.String()
    reason = fields.String()
    excluded_at = InstantField()


class BarOut(Schema):
    """Why an agency may not bid: the reason, what can be done, and the rule with its source and article by name."""

    code = fields.String(attribute="bar.code")
    text = fields.String(attribute="bar.text")
    remedy = fields.String(attribute="bar.remedy")
    basis = fields.String(attribute="bar.basis")
    rule, title, title_en, source, source_en = (fields.String() for _ in range(5))


class NoticesOut(PageOut):
    """A page of notices."""

    items = fields.List(fields.Nested(NoticeOut))
