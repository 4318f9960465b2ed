"""Collections as the provider plays them: a trade, its payer, closing, refunds, and the notices they cause."""

import json
import sqlite3
from collections.abc import Callable, Mapping
from datetime import date

from marketplace.payments.sandbox.bills import Entry
from marketplace.payments.sandbox.book import OPENING_FEN, setting
from marketplace.payments.sandbox.methods import AMOUNT, OK, Facts, failed, fen_of, yuan_of

Params = Mapping[str, str]
PAYABLE = ("OFFERED", "WAIT_BUYER_PAY")


def _row(db: sqlite3.Connection, number: str) -> sqlite3.Row | None:
    found: sqlite3.Row | None = db.execute("SELECT * FROM trade WHERE number = ?", (number,)).fetchone()
    return found


def _refunded(db: sqlite3.Connection, number: str) -> int:
    return int(db.execute("SELECT coalesce(sum(amount_fen), 0) FROM refund WHERE number = ?", (number,)).fetchone()[0])


def _unused(db: sqlite3.Connection, request: str) -> str:
    """The request number itself, or where doubles are not removed one that tells the second from the first."""
    again = db.execute("SELECT count(*) FROM refund WHERE rtrim(request_no, '+') = ?", (request,)).fetchone()[0]
    return request + "+" * int(again)


