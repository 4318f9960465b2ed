"""The provider's own book of a day as files, written apart from our reader so that one mistake cannot hide in both."""

import io
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date

_ACCOUNT = (
    "账务流水号,业务流水号,商户订单号,商品名称,发生时间,对方账号,收入金额（+元）,支出金额（-元）,账户余额（元）,"
    "交易渠道,业务类型,备注"
)
_TRADE = (
    "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,订单金额（元）,"
    "商家实收（元）,支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,券核销金额（元）,券名称,"
    "商家红包消费金额（元）,卡消费金额（元）,退款批次号/请求号,服务费（元）,分润（元）,备注"
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the book. fen: + into the account. at: "YYYY-MM-DD hh:mm:ss"."""

    id: str
    business_id: str
    number: str
    at: str
    party: str
    fen: int
    kind: str
    refund: str = ""


Mutation = Callable[[list[Entry], int], list[Entry]]


def _drop(rows: list[Entry], n: int) -> list[Entry]:
    return rows[:n] + rows[n + 1 :]


def _double(rows: list[Entry], n: int) -> list[Entry]:
    return [*rows[: n + 1], replace(rows[n], id=rows[n].id + "9"), *rows[n + 1 :]]


def _extra(rows: list[Entry], n: int) -> list[Entry]:
    return [*rows, replace(rows[n], id=rows[n].id + "8", number="NOT-OURS-1", party="无名氏", fen=rows[n].fen - 7)]


def _amount(rows: list[Entry], n: int) -> list[Entry]:
    return [*rows[:n], replace(rows[n], fen=rows[n].fen + (1 if rows[n].fen > 0 else -1)), *rows[n + 1 :]]


def _number(rows: list[Entry], n: int) -> list[Entry]:
    return [*rows[:n], replace(rows[n], number=rows[n].number + "X", party=rows[n].party + "公司"), *rows[n + 1 :]]


def _sign(rows: list[Entry], n: int) -> list[Entry]:
    return [*rows[:n], replace(rows[n], fen=-rows[n].fen), *rows[n + 1 :]]


# Faults of a book that its own totals do not betray: line n is missing, doubled, changed, or one too many.
MUTATIONS: dict[str, Mutation] = {
    "missing": _drop,
    "double": _double,
    "extra": _extra,
    "amount": _amount,
    "number": _number,
    "sign": _sign,
}


def mutated(rows: list[Entry], faults: str) -> list[Entry]:
    """The rows after faults like "missing:0,amount:2"; `truncated` is left to the writer."""
    for word in filter(None, faults.split(",")):
        name, _, place = word.partition(":")
        if name in MUTATIONS and rows:
            rows = MUTATIONS[name](rows, int(place or "0") % len(rows))
    return rows


def _yuan(fen: int) -> str:
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def _frame(title: str, account: str, day: date, header: str, body: Iterable[str], trailer: Iterable[str]) -> str:
    span = f"{day:%Y年%m月%d日} 00:00:00"
    head = [f"#支付宝{title}查询", f"#账号：[{account}]", f"#起始日期：[{span}]   终止日期：[{span}]"]
    mark = "-" * 41
    rows = [*head, f"#{mark}{title}列表{mark}", header, *body, f"#{mark}{title}列表结束{mark}", *trailer]
    return "\r\n".join([*rows, "#导出时间：[2026年01月01日 09:00:00]", ""])


def _zip(title: str, account: str, day: date, detail: str, summary: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as package:
        for name, text in ((f"{title}(汇总)", summary), (title, detail)):
            entry = zipfile.ZipInfo(f"{account}_{day:%Y%m%d}_{name}.csv".encode("gbk").decode("cp437"))
            entry.compress_type = zipfile.ZIP_DEFLATED
            package.writestr(entry, text.encode("gbk"))
    return packed.getvalue()


def account_bill(account: str, day: date, rows: list[Entry], opening_fen: int, *, truncated: bool = False) -> bytes:
    """账务明细: every movement with its running balance, totals at the end, a summary beside it."""
    balance, body = opening_fen, []
    for row in rows:
        balance += row.fen
        sums = (_yuan(row.fen), "") if row.fen > 0 else ("", _yuan(row.fen))
        cells = (row.id, row.business_id, row.number, "服务费", row.at, row.party, *sums, _yuan(balance), "支付宝")
        body.append("\t,".join([*cells, row.kind, ""]))
    came, went = [r.fen for r in rows if r.fen > 0], [r.fen for r in rows if r.fen < 0]
    trailer = [f"#支出合计：{len(went)}笔，共{_yuan(sum(went))}元", f"#收入合计：{len(came)}笔，共{_yuan(sum(came))}元"]
    if truncated:
        body, trailer = body[:-1], []
    detail = _frame("账务明细", account, day, _ACCOUNT, body, trailer)
    total = f"合计,{len(came)},{_yuan(sum(came))},{len(went)},{_yuan(sum(went))},{_yuan(sum(came) + sum(went))}"
    summary = _frame("账务汇总", account, day, "业务类型,收入笔数,收入金额,支出笔数,支出金额,净额", [total], [])
    return _zip("账务明细", account, day, detail, summary)


def trade_bill(account: str, day: date, rows: list[Entry], *, truncated: bool = False) -> bytes:
    """业务明细: trades and refunds; a refund carries its own request number."""
    body = []
    for row in rows:
        fen = _yuan(row.fen)
        cells = [row.business_id, row.number, row.kind, "服务费", row.at, row.at, "", "", "", "", row.party, fen, fen]
        body.append("\t,".join([*cells, *["0.00"] * 5, "", "0.00", "0.00", row.refund, "0.00", "0.00", ""]))
    came, went = [r.fen for r in rows if not r.refund], [r.fen for r in rows if r.refund]
    trailer = [
        f"#交易合计：{len(came)}笔，商家实收共{_yuan(sum(came))}元，商家优惠共0.00元",
        f"#退款合计：{len(went)}笔，商家实收退款共{_yuan(sum(went))}元，商家优惠退款共0.00元",
    ]
    if truncated:
        body, trailer = body[:-1], []
    detail = _frame("业务明细", account, day, _TRADE, body, trailer)
    total = f"合计,{len(came)},{_yuan(sum(came))},{len(went)},{_yuan(sum(went))}"
    summary = _frame("业务汇总", account, day, "门店编号,交易笔数,交易金额,退款笔数,退款金额", [total], [])
    return _zip("业务明细", account, day, detail, summary)
