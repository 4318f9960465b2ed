"""平行记账: each move of money as vouchers of the financial and the budgetary books, under numbers that never change.

The platform is not the department's accounting system: it exports, and corrects by red vouchers. Accounts follow
《政府会计制度》 (财会〔2017〕25号); a department confirms them with its accountant.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from marketplace.budgets import queries
from marketplace.budgets.events import VouchersNumbered
from marketplace.budgets.models import BudgetLine, Voucher
from marketplace.kernel.context import Ctx
from marketplace.kernel.money import yuan
from marketplace.ledger import listing
from marketplace.ledger.listing import Moved

HEADINGS = (
    "凭证号",
    "日期",
    "摘要",
    "账套",
    "方向",
    "科目编码",
    "科目名称",
    "功能科目",
    "经济科目",
    "项目",
    "金额",
    "来源单据",
)
FINANCIAL, BUDGETARY = "财务会计", "预算会计"
_EXPENSE, _PAYABLE = ("5001", "业务活动费用"), ("2302", "应付账款")
_GRANT, _BANK, _EARLIER = ("4001", "财政拨款收入"), ("1002", "银行存款"), ("3501", "以前年度盈余调整")
_SPENT, _GRANT_CASH, _CASH = ("7101", "行政支出"), ("6001", "财政拨款预算收入"), ("8001", "资金结存")
_CARRIED = ("8101", "财政拨款结转")


@dataclass(frozen=True, slots=True)
class Pair:
    """One debit and one credit in one of the two books: (code, name) each; sign -1 makes a red voucher."""

    book: str
    debit: tuple[str, str]
    credit: tuple[str, str]
    sign: int = 1


_DUE = (Pair(FINANCIAL, _EXPENSE, _PAYABLE),)
_PAID = {
    "treasury": (Pair(FINANCIAL, _PAYABLE, _GRANT), Pair(BUDGETARY, _SPENT, _GRANT_CASH)),
    "own": (Pair(FINANCIAL, _PAYABLE, _BANK), Pair(BUDGETARY, _SPENT, _CASH)),
}
_RETURNED = {
    source: tuple(Pair(pair.book, pair.debit, pair.credit, -1) for pair in pairs) for source, pairs in _PAID.items()
}
_RETURNED_LATER = {
    "treasury": (Pair(FINANCIAL, _EARLIER, _PAYABLE), Pair(BUDGETARY, _CASH, _CARRIED)),
    "own": (Pair(FINANCIAL, _BANK, _PAYABLE), Pair(BUDGETARY, _CASH, _CARRIED)),
}
KINDS = ("due", "settle", "return")
_TEXTS = {"due": "验收确认应付", "settle": "支付到账", "return": "退票冲回"}


def pairs_of(kind: str, source: str, *, earlier_year: bool) -> tuple[Pair, ...]:
    """What a move means in the two books. source: of the line's money; earlier_year: a closed year paid it."""
    if kind == "due":
        return _DUE
    of = {"settle": _PAID, "return": _RETURNED_LATER if earlier_year else _RETURNED}[kind]
    return of["treasury" if source == "treasury" else "own"]


def number(ctx: Ctx, department_id: str, fiscal_year: int) -> int:
    """编号: give every move of the year that has none its number, in the order of booking; returns how many."""
    ctx.require("budget.read")
    queries.own_department(ctx, department_id)
    ctx.lock(f"voucher/{department_id}/{fiscal_year}")
    mine = (Voucher.department_id == department_id, Voucher.fiscal_year == fiscal_year)
    numbered = set(ctx.session.scalars(select(Voucher.posting_id).where(*mine)))
    serial = ctx.session.scalar(select(func.coalesce(func.max(Voucher.serial), 0)).where(*mine)) or 0
    fresh = [move for move in _moves(ctx, department_id, fiscal_year) if move.id not in numbered]
    for offset, move in enumerate(fresh, start=1):
        ctx.session.add(
            Voucher(
                id=ctx.new_id(),
                department_id=department_id,
                fiscal_year=fiscal_year,
                serial=serial + offset,
                posting_id=move.id,
                made_at=ctx.now,
            )
        )
    ctx.session.flush()
    if fresh:
        ctx.record(
            VouchersNumbered(
                subject=f"budget-year/{department_id}-{fiscal_year}",
                fiscal_year=fiscal_year,
                first=serial + 1,
                last=serial + len(fresh),
            )
        )
    return len(fresh)


def rows_of(ctx: Ctx, department_id: str, fiscal_year: int) -> list[list[str]]:
    """导出: the numbered vouchers of a year as rows under HEADINGS; exported again they are the same."""
    lines = _by_root(ctx, department_id, fiscal_year)
    mine = (Voucher.department_id == department_id, Voucher.fiscal_year == fiscal_year)
    serials = {row.posting_id: row.serial for row in ctx.session.scalars(select(Voucher).where(*mine))}
    moves = [move for move in _moves(ctx, department_id, fiscal_year) if move.id in serials]
    moves.sort(key=lambda move: serials[move.id])
    return [row for move in moves for row in _rows(move, lines[move.root], serials[move.id], fiscal_year)]


def _rows(move: Moved, line: BudgetLine, serial: int, fiscal_year: int) -> list[list[str]]:
    rows = []
    for pair in pairs_of(move.kind, line.source, earlier_year=move.source_kind == "prior_year"):
        amount = yuan(move.amount_fen * pair.sign).replace(",", "")
        for side, (code, name) in (("借", pair.debit), ("贷", pair.credit)):
            rows.append(
                [
                    f"PZ-{fiscal_year}-{serial:06d}",
                    _day(move.business_date),
                    f"{_TEXTS[move.kind]}：{line.name}",
                    pair.book,
                    side,
                    code,
                    name,
                    line.function_code,
                    line.economic_code,
                    line.project,
                    amount,
                    move.reference,
                ]
            )
    return rows


def _day(day: date) -> str:
    return day.isoformat()


def _by_root(ctx: Ctx, department_id: str, fiscal_year: int) -> Mapping[str, BudgetLine]:
    return {f"line/{line.id}": line for line in queries.lines_of_year(ctx, department_id, fiscal_year)}


def _moves(ctx: Ctx, department_id: str, fiscal_year: int) -> list[Moved]:
    return listing.moves_into(ctx, roots=_by_root(ctx, department_id, fiscal_year), kinds=KINDS)
