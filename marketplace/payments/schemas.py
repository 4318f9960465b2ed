"""What goes in and out of the payments doors, for JSON and forms alike."""

from flask_smorest.fields import Upload
from marshmallow import fields, validate

from marketplace.web.schemas import DayField, InstantField, PageOut, Schema, Text, YuanAsFen

LABELS = {
    "payment.state": {
        "draft": "待经办",
        "submitted": "待复核",
        "approved": "已核准",
        "held": "已暂停",
        "sending": "发送中",
        "accepted": "渠道处理中",
        "unknown": "结果待查",
        "paid": "已支付",
        "refused": "已拒绝",
        "returned": "已退票",
        "withdrawn": "已作废",
    },
    "payment.gateway": {"sandbox": "支付沙箱", "alipay": "支付宝", "treasury": "国库集中支付"},
    "payment.payee_kind": {
        "bank_account": "对公银行账户",
        "alipay_user_id": "支付宝用户号",
        "alipay_logon_id": "支付宝登录号",
    },
    "payment.line_kind": {"retention": "质保金", "penalty": "违约扣款", "dispute": "争议款"},
    "payment.invoice_state": {"entered": "待查验", "checked": "已查验", "refused": "查验不符"},
    "payment.what": {"send": "发送", "query": "查询"},
    "payment.outcome": {
        "not_sent": "未发出",
        "accepted": "已受理",
        "succeeded": "成功",
        "refused": "拒绝",
        "returned": "退回",
        "not_found": "渠道无此指令",
        "unknown": "结果不明",
    },
    "payment.source": {"answer": "应答", "query": "查询", "notice": "通知", "receipt": "回单"},
    "payment.receipt_state": {
        "asked": "申请中",
        "kept": "已取得",
        "differs": "与留存的不一致",
        "given_up": "未取得，已停止自动申请",
    },
    "payment.event": {
        "payment.order.prepared": "生成支付指令",
        "payment.order.submitted": "经办提交",
        "payment.order.rejected": "退回经办",
        "payment.order.approved": "复核通过，资金转入支付中",
        "payment.order.held": "暂停",
        "payment.order.resumed": "恢复",
        "payment.order.withdrawn": "作废，资金退回应付",
        "payment.resend.allowed": "允许重发",
        "payment.order.moved": "依据外部凭据变更状态",
        "payment.fact.quarantined": "发现矛盾信息，待人工处理",
        "payment.receipt.entered": "录入回单",
        "payment.receipt.confirmed": "确认回单",
        "payment.receipt.kept": "取得电子回单并留存",
        "payment.receipt.differs": "再次取得的电子回单与留存的不一致，原件不变",
        "payment.receipt.given_up": "多次申请未取得电子回单，停止自动申请",
        "payment.receipt.asked": "重新申请电子回单",
        "payment.order.deducted": "登记扣款",
        "payment.deduction.dropped": "取消扣款",
    },
}
SUFFIXES = {"application/pdf": "pdf", "application/json": "json"}


def file_name(number: str, media_type: str) -> str:
    """Under which name the receipt file of an order is saved."""
    return f"{number}.{SUFFIXES.get(media_type, 'bin')}"


PAYEE_KINDS = list(LABELS["payment.payee_kind"])
DEDUCTIONS = ("retention", "penalty")  # what a person may leave out; a dispute is raised on the contract


class PaymentPayeeIn(Schema):
    """Where an agency wants to be paid."""

    kind = fields.String(required=True, validate=validate.OneOf(PAYEE_KINDS))
    account = Text(required=True, longest=130)
    bank_name = Text(load_default="", longest=120)


class PaymentPayeeOut(Schema):
    """The same as it may be shown: the account only by its end."""

    agency_id = fields.String()
    kind = fields.String()
    account_hint = fields.String()
    name = fields.String()
    bank_name = fields.String()
    changed_at = InstantField()


class PaymentReasonIn(Schema):
    """Why."""

    reason = Text(required=True, longest=400)


class PaymentPrepareIn(Schema):
    """Which accepted milestone to pay."""

    milestone_id = fields.String(required=True, validate=validate.Length(max=32))


class PaymentSubmitIn(Schema):
    """The maker's word, and why it is paid before its invoice."""

    without_invoice = Text(load_default="", longest=400)


class PaymentDeductionIn(Schema):
    """What a payment leaves out."""

    kind = fields.String(required=True, validate=validate.OneOf(DEDUCTIONS))
    amount_fen = YuanAsFen(required=True)
    basis = Text(required=True, longest=400)
    release_on = DayField(load_default=None, allow_none=True)


