"""Shapes of supervision facts at the doors, and the words for their codes."""

from marshmallow import fields, validate

from marketplace.supervision.exits import EXIT_RULES
from marketplace.supervision.rules import ABOUT_KINDS, CATEGORIES, FINDING_KINDS
from marketplace.web.schemas import InstantField, PageOut, Schema, Text

LABELS = {
    "complaint.about": {"tender": "采购项目", "award": "中选结果", "contract": "合同履行", "agency": "中介服务机构"},
    "complaint.category": {
        "quality": "服务质量差",
        "delay": "拖延、逾期",
        "charge": "违规收费",
        "conduct": "违反承诺或职业规范",
        "collusion": "串通报价、弄虚作假",
        "process": "采购程序违规",
        "other": "其他",
    },
    "complaint.state": {
        "filed": "待受理",
        "accepted": "办理中",
        "refused": "不予受理",
        "upheld": "投诉属实",
        "dismissed": "投诉不成立",
    },
    "finding.kind": {
        "complaint_verified": "投诉查实",
        "refuse_contract": "中选后拒签合同",
        "late": "逾期交付",
        "poor_result": "成果质量不合格",
        "forged_data": "报名材料造假",
        "qualification_fraud": "骗取资质或入驻",
        "collusion": "串通报价",
        "bribery": "行贿",
        "qualification_penalty": "被吊销资质",
    },
    "exit.rule": {
        "qualification_fraud": "骗取资质或入驻的，清退",
        "collusion": "串通报价的，清退",
        "bribery": "行贿的，清退",
        "qualification_penalty": "被吊销资质的，清退",
        "repeated_complaints": "规定期限内多次投诉查实的，清退",
        "forged_data": "报名材料造假的，暂停",
        "refuse_contract": "中选后拒签合同的，暂停",
        "poor_result": "成果质量不合格的，暂停",
        "late_again": "规定期限内多次逾期交付的，暂停",
        "complaint": "投诉查实的，暂停",
    },
    "case.state": {
        "noticed": "已告知，申辩期内",
        "defended": "已收到申辩",
        "undefended": "期满未申辩",
        "confirmed": "已作出处理",
        "dismissed": "不予处理",
        "moot": "终结",
    },
    "sanction.kind": {"suspend": "暂停", "remove": "清退"},
    "sanction.state": {"active": "执行中", "ended": "期满", "lifted": "提前解除"},
}


class ComplaintIn(Schema):
    """A complaint as anybody files it."""

    about_kind = fields.String(required=True, validate=validate.OneOf(ABOUT_KINDS))
    about_number = Text(required=True, longest=40)
    category = fields.String(required=True, validate=validate.OneOf(CATEGORIES))
    text = Text(required=True, longest=4000)
    complainant_name = Text(required=True, longest=60)
    phone = Text(required=True, longest=24)
    email = Text(longest=120)


class GroundsIn(Schema):
    """Why."""

    reason = Text(required=True, longest=2000)


class ComplaintDecisionIn(Schema):
    """The decision on a complaint."""

    upheld = fields.Boolean(required=True)
    decision = Text(required=True, longest=4000)
    finding_kind = fields.String(validate=validate.OneOf(FINDING_KINDS), load_default="complaint_verified")


class FindingIn(Schema):
    """A breach decided without a complaint. uscc: the agency's unified social credit code."""

    uscc = Text(required=True, longest=24)
    kind = fields.String(required=True, validate=validate.OneOf(FINDING_KINDS))
    reference = Text(required=True, longest=80)
    text = Text(required=True, longest=4000)
    item_code = Text(longest=32)


class ExitCaseIn(Schema):
    """A case that a regulator opens under a rule."""

    uscc = Text(required=True, longest=24)
    rule = fields.String(required=True, validate=validate.OneOf([rule.name for rule in EXIT_RULES]))


class DefenceIn(Schema):
    """陈述申辩."""

    text = Text(required=True, longest=8000)


class ExitDecisionIn(Schema):
    """The decision on a case."""

    confirm = fields.Boolean(required=True)
    reason = Text(required=True, longest=4000)


class ComplaintOut(Schema):
    """What may be shown of a complaint to anybody who has its number."""

    number = fields.String()
    about_kind = fields.String()
    about_number = fields.String()
    category = fields.String()
    state = fields.String()
    filed_at = InstantField()
    accepted_at = InstantField(allow_none=True)
    due_at = InstantField()
    overdue = fields.Boolean()
    decided_at = InstantField(allow_none=True)
    deciding_body = fields.String()


class ComplaintFullOut(ComplaintOut):
    """A complaint for those who handle it."""

    id = fields.String()
    agency_id = fields.String(allow_none=True)
    text = fields.String()
    decision = fields.String()
    answer_due_at = InstantField(allow_none=True)
    answer = fields.String()
    answered_at = InstantField(allow_none=True)


class ComplaintsOut(PageOut):
    """A page of complaints."""

    items = fields.List(fields.Nested(ComplaintFullOut))


class FindingOut(Schema):
    """A decided breach."""

    id = fields.String()
    agency_id = fields.String()
    kind = fields.String()
    reference = fields.String()
    item_code = fields.String(allow_none=True)
    text = fields.String()
    decided_at = InstantField()
    deciding_body = fields.String()


class ExitCaseOut(Schema):
    """An exit case."""

    id = fields.String()
    number = fields.String()
    agency_id = fields.String()
    rule = fields.String()
    finding_ids = fields.List(fields.String())
    consequence = fields.String()
    months = fields.Integer()
    years = fields.Integer()
    reach = fields.String()
    ruleset_id = fields.String()
    state = fields.String()
    opened_at = InstantField()
    defence_due = InstantField()
    decide_due = InstantField()
    overdue = fields.Boolean()
    defence = fields.String()
    decided_at = InstantField(allow_none=True)
    deciding_body = fields.String()
    reason = fields.String()


class ExitCasesOut(PageOut):
    """A page of cases."""

    items = fields.List(fields.Nested(ExitCaseOut))


class SanctionOut(Schema):
    """One row of the public list."""

    id = fields.String()
    agency_id = fields.String()
    kind = fields.String()
    rule = fields.String()
    reach = fields.String()
    reason = fields.String()
    deciding_body = fields.String()
    state = fields.String()
    starts_at = InstantField()
    ends_at = InstantField()


class SanctionsOut(PageOut):
    """A page of the public list."""

    items = fields.List(fields.Nested(SanctionOut))