def _open(db: sqlite3.Connection, params: Params, way: str) -> Facts:
    content = params.get("biz_content", "{}")
    asked = json.loads(content)
    number, amount = str(asked.get("out_trade_no", "")), str(asked.get("total_amount", ""))
    if not number or not asked.get("subject") or not AMOUNT.fullmatch(amount) or fen_of(amount) < 1:
        return failed("ACQ.INVALID_PARAMETER")
    known = _row(db, number)
    if known is not None:
        same = known["content"] == content
        return {**OK, "out_trade_no": number} if same else failed("ACQ.CONTEXT_INCONSISTENT")
    seller = str(asked.get("seller_id", ""))
    for detail in asked.get("settle_info", {}).get("settle_detail_infos", []):
        seller = str(detail.get("trans_in", ""))
    at = params.get("timestamp", "")
    serial = db.execute("SELECT count(*) FROM trade").fetchone()[0] + 1
    # A code that nobody has scanned is no trade yet: a query does not find it.
    status = "OFFERED" if way == "qr" else "WAIT_BUYER_PAY"
    trade_no = f"{at[:10].replace('-', '')}22{serial:018d}"
    expires = str(asked.get("time_expire", ""))
    row = (
        number,
        trade_no,
        fen_of(amount),
        content,
        params.get("notify_url", ""),
        seller,
        status,
        way,
        expires,
        at,
        "",
    )
    db.execute("INSERT INTO trade VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
    return {**OK, "out_trade_no": number}


def precreate(db: sqlite3.Connection, params: Params) -> Facts:
    """A code to scan."""
    facts = _open(db, params, "qr")
    if facts["code"] != OK["code"]:
        return facts
    return {**facts, "qr_code": f"{params.get('_home', '')}pay/{facts['out_trade_no']}"}


def page_pay(db: sqlite3.Connection, params: Params) -> Facts:
    """A page to pay on; the browser comes by itself."""
    return _open(db, params, "page")


def query(db: sqlite3.Connection, params: Params) -> Facts:
    """What became of a trade."""
    row = _row(db, str(json.loads(params.get("biz_content", "{}")).get("out_trade_no", "")))
    if row is None or row["status"] == "OFFERED":
        return failed("ACQ.TRADE_NOT_EXIST")
    facts = {**OK, "out_trade_no": row["number"], "trade_no": row["trade_no"], "trade_status": row["status"]}
    facts |= {"total_amount": yuan_of(row["amount_fen"]), "buyer_logon_id": "159****5620"}
    return facts | ({"send_pay_date": row["paid_at"]} if row["paid_at"] else {})


def close(db: sqlite3.Connection, params: Params) -> Facts:
    """No more payment of a trade that waits for its payer."""
    row = _row(db, str(json.loads(params.get("biz_content", "{}")).get("out_trade_no", "")))
    if row is None or row["status"] == "OFFERED":
        return failed("ACQ.TRADE_NOT_EXIST")
    if row["status"] not in {"WAIT_BUYER_PAY", "TRADE_CLOSED"}:
        return failed("ACQ.TRADE_STATUS_ERROR")
    db.execute("UPDATE trade SET status = 'TRADE_CLOSED' WHERE number = ?", (row["number"],))
    return {**OK, "out_trade_no": row["number"], "trade_no": row["trade_no"]}


def refund(db: sqlite3.Connection, params: Params) -> Facts:
    """Give money back: once per request number, never more than was paid."""
    asked = json.loads(params.get("biz_content", "{}"))
    row, request = _row(db, str(asked.get("out_trade_no", ""))), str(asked.get("out_request_no", ""))
    amount = str(asked.get("refund_amount", ""))
    if not request or not AMOUNT.fullmatch(amount):
        return failed("ACQ.INVALID_PARAMETER")
    if row is None or row["status"] in PAYABLE:
        return failed("ACQ.TRADE_NOT_EXIST")
    known = db.execute("SELECT * FROM refund WHERE request_no = ?", (request,)).fetchone()
    if known is None or setting(db, "dedupe", "on") != "on":
        if not row["paid_at"] or _refunded(db, row["number"]) + fen_of(amount) > row["amount_fen"]:
            return failed("ACQ.REFUND_AMT_NOT_EQUAL_TOTAL" if row["paid_at"] else "ACQ.TRADE_STATUS_ERROR")
        db.execute(
            "INSERT INTO refund VALUES (?, ?, ?, ?)",
            (_unused(db, request), row["number"], fen_of(amount), params.get("timestamp", "")),
        )
        if _refunded(db, row["number"]) == row["amount_fen"]:
            db.execute("UPDATE trade SET status = 'TRADE_CLOSED' WHERE number = ?", (row["number"],))
    elif known["amount_fen"] != fen_of(amount):
        return failed("ACQ.INVALID_PARAMETER")
    facts = {**OK, "out_trade_no": row["number"], "trade_no": row["trade_no"], "fund_change": "N" if known else "Y"}
    return facts | {"refund_fee": yuan_of(_refunded(db, row["number"])), "gmt_refund_pay": params.get("timestamp", "")}


def refund_query(db: sqlite3.Connection, params: Params) -> Facts:
    """What became of a refund; one that never was is answered with nothing."""
    asked = json.loads(params.get("biz_content", "{}"))
    row = _row(db, str(asked.get("out_trade_no", "")))
    if row is None:
        return failed("ACQ.TRADE_NOT_EXIST")
    known = db.execute("SELECT * FROM refund WHERE request_no = ?", (str(asked.get("out_request_no", "")),)).fetchone()
    if known is None:
        return dict(OK)
    facts = {**OK, "out_trade_no": row["number"], "trade_no": row["trade_no"], "out_request_no": known["request_no"]}
    facts |= {"refund_amount": yuan_of(known["amount_fen"]), "refund_status": "REFUND_SUCCESS"}
    return facts | {"total_amount": yuan_of(row["amount_fen"]), "gmt_refund_pay": known["at"]}


def settle_confirm(db: sqlite3.Connection, params: Params) -> Facts:
    """Let held money go to its seller: once per request number, never more than is held."""
    asked = json.loads(params.get("biz_content", "{}"))
    request, trade_no = str(asked.get("out_request_no", "")), str(asked.get("trade_no", ""))
    details = asked.get("settle_info", {}).get("settle_detail_infos", [])
    row = db.execute("SELECT * FROM trade WHERE trade_no = ?", (trade_no,)).fetchone()
    if not request or not details or not AMOUNT.fullmatch(str(details[0].get("amount", ""))):
        return failed("ACQ.INVALID_PARAMETER")
    if row is None:
        return failed("ACQ.TRADE_NOT_EXIST")
    fen = fen_of(details[0]["amount"])
    known = db.execute("SELECT * FROM settlement WHERE request_no = ?", (request,)).fetchone()
    if known is None and fen > _held(db, row):
        return failed("ACQ.TRADE_STATUS_ERROR")
    if known is not None and (known["number"], known["amount_fen"]) != (row["number"], fen):
        return failed("ACQ.INVALID_PARAMETER")
    at = params.get("timestamp", "")
    db.execute("INSERT OR IGNORE INTO settlement VALUES (?, ?, ?, ?)", (request, row["number"], fen, at))
    return {**OK, "trade_no": trade_no, "out_request_no": request, "settle_amount": yuan_of(fen)}


def _held(db: sqlite3.Connection, row: sqlite3.Row) -> int:
    """What of a trade the provider still holds, in fen."""
    if not row["paid_at"] or "settle_period_time" not in json.loads(row["content"]).get("settle_info", {}):
        return 0
    gone = db.execute("SELECT coalesce(sum(amount_fen), 0) FROM settlement WHERE number = ?", (row["number"],))
    return int(row["amount_fen"] - _refunded(db, row["number"]) - gone.fetchone()[0])


def pay(db: sqlite3.Connection, number: str, at: str = "", *, late: bool = False) -> sqlite3.Row | None:
    """The payer pays. late: a closed trade takes the money all the same, as a bank's transfer does. None: refused."""
    row = _row(db, number)
    if row is None or row["paid_at"] or (row["status"] not in PAYABLE and not late):
        return None
    when = at or row["at"]
    db.execute("UPDATE trade SET status = 'TRADE_SUCCESS', paid_at = ? WHERE number = ?", (when, number))
    return _row(db, number)


def told(row: sqlite3.Row) -> dict[str, str]:
    """The facts of a notice about a trade."""
    return {
        "notify_type": "trade_status_sync",
        "notify_id": f"{row['trade_no']}{row['status']}",
        "out_trade_no": row["number"],
        "trade_no": row["trade_no"],
        "trade_status": row["status"],
        "total_amount": yuan_of(row["amount_fen"]),
        "receipt_amount": yuan_of(row["amount_fen"]),
        "seller_id": row["seller"] or "2088000000000001",
        "buyer_id": "2088000000000999",
        "gmt_create": row["at"],
        **({"gmt_payment": row["paid_at"]} if row["paid_at"] else {}),
    }


METHODS: dict[str, Callable[[sqlite3.Connection, Params], Facts]] = {
    "alipay.trade.precreate": precreate,
    "alipay.trade.page.pay": page_pay,
    "alipay.trade.query": query,
    "alipay.trade.close": close,
    "alipay.trade.settle.confirm": settle_confirm,
    "alipay.trade.refund": refund,
    "alipay.trade.fastpay.refund.query": refund_query,
}


def account_entries(db: sqlite3.Connection, day: date) -> tuple[list[Entry], int]:
    """The day's movements of the account, and its opening balance."""
    began = int(setting(db, "opening_fen", str(OPENING_FEN)))
    spent = db.execute("SELECT coalesce(sum(amount_fen), 0) FROM moved WHERE at < ?", (f"{day} 00:00:00",)).fetchone()
    rows = db.execute("SELECT * FROM moved WHERE at LIKE ? ORDER BY at, id", (f"{day}%",))
    entries = [
        Entry(f"M{row['id']:016d}", f"B{row['id']:016d}", row["number"], row["at"], row["payee"], -row["amount_fen"],
              "服务费" if not row["number"] else "转账" if row["amount_fen"] > 0 else "退票")
        for row in rows
    ]  # fmt: skip
    return entries, began - int(spent[0])


def trade_entries(db: sqlite3.Connection, day: date) -> list[Entry]:
    """The day's trades and refunds."""
    paid = db.execute("SELECT * FROM trade WHERE paid_at LIKE ? ORDER BY paid_at, number", (f"{day}%",)).fetchall()
    given = db.execute(
        "SELECT r.*, t.trade_no FROM refund r JOIN trade t ON t.number = r.number WHERE r.at LIKE ? ORDER BY r.at",
        (f"{day}%",),
    ).fetchall()
    came = [
        Entry("", row["trade_no"], row["number"], row["paid_at"], "159****5620", row["amount_fen"], "交易")
        for row in paid
    ]
    went = [
        Entry(
            "", row["trade_no"], row["number"], row["at"], "159****5620", -row["amount_fen"], "退款", row["request_no"]
        )
        for row in given
    ]
    return came + went
