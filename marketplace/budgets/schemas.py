"""Shapes of budget facts at the doors, and the words for their codes."""

from flask_smorest.fields import Upload
from marshmallow import fields, validate

from marketplace.budgets.rules import SOURCES, STEPS
from marketplace.web.schemas import DayField, InstantField, PageOut, Schema, Text, YuanAsFen

LABELS = {
    "budget.source": {"treasury": "财政拨款", "own": "单位自有资金", "enterprise": "企业缴存资金"},
    "budget.stage": {
        "available": "可用",
        "reserved": "已预留",
        "obligated": "合同占用",
        "due": "应付未付",
        "transit": "支付中",
        "paid": "已支付",
        "lapsed": "已收回",
    },
    "encumbrance.state": {
        "reserved": "已预留",
        "awarded": "已中选",
        "obligated": "合同履行中",
        "ending": "待结清",
        "closed": "已结清",
        "cancelled": "已撤销",
    },
    "transfer.state": {
        "asked": "待审批",
        "approved": "已批准",
        "refused": "已退回",
        "withdrawn": "已撤回",
    },
    "closing.state": {
        "announced": "已发起",
        "called_off": "已取消",
        "frozen": "已冻结",
        "emptied": "在途已清",
        "settled": "已结转收回",
        "signed": "已签字",
        "sealed": "已封存",
    },
    "closing.step": {
        "announce": "发起年终结转",
        "freeze": "冻结本年度",
        "empty": "确认没有在途支付",
        "settle": "逐条结转或收回",
        "sign": "核对并签字",
        "seal": "封存",
        "call_off": "取消结转",
    },
    "closing.item": {
        "transfer": "调剂申请未审批",
        "transit": "支付在途",
        "open": "尚有未结转的占用",
        "unsigned": "未签合同",
    },
    "closing.decision": {"carry": "余额结转", "lapse": "余额收回"},
    "sheet.fault": {
        "formula": "是公式，请改为数值",
        "empty": "不能为空",
        "too_long": "超过{fact}个字",
        "year": "“{fact}”不是四位年份",
        "day": "“{fact}”不是日期，例如 2026-01-05",
        "source": "“{fact}”不是资金来源，请填财政拨款、单位自有资金或企业缴存资金",
        "amount": "“{fact}”不是大于零的金额，最多两位小数",
        "code": "“{fact}”不是有效编码：功能科目7位数字，经济科目5位数字",
        "codes_differ": "与第{fact}行是同一指标，但科目、项目或资金来源不同",
        "twice": "与第{fact}行是同一文号、同一指标",
        "day_differs": "指标文“{fact}”的日期前后不一致",
        "line_differs": "账上已有同名指标，科目、项目或资金来源不同",
        "booked_differs": "该文号对该指标已入账{fact}元，金额不同",
        "frozen": "该年度正在结转或已封存",
    },
    "budget.narrative": {
        "appropriate": "依据“{reference}”下达指标{amount}元，计入可用额度",
        "reserve": "为“{reference}”预留{amount}元，可用额度相应减少",
        "retake": "“{reference}”由候补机构中选，补足预留{amount}元",
        "award": "“{reference}”中选价低于预留，结余{amount}元退回可用额度",
        "obligate": "“{reference}”合同双方已确认，{amount}元由预留转为合同占用",
        "due": "付款节点“{reference}”验收通过，{amount}元转为应付",
        "transit": "支付指令“{reference}”已复核发出，{amount}元在途",
        "settle": "支付指令“{reference}”已到账，支出{amount}元",
        "back": "支付指令“{reference}”被拒付，{amount}元退回应付",
        "return": "支付指令“{reference}”发生退票，{amount}元退回应付",
        "deduct": "“{reference}”验收扣减{amount}元，退回可用额度",
        "forfeit": "“{reference}”违约扣款{amount}元，退回可用额度",
        "more": "合同变更“{reference}”预留增加额{amount}元",
        "more-obligate": "合同变更“{reference}”已签订，增加额{amount}元转为合同占用",
        "more-drop": "合同变更“{reference}”未签订，增加额{amount}元退回可用额度",
        "transfer": "依据调剂单“{reference}”调剂{amount}元",
        "carry": "{reference}：可用余额{amount}元结转下年",
        "carry-reserved": "“{reference}”的预留{amount}元结转下年继续使用",
        "carry-obligated": "“{reference}”的合同占用{amount}元结转下年继续使用",
        "carry-due": "“{reference}”的应付{amount}元结转下年支付",
        "lapse": "{reference}：可用余额{amount}元收回",
        "free-reserved": "“{reference}”不再执行，预留的{amount}元退回可用额度",
        "free-obligated": "“{reference}”合同提前结束，未用的{amount}元退回可用额度",
    },
}


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


class OpenItemOut(Schema):
    """Something that must be done before the next step."""

    kind = fields.String()
    reference = fields.String()
    amount_fen = YuanAsFen(data_key="amount")


class YearOut(Schema):
    """How far a department has come in closing a year."""

    fiscal_year = fields.Integer()
    state = fields.String()
    lines = fields.Integer()
    unsettled = fields.Integer()
    digest = fields.String(allow_none=True)
    tree_size = fields.Integer(allow_none=True)
    tree_root = fields.String(allow_none=True)
    open = fields.List(fields.Nested(OpenItemOut))


class StepIn(Schema):
    """Which step of the closing is asked for."""

    step = fields.String(required=True, validate=validate.OneOf(STEPS))


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
