"""Shapes of reconciliation at the doors, and the words for its codes."""

from flask_smorest.fields import Upload
from marshmallow import fields, validate

from marketplace.web.schemas import DayField, InstantField, PageOut, Schema, Text, YuanAsFen

LABELS = {
    "recon.state": {"open": "未关账", "closed": "已关账"},
    "recon.form": {
        "alipay-account": "支付宝账务明细（zip）",
        "alipay-trade": "支付宝业务明细（zip）",
        "bank-csv": "银行流水（csv）",
    },
    "recon.account": {
        "sandbox:account": "支付沙箱账户",
        "sandbox:trade": "支付沙箱交易",
        "alipay:account": "支付宝账户",
        "alipay:trade": "支付宝交易",
        "bank:main": "银行账户",
    },
    "break.kind": {
        "missing_here": "渠道有、本平台无",
        "missing_there": "本平台有、渠道无",
        "amount": "金额不一致",
        "duplicate": "渠道重复记账",
        "sign": "收支方向相反",
        "state": "渠道已记账、本平台未确认",
        "fee": "渠道手续费",
        "proposal": "疑似同一笔，待确认",
        "timing": "跨日到账",
    },
    "break.state": {"found": "待指定责任人", "assigned": "处理中", "proposed": "待他人确认", "resolved": "已处理"},
    "break.action": {
        "matched": "确认是同一笔",
        "corrected": "已另行更正入账",
        "explained": "已查明原因，无须入账",
        "loss": "核销为损失",
        "timing": "次日到账，自动核销",
        "replaced": "渠道已更正文件",
    },
    "trail.stop": {
        "document": "指标下达文件",
        "line": "预算指标",
        "encumbrance": "预算占用",
        "contract": "合同",
        "milestone": "成果验收",
        "order": "支付指令",
        "evidence": "渠道凭据",
        "statement": "渠道流水",
        "book": "对账文件",
        "receipt": "付款回单",
    },
    "recon.event": {
        "reconciliation.statement.imported": "导入对账文件",
        "reconciliation.day.matched": "自动勾对",
        "reconciliation.day.closed": "关账封存",
        "reconciliation.day.reopened": "重新开账",
        "reconciliation.break.found": "发现差异",
        "reconciliation.break.assigned": "指定责任人",
        "reconciliation.break.proposed": "提出处理意见",
        "reconciliation.break.refused": "退回处理意见",
        "reconciliation.break.resolved": "处理完毕",
    },
}
FORMS = list(LABELS["recon.form"])
_ACCOUNT = validate.Regexp(r"[a-z0-9_]{1,32}:[a-z0-9_]{1,24}\Z", error="账户应形如 alipay:account 或 bank:main")


class StatementIn(Schema):
    """Which book a file is, of which day."""

    account = fields.String(required=True, validate=_ACCOUNT)
    day = DayField(required=True)
    form = fields.String(required=True, validate=validate.OneOf(FORMS))
    replace = fields.Boolean(load_default=False)


class StatementFileIn(Schema):
    """The file itself, as the provider made it."""

    file = Upload(required=True)


class ReconDayOut(Schema):
    """One account on one day."""

    id = fields.String()
    account = fields.String()
    day = DayField()
    state = fields.String()
    statement_id = fields.String()
    lines = fields.Integer()
    matched = fields.Integer()
    breaks = fields.Integer()
    matched_at = InstantField(allow_none=True)
    closed_at = InstantField(allow_none=True)
    digest = fields.String()
    reopened = fields.Integer()


class ReconDaysQuery(Schema):
    """Which days."""

    account = fields.String(validate=_ACCOUNT)
    state = fields.String(validate=validate.OneOf(list(LABELS["recon.state"])))
    after = fields.String()


class ReconDaysOut(PageOut):
    """A page of days."""

    items = fields.List(fields.Nested(ReconDayOut))


class ReconReasonIn(Schema):
    """Why."""

    reason = Text(required=True, longest=400)


class BreakAssignIn(Schema):
    """Who answers for it; without a name, the one who asks."""

    username = fields.String(load_default="", validate=validate.Length(max=64))


class BreakProposeIn(Schema):
    """How a break ends."""

    action = fields.String(
        required=True, validate=validate.OneOf(["matched", "corrected", "explained", "loss"], error="请选择处理方式")
    )
    reason = Text(required=True, longest=400)


class BreakOut(Schema):
    """One difference between the two books."""

    id = fields.String()
    account = fields.String()
    day = DayField()
    kind = fields.String()
    state = fields.String()
    number = fields.String()
    amount_fen = YuanAsFen(data_key="amount")
    expected_fen = YuanAsFen(data_key="expected", allow_none=True)
    claim = fields.String()
    owner = fields.String(allow_none=True)
    action = fields.String()
    reason = fields.String()
    found_at = InstantField()
    ended_at = InstantField(allow_none=True)


class BreaksQuery(Schema):
    """Which breaks."""

    account = fields.String(validate=_ACCOUNT)
    kind = fields.String(validate=validate.OneOf(list(LABELS["break.kind"])))
    state = fields.String(validate=validate.OneOf(list(LABELS["break.state"])))
    after = fields.String()


class BreaksOut(PageOut):
    """A page of breaks."""

    items = fields.List(fields.Nested(BreakOut))
