"""Shapes of contract facts at the doors, and the words for their codes."""

from typing import Any

from flask_smorest.fields import Upload
from marshmallow import ValidationError, fields, post_load, validate

from marketplace.contracts.rules import MilestonePlan
from marketplace.web.schemas import DayField, InstantField, PageOut, Schema, Text, YuanAsFen

LABELS = {
    "contract.status": {
        "pending": "待双方确认",
        "returned": "草稿已退回",
        "active": "履行中",
        "complete": "已完成",
        "terminated": "提前终止",
    },
    "contract.side": {"buyer": "项目业主", "agency": "中介服务机构"},
    "milestone.status": {
        "scheduled": "待交付",
        "delivered": "待验收",
        "returned": "退回修改",
        "met": "验收通过",
        "notMet": "未完成",
    },
    "dispute.state": {
        "open": "争议未了结",
        "withdrawn": "业主已撤回，全额应付",
        "conceded": "机构已认可，不再支付",
        "sent": "提出时款项已发出，仅作记录，支付不停止",
    },
    "change.kind": {"increase": "追加", "reduction": "扣减"},
    "change.state": {
        "proposed": "待机构确认",
        "agreed": "双方已同意",
        "refused": "机构不同意",
        "withdrawn": "业主已撤回",
        "lapsed": "已失效",
    },
    "deliverable.status": {"waiting": "待验收", "accepted": "已验收", "returned": "已退回"},
}
PERCENT_BP = 100


class MilestoneIn(Schema):
    """One planned milestone. share_bp: basis points of the amount."""

    title = Text(required=True, longest=120)
    share_bp = fields.Integer(required=True, validate=validate.Range(1, 10_000))
    due_on = DayField(required=True)

    @post_load
    def plan(self, data: dict[str, Any], **kwargs: Any) -> MilestonePlan:
        """The rule's own value."""
        return MilestonePlan(**data)


class DraftIn(Schema):
    """A contract draft; without amount_fen it is the award price."""

    content = Text(required=True, longest=5000)
    starts_on = DayField(required=True)
    ends_on = DayField(required=True)
    amount_fen = YuanAsFen()
    payment_days = fields.Integer(load_default=None, allow_none=True)
    late_rate_bp = fields.Integer(load_default=None, allow_none=True)
    milestones = fields.List(fields.Nested(MilestoneIn), required=True, validate=validate.Length(min=1, max=20))


class DraftForm(Schema):
    """The same as a page posts it: one list a column, shares in percent."""

    content = Text(required=True, longest=5000)
    starts_on = DayField(required=True)
    ends_on = DayField(required=True)
    payment_days = fields.Integer(load_default=None)
    late_rate_bp = fields.Integer(load_default=None)
    milestone_title = fields.List(Text(longest=120), required=True)
    milestone_percent = fields.List(fields.Integer(validate=validate.Range(1, 100)), required=True)
    milestone_due = fields.List(DayField(), required=True)

    @post_load
    def draft(self, data: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        """The facts of the verb."""
        columns = [data.pop(name) for name in ("milestone_title", "milestone_percent", "milestone_due")]
        if len({len(column) for column in columns}) != 1:
            raise ValidationError({"milestone_title": ["每个付款节点须填写名称、比例和日期"]})
        rows = zip(*columns, strict=True)
        plan = [MilestonePlan(title, percent * PERCENT_BP, due_on) for title, percent, due_on in rows]
        return {**data, "milestones": plan}


class ConfirmationIn(Schema):
    """revision: of the text that was read, so that no other one is confirmed by it."""

    revision = fields.Integer(load_default=None, allow_none=True)


class ReasonIn(Schema):
    """Why something is returned or ended."""

    reason = Text(required=True, longest=500)


class DisputeIn(Schema):
    """How much of a milestone is disputed, and why."""

    disputed_fen = YuanAsFen(required=True, data_key="amount")
    reason = Text(required=True, longest=500)


class ContractChangeIn(Schema):
    """A change of a running contract: an increase has title and due_on, a reduction the milestone it reduces."""

    kind = fields.String(required=True, validate=validate.OneOf(["increase", "reduction"]))
    amount_fen = YuanAsFen(required=True, data_key="amount")
    reason = Text(required=True, longest=500)
    milestone_id = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=32))
    title = Text(longest=120, load_default="")
    due_on = DayField(load_default=None, allow_none=True)


