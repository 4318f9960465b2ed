"""Shapes of credit facts at the doors, and the words for their codes."""

from flask_smorest.fields import Upload
from marshmallow import fields, validate

from marketplace.credit.rules import ADD, DEDUCT
from marketplace.web.schemas import InstantField, PageOut, Schema, Text

KINDS = {
    "late": "逾期完成",
    "rework": "返工",
    "returned_result": "成果被退回",
    "no_contract": "中选后不签合同",
    "false_data": "提供虚假材料",
    "collusion": "串通报价",
    "complaint": "投诉查实",
    "on_time": "按时完成且好评",
    "authority_award": "主管部门表彰",
}
LABELS = {
    "credit.mark": {
        "quality": "服务质量",
        "time": "服务时效",
        "attitude": "服务态度",
        "charge": "收费合理",
        "conformity": "服务规范",
    },
    "credit.kind": KINDS,
    "credit.line": {
        "share": "基础分",
        "review": "服务评价",
        "held": "总分限于0至100分",
        **KINDS,
        **{f"{kind}.frozen": f"{words}（申诉中，暂不计分）" for kind, words in KINDS.items()},
        **{f"{kind}.cancelled": f"{words}（申诉成立，已撤销）" for kind, words in KINDS.items()},
    },
    "credit.track": {"owner": "项目业主", "authority": "行业主管部门", "centre": "运营机构", "total": "合计"},
    "credit.state": {"counted": "计分", "frozen": "申诉中", "cancelled": "已撤销"},
    "credit.block_reason": {"abuse": "辱骂", "personal_data": "泄露个人信息"},
    "credit.appeal_status": {"pending": "待处理", "upheld": "申诉成立", "dismissed": "申诉不成立"},
    "credit.appeal_subject": {"review": "服务评价", "entry": "加减分记录"},
}
MARKS = tuple(LABELS["credit.mark"])


class ReviewIn(Schema):
    """Five marks and words."""

    quality = fields.Integer(required=True)
    time = fields.Integer(required=True)
    attitude = fields.Integer(required=True)
    charge = fields.Integer(required=True)
    conformity = fields.Integer(required=True)
    comment = Text(longest=1000)


class ReplyIn(Schema):
    """An agency's answer to a review."""

    text = Text(required=True, longest=1000)


class BlockIn(Schema):
    """Why the words of a review are taken off."""

    reason = Text(required=True, longest=32)


class AppealIn(Schema):
    """Why an agency contests a review or an entry."""

    reason = Text(required=True, longest=1000)


class AppealDecisionIn(Schema):
    """An authority's decision of an appeal."""

    upheld = fields.Boolean(required=True)
    reason = Text(required=True, longest=1000)


class IncidentIn(Schema):
    """A decided fact about an agency."""

    kind = fields.String(required=True, validate=validate.OneOf(DEDUCT + ADD))
    reference = Text(required=True, longest=120)
    decided_at = InstantField(required=True)
    note = Text(longest=500)


class FeedForm(Schema):
    """Whether an import only tries."""

    dry_run = fields.Boolean(load_default=True)


class FeedFiles(Schema):
    """The delivery of an outside source (multipart/form-data)."""

    file = Upload(required=True)


class ReviewOut(Schema):
    """A review as everybody sees it; blocked words are gone."""

    id = fields.String()
    contract_id = fields.String()
    agency_id = fields.String()
    buyer_id = fields.String()
    quality = fields.Integer()
    time = fields.Integer()
    attitude = fields.Integer()
    charge = fields.Integer()
    conformity = fields.Integer()
    comment = fields.String(attribute="public_comment")
    written_at = InstantField()
    state = fields.String()
    reply = fields.String(allow_none=True)
    replied_at = InstantField(allow_none=True)
    blocked_reason = fields.String(allow_none=True)


class ReviewsOut(PageOut):
    """A page of reviews."""

    items = fields.List(fields.Nested(ReviewOut))


class ScoreEntryOut(Schema):
    """A decided fact and its points (hundredths)."""

    id = fields.String()
    agency_id = fields.String()
    kind = fields.String()
    reference = fields.String()
    decided_at = InstantField()
    points = fields.Integer()
    state = fields.String()
    appeal_due_at = InstantField()


class ScoreEntriesOut(PageOut):
    """A page of entries."""

    items = fields.List(fields.Nested(ScoreEntryOut))


class GradeOut(Schema):
    """A grade; points in hundredths, each explained by a line."""

    agency_id = fields.String()
    seq = fields.Integer()
    at = InstantField()
    points = fields.Integer()
    stars = fields.Integer()
    is_new = fields.Boolean()
    ruleset_id = fields.String()
    lines = fields.List(fields.Dict())


class GradesOut(PageOut):
    """A page of an agency's grades, newest first."""

    items = fields.List(fields.Nested(GradeOut))


class AppealOut(Schema):
    """An appeal."""

    id = fields.String()
    agency_id = fields.String()
    subject = fields.String()
    subject_id = fields.String()
    reason = fields.String()
    status = fields.String()
    filed_at = InstantField()
    due_at = InstantField()
    overdue_at = InstantField(allow_none=True)
    decided_at = InstantField(allow_none=True)
    decision_reason = fields.String(allow_none=True)


class AppealsOut(PageOut):
    """A page of appeals."""

    items = fields.List(fields.Nested(AppealOut))


class FeedProblemOut(Schema):
    """What is wrong in a row."""

    row = fields.Integer()
    column = fields.String()
    text = fields.String()


class FeedReportOut(Schema):
    """What an import did, or would do."""

    recorded = fields.Integer()
    known = fields.Integer()
    dry_run = fields.Boolean()
    problems = fields.List(fields.Nested(FeedProblemOut))
