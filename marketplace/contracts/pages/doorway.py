"""The blueprint of the contract pages, and what they share: one decision asked on a page of its own, then done."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue

from marketplace.contracts.models import Contract
from marketplace.contracts.schemas import ReasonIn
from marketplace.kernel.context import Ctx
from marketplace.web.doors import form_of, page_door, render, see_other
from marketplace.web.language import t

door = page_door("contracts", "marketplace.contracts.pages")

SIDE = "<any(buyer, agency):side>"


DONE = {
    "drawn": "合同草稿已生成，请核对后确认",
    "confirmed": "已确认",
    "returned": "草稿已退回",
    "asked": "终止意见已记录",
    "discarded": "草稿已删除",
    "delivered": "成果文件已提交",
    "accepted": "已验收通过",
    "sent_back": "成果已退回",
    "disputed": "争议已提出，无争议部分照常按期支付",
    "withdrawn": "争议已撤回，全额按原期限支付",
    "proposed": "补充协议已提出，等待机构确认",
    "agreed": "补充协议已生效",
    "dropped": "补充协议已了结，合同不变",
    "conceded": "已认可，争议部分不再支付",
}


@dataclass(frozen=True)
class Step:
    """One decision: its words and its verb."""

    title: str
    explanation: str
    done: str
    verb: Callable[..., Any]
    needs_reason: bool = False


def done() -> str:
    """What to say about what was just done."""
    return t(DONE.get(request.args.get("done", ""), ""))


def take_step(ctx: Ctx, step: Step, id: str, found: Contract, part: Any, here: str, after: str) -> ResponseReturnValue:
    """Ask for the decision, or carry it out. part: the milestone it is about, or None."""
    errors: dict[str, list[str]] = {}
    if request.method == "POST":
        data: dict[str, Any] = {}
        if step.needs_reason:
            data, errors = form_of(ReasonIn, request.form)
        if not errors:
            step.verb(ctx, id, **data)
            return see_other(after, done=step.done)
    page = render(
        "marketplace/contracts/step.html",
        step=step,
        contract=found,
        part=part,
        here=here,
        back=here,
        form=request.form,
        errors=errors,
        revision=request.args.get("revision", found.revision),
    )
    return page, 422 if errors else 200