class ContractChangeOut(Schema):
    """A proposed change, decided or not."""

    id = fields.String()
    seq = fields.Integer()
    kind = fields.String()
    milestone_id = fields.String(allow_none=True)
    title = fields.String()
    due_at = InstantField(allow_none=True)
    amount_fen = YuanAsFen(data_key="amount")
    reason = fields.String()
    state = fields.String()
    proposed_at = InstantField()
    ended_at = InstantField(allow_none=True)
    end_reason = fields.String()


class DisputeOut(Schema):
    """A dispute; what is not disputed stays due on its date."""

    milestone_id = fields.String()
    disputed_fen = YuanAsFen(data_key="amount")
    reason = fields.String()
    state = fields.String()
    raised_at = InstantField()
    ended_at = InstantField(allow_none=True)


class DeliveryForm(Schema):
    """What goes with an uploaded file."""

    note = Text(longest=500)


class DeliveryFiles(Schema):
    """The uploaded file (multipart/form-data)."""

    file = Upload(required=True)


class MilestoneOut(Schema):
    """A milestone with its clocks."""

    id = fields.String()
    seq = fields.Integer()
    title = fields.String()
    share_bp = fields.Integer()
    amount_fen = YuanAsFen()
    due_at = InstantField()
    status = fields.String()
    delivered_at = InstantField(allow_none=True)
    late_since = InstantField(allow_none=True)
    returned_count = fields.Integer()
    acceptance_due_at = InstantField(allow_none=True)
    accepted_at = InstantField(allow_none=True)
    accepted_by_clock = fields.Boolean()
    payment_due_at = InstantField(allow_none=True)
    reduced_fen = YuanAsFen()


class DeliverableOut(Schema):
    """A delivered file; its bytes are at /deliverables/<id>/file."""

    id = fields.String()
    milestone_id = fields.String()
    version = fields.Integer()
    name = fields.String()
    media_type = fields.String()
    size = fields.Integer()
    sha256 = fields.String()
    note = fields.String()
    status = fields.String()
    return_reason = fields.String(allow_none=True)
    uploaded_at = InstantField()


class ContractNoticeOut(Schema):
    """What is public of a contract."""

    number = fields.String()
    tender_number = fields.String()
    title = fields.String()
    item_code = fields.String()
    buyer_id = fields.String()
    agency_id = fields.String()
    amount_fen = YuanAsFen()
    starts_on = DayField()
    ends_on = DayField()
    status = fields.String()
    signed_at = InstantField(allow_none=True)
    completed_at = InstantField(allow_none=True)
    ended_at = InstantField(allow_none=True)


class ContractNoticesOut(PageOut):
    """A page of contract notices."""

    items = fields.List(fields.Nested(ContractNoticeOut))


class ContractOut(ContractNoticeOut):
    """A contract as its parties see it."""

    id = fields.String()
    award_id = fields.String()
    content = fields.String()
    revision = fields.Integer()
    waiting_for = fields.List(fields.String())
    returned_by = fields.String(allow_none=True)
    returned_reason = fields.String(allow_none=True)
    end_asked_by = fields.String(allow_none=True)
    end_reason = fields.String(allow_none=True)
    review_due_at = InstantField(allow_none=True)


class ContractsOut(PageOut):
    """A page of one party's contracts."""

    items = fields.List(fields.Nested(ContractOut))


class ContractWholeOut(ContractOut):
    """A contract with its milestones and files."""

    milestones = fields.List(fields.Nested(MilestoneOut))
    deliverables = fields.List(fields.Nested(DeliverableOut))
    changes = fields.List(fields.Nested(ContractChangeOut))
