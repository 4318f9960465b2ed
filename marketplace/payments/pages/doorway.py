"""The blueprint, and what several pages of the domain share."""

from flask import request

from marketplace.kernel.errors import DomainError
from marketplace.web.doors import page_door
from marketplace.web.language import t

door = page_door("payments", __name__)

DONE = {
    "saved": "收款信息已保存",
    "submit": "已提交复核",
    "hold": "已暂停",
    "replace": "已生成新的支付指令",
    "approve": "已复核通过，将发往支付渠道",
    "send-back": "已退回经办",
    "resume": "已恢复",
    "withdraw": "已作废",
    "resend": "已允许重发",
    "receipt": "回单已录入，等待他人确认",
    "confirmed": "回单已确认",
    "asked-receipt": "已重新申请电子回单，取得后显示在本页",
    "deducted": "扣款已登记",
    "dropped": "扣款已取消",
    "invoiced": "发票已登记，等待部门查验",
    "checked": "发票查验结果已记录",
    "asked": "收款账户变更已申请，等待部门办理",
    "decided": "收款账户变更已办理",
}


def done() -> str:
    """What the step before this page has done, in words."""
    return t(DONE.get(request.args.get("done", ""), ""))


def said(error: DomainError) -> dict[str, list[str]]:
    """A refusal as the error of its field, or of the whole form."""
    return {error.field or "_": [error.say(t), error.advise(t)]}