class PaymentLineOut(Schema):
    """A deduction."""

    id = fields.String()
    kind = fields.String()
    amount_fen = fields.Integer()
    basis = fields.String()
    release_on = DayField(allow_none=True)
    booked = fields.Boolean()


class PayeeChangeIn(Schema):
    """The supplement that names another account."""

    document = Text(required=True, longest=120)


class PayeeDecisionIn(Schema):
    """Whether the department agrees, and why not."""

    agree = fields.Boolean(required=True)
    reason = Text(load_default="", longest=400)


class PayeeChangeOut(Schema):
    """A change of a contract's account; the account only by its end."""

    id = fields.String()
    contract_id = fields.String()
    kind = fields.String()
    account_hint = fields.String()
    name = fields.String()
    bank_name = fields.String()
    document = fields.String()
    state = fields.String()
    reason = fields.String()
    asked_at = InstantField()
    decided_at = InstantField(allow_none=True)


class InvoiceIn(Schema):
    """An invoice as its face has it."""

    code = Text(load_default="", longest=12)
    number = Text(required=True, longest=24)
    issued_on = DayField(required=True)
    buyer_code = Text(required=True, longest=18)
    seller_code = Text(required=True, longest=18)
    net_fen = YuanAsFen(required=True)
    tax_fen = YuanAsFen(required=True)
    gross_fen = YuanAsFen(required=True)
    red_of = Text(load_default="", longest=20)


class InvoiceCheckIn(Schema):
    """Whether an invoice was found genuine, and why not."""

    genuine = fields.Boolean(required=True)
    reason = Text(load_default="", longest=400)


class InvoiceOut(Schema):
    """An invoice."""

    id = fields.String()
    code = fields.String()
    number = fields.String()
    issued_on = DayField()
    buyer_code = fields.String()
    seller_code = fields.String()
    net_fen = fields.Integer()
    tax_fen = fields.Integer()
    gross_fen = fields.Integer()
    red_of = fields.String(allow_none=True)
    milestone_id = fields.String()
    contract_id = fields.String()
    state = fields.String()
    reason = fields.String()
    entered_at = InstantField()
    checked_at = InstantField(allow_none=True)


class InvoicesQuery(Schema):
    """Where to go on."""

    after = fields.String()


class InvoicesOut(PageOut):
    """A page of invoices."""

    items = fields.List(fields.Nested(InvoiceOut))


class PaymentReceiptIn(Schema):
    """A treasury receipt on paper."""

    outcome = fields.String(required=True, validate=validate.OneOf(["paid", "refused", "returned"]))
    document = Text(required=True, longest=80)
    occurred_on = DayField(required=True)


class TreasuryReceiptFiles(Schema):
    """A treasury receipt and its manifest (multipart/form-data)."""

    file = Upload(required=True)
    manifest = Upload(required=True)


class PaymentReceiptOut(Schema):
    """A receipt and who stands for it; sha256, size and media_type are those of its file."""

    id = fields.String()
    order_id = fields.String()
    document = fields.String()
    outcome = fields.String()
    occurred_on = DayField()
    entered_at = InstantField()
    confirmed_at = InstantField(allow_none=True)
    sha256 = fields.String(allow_none=True)
    size = fields.Integer(allow_none=True)
    media_type = fields.String()


class ReceiptRequestOut(Schema):
    """What has become of asking for an official receipt."""

    order_id = fields.String()
    state = fields.String()
    tries = fields.Integer()
    last_code = fields.String()
    asked_at = InstantField()
    ended_at = InstantField(allow_none=True)


class PaymentOrderOut(Schema):
    """A payment order."""

    id = fields.String()
    number = fields.String()
    state = fields.String()
    milestone_id = fields.String()
    contract_id = fields.String()
    contract_number = fields.String()
    title = fields.String()
    department_id = fields.String()
    agency_id = fields.String()
    amount_fen = fields.Integer()
    gateway = fields.String()
    payee_kind = fields.String(allow_none=True)
    payee_hint = fields.String(allow_none=True)
    payee_name = fields.String(allow_none=True)
    due_at = InstantField()
    made_at = InstantField(allow_none=True)
    approved_at = InstantField(allow_none=True)
    finished_at = InstantField(allow_none=True)
    replaces = fields.String(allow_none=True)
    attention = fields.Boolean()
    last_code = fields.String()


class PaymentOrdersQuery(Schema):
    """Which orders."""

    state = fields.String(validate=validate.OneOf(list(LABELS["payment.state"])))
    after = fields.String()


class PaymentOrdersOut(PageOut):
    """A page of orders."""

    items = fields.List(fields.Nested(PaymentOrderOut))
