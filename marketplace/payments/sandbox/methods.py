"""The provider's methods the sandbox plays: one transfer and the question what became of it."""

import json
import re
import sqlite3
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from marketplace.payments.sandbox.book import balance, move, setting

Facts = dict[str, Any]
AMOUNT = re.compile(r"\d{1,9}(\.\d{1,2})?", re.ASCII)
OK: Facts = {"code": "10000", "msg": "Success"}


def fen_of(text: str) -> int:
    """Yuan as the wire has it, in fen."""
    return int(Decimal(text) * 100)


def yuan_of(fen: int) -> str:
    """Fen as the wire has it, in yuan."""
    return f"{fen // 100}.{fen % 100:02d}"


def failed(sub_code: str, code: str = "40004") -> Facts:
    """A business failure in the provider's words."""
    return {"code": code, "msg": "Business Failed", "sub_code": sub_code, "sub_msg": sub_code}


def transfer(db: sqlite3.Connection, content: str, at: str) -> Facts:
    """Pay out once per number; the same number with other facts is refused."""
    asked = json.loads(content)
    number, amount = str(asked.get("out_biz_no", "")), str(asked.get("trans_amount", ""))
    if not number or not AMOUNT.fullmatch(amount):
        return failed("INVALID_PARAMETER")
    fen = fen_of(amount)
    known = db.execute("SELECT * FROM transfer WHERE number = ?", (number,)).fetchone()
    if known and setting(db, "dedupe", "on") == "on":
        return _said(known) if known["content"] == content else failed("PAYMENT_INFO_INCONSISTENCY")
    return _pay(db, asked, content, fen, at)


def _pay(db: sqlite3.Connection, asked: Facts, content: str, fen: int, at: str) -> Facts:
    refused = setting(db, "refuse:" + str(asked.get("payee_info", {}).get("identity", "")))
    if refused:
        return failed(refused)
    if fen < 10:
        return failed("EXCEED_LIMIT_SM_MIN_AMOUNT")
    if fen >= 5_000_000 and not asked.get("remark"):
        return failed("MEMO_REQUIRED_IN_TRANSFER_ERROR")
    if balance(db) < fen:
        return failed("PAYER_BALANCE_NOT_ENOUGH")
    number, status = asked["out_biz_no"], setting(db, "status", "SUCCESS")
    serial = db.execute("SELECT coalesce(max(rowid), 0) FROM transfer").fetchone()[0] + 1
    db.execute(
        "INSERT OR REPLACE INTO transfer VALUES (?, ?, ?, ?, ?, '', ?)",
        (number, f"{at[:10].replace('-', '')}{serial:020d}", fen, content, status, at),
    )
    move(db, number, fen, content, at)
    return _said(db.execute("SELECT * FROM transfer WHERE number = ?", (number,)).fetchone())


def _said(row: sqlite3.Row) -> Facts:
    return {
        **OK,
        "order_id": row["order_id"],
        "out_biz_no": row["number"],
        "pay_fund_order_id": row["order_id"],
        "status": row["status"],
        "trans_date": row["at"],
    }


def common_query(db: sqlite3.Connection, content: str, at: str) -> Facts:
    """What became of a number."""
    number = str(json.loads(content).get("out_biz_no", ""))
    row = db.execute("SELECT * FROM transfer WHERE number = ?", (number,)).fetchone()
    if row is None:
        return failed("ORDER_NOT_EXIST")
    amount = yuan_of(row["amount_fen"])
    told = {key: value for key, value in _said(row).items() if key != "trans_date"}
    told |= {"trans_amount": amount, "pay_date": row["at"], "order_fee": "0.00"}
    return told | ({"error_code": row["error_code"], "fail_reason": row["error_code"]} if row["error_code"] else {})


def finish(db: sqlite3.Connection, number: str, status: str, at: str) -> Facts | None:
    """Let a transfer change by itself: SUCCESS, FAIL or REFUND (the bank sends it back). Returns the notice's facts."""
    row = db.execute("SELECT * FROM transfer WHERE number = ?", (number,)).fetchone()
    if row is None:
        return None
    reason = "" if status == "SUCCESS" else "RECEIVE_ACCOUNT_ERROR"
    db.execute("UPDATE transfer SET status = ?, error_code = ? WHERE number = ?", (status, reason, number))
    if status in {"FAIL", "REFUND"} and row["status"] not in {"FAIL", "REFUND"}:
        move(db, number, -row["amount_fen"], row["content"], at)
    row = db.execute("SELECT * FROM transfer WHERE number = ?", (number,)).fetchone()
    amount = yuan_of(row["amount_fen"])
    return {**_said(row), "trans_amount": amount, "pay_date": at}


METHODS: dict[str, Callable[[sqlite3.Connection, str, str], Facts]] = {
    "alipay.fund.trans.uni.transfer": transfer,
    "alipay.fund.trans.common.query": common_query,
}
