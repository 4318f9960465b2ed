"""Shapes of collecting at the doors, and the words for its codes."""

from marshmallow import fields, validate

from marketplace.web.schemas import InstantField, PageOut, Schema, Text, YuanAsFen

LABELS = {
    "collection.state": {
        "created": "正在生成付款码",
        "waiting": "待付款",
        "closing": "正在关闭",
        "paid": "已付款",
        "closed": "已关闭",
        "refused": "未能生成",
    },
    "collection.way": {"qr": "扫码支付", "page": "网页支付"},
    "refund.state": {"created": "待退款", "accepted": "退款处理中", "refunded": "已退款", "refused": "退款未成功"},
    "receipt.state": {"waiting": "待认领", "allocated": "已认领", "refunding": "退回中", "refunded": "已退回"},
    "hold.state": {
        "held": "支付机构保管中",
        "settling": "正在结算给机构",
        "settled": "已结算给机构",
        "returned": "已全部退回付款企业",
    },
    "settlement.state": {"created": "待结算", "accepted": "结算处理中", "settled": "已结算", "refused": "结算未成功"},
    "settlement.cause": {"acceptance": "成果验收", "two_persons": "付款企业两人确认提前结算"},
    "collection.event": {
        "collection.release.asked": "申请提前结算",
        "collection.settlement.asked": "发起结算",
        "collection.settlement.moved": "结算状态变更",
        "collection.payment.asked": "发起付款",
        "collection.payment.moved": "状态变更",
        "collection.fact.quarantined": "发现矛盾信息，待人工处理",
        "collection.receipt.found": "关闭后到账，列入待认领款",
        "collection.receipt.allocated": "认领到账款",
        "collection.refund.asked": "发起退款",
        "collection.refund.moved": "退款状态变更",
    },
}
WAYS = list(LABELS["collection.way"])


class MerchantIn(Schema):
    """To which merchant account enterprises pay."""

    seller = Text(required=True, longest=32)


class MerchantOut(Schema):
    """The same as it may be shown."""

    agency_id = fields.String()
    hint = fields.String()
    changed_at = InstantField()


class CollectionIn(Schema):
    """What to pay, and how."""

    milestone_id = fields.String(required=True, validate=validate.Length(max=32))
    way = fields.String(load_default="qr", validate=validate.OneOf(WAYS))
    hold = fields.Boolean(load_default=False)


class CollectionOut(Schema):
    """A collection."""

    id = fields.String()
    number = fields.String()
    state = fields.String()
    way = fields.String()
    action = fields.String()
    milestone_id = fields.String()
    contract_number = fields.String()
    title = fields.String()
    buyer_id = fields.String()
    agency_id = fields.String()
    seller_hint = fields.String()
    amount_fen = YuanAsFen(data_key="amount")
    gateway = fields.String()
    due_at = InstantField()
    expires_at = InstantField()
    paid_at = InstantField(allow_none=True)
    closed_at = InstantField(allow_none=True)
    attention = fields.Boolean()
    hold_state = fields.String()
    hold_days = fields.Integer()


class CollectionsQuery(Schema):
    """Which collections."""

    state = fields.String(validate=validate.OneOf(list(LABELS["collection.state"])))
    after = fields.String()


class CollectionsOut(PageOut):
    """A page of collections."""

    items = fields.List(fields.Nested(CollectionOut))


class RefundIn(Schema):
    """How much to give back, and why; the request number makes a repetition harmless."""

    request_key = Text(required=True, longest=64)
    amount_fen = YuanAsFen(required=True, data_key="amount")
    reason = Text(required=True, longest=400)


class RefundOut(Schema):
    """A refund."""

    id = fields.String()
    number = fields.String()
    collection_id = fields.String()
    request_key = fields.String()
    amount_fen = YuanAsFen(data_key="amount")
    state = fields.String()
    reason = fields.String()
    made_at = InstantField()
    finished_at = InstantField(allow_none=True)


class CollectionReasonIn(Schema):
    """Why."""

    reason = Text(required=True, longest=400)


class SettlementOut(Schema):
    """Held money on its way to the agency."""

    id = fields.String()
    number = fields.String()
    collection_id = fields.String()
    amount_fen = YuanAsFen(data_key="amount")
    cause = fields.String()
    state = fields.String()
    made_at = InstantField()
    finished_at = InstantField(allow_none=True)


class LateReceiptOut(Schema):
    """Money without an owner."""

    id = fields.String()
    collection_id = fields.String()
    amount_fen = YuanAsFen(data_key="amount")
    state = fields.String()
    occurred_at = InstantField()
    found_at = InstantField()
    reason = fields.String()


class LateReceiptsOut(Schema):
    """Receipts that wait for an owner."""

    items = fields.List(fields.Nested(LateReceiptOut))
