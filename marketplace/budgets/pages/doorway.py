"""The blueprint of the budget pages, and what they share."""

from flask import Response, request

from marketplace.budgets import queries, sheets
from marketplace.kernel.context import Ctx
from marketplace.web.doors import page_door
from marketplace.web.language import t

door = page_door("budgets", "marketplace.budgets.pages")

DONE = {
    "appropriated": "指标已下达",
    "asked": "调剂申请已提交，等待另一位财务人员审批",
    "approved": "调剂已批准，资金已划转",
    "refused": "调剂申请已退回",
    "withdrawn": "调剂申请已撤回",
    "booked": "文件已全部导入",
    "announced": "已发起年终结转",
    "called_off": "已取消年终结转，本年度恢复办理",
    "frozen": "本年度已冻结",
    "emptied": "已确认没有在途支付",
    "settled": "各条指标已结转或收回",
    "signed": "已签字",
    "sealed": "本年度已封存，只能查看",
}
_EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def done() -> str:
    """What to say about what was just done."""
    return t(DONE.get(request.args.get("done", ""), ""))


def whose(ctx: Ctx) -> str | None:
    """The department whose money is shown: the actor's own, or every one (None) for auditors."""
    return None if queries.sees_all(ctx) else ctx.actor.organisation_id or ""


def table(name: str, title: str, headings: tuple[str, ...], rows: list[list[str]]) -> Response:
    """A table as a file to keep, in the format that the address asks for: ?format=csv, else Excel."""
    as_csv = request.values.get("format") == "csv"
    content = sheets.as_csv(headings, rows) if as_csv else sheets.as_excel(title, headings, rows)
    response = Response(content, mimetype="text/csv" if as_csv else _EXCEL)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.{"csv" if as_csv else "xlsx"}"'
    return response
