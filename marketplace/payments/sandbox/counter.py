"""The sandbox's counter: where a payer scans or arrives, and where the merchant fetches its bills."""

from datetime import date
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, jsonify, render_template, request

from marketplace.payments.sandbox import trades
from marketplace.payments.sandbox.bills import account_bill, mutated, trade_bill
from marketplace.payments.sandbox.methods import OK
from marketplace.payments.sandbox.server import deliver, desk_here, json_object, say_what_this_is
from marketplace.payments.sandbox.signing import APP_ID

counter = Blueprint("sandbox_counter", __name__)
counter.after_request(say_what_this_is)
ACCOUNT = "2088000000000001"


def _page(number: str, said: str = "", status: int = 200) -> tuple[str, int]:
    row = next((trade for trade in desk_here().book.trades() if trade["number"] == number), None)
    if row is None:
        abort(404)
    words: dict[str, Any] = {"row": row, "said": said, "t": str}
    words["yuan"] = lambda fen: f"{fen // 100:,}.{fen % 100:02d}"
    return render_template("marketplace/payments/sandbox_pay.html", **words), status


@counter.get("/gateway.do")
def arrive() -> tuple[str, int]:
    """A payer's browser comes with a signed address."""
    params, desk = request.args.to_dict(), desk_here()
    if not desk.signer.genuine(params) or params.get("app_id") != APP_ID:
        abort(403)
    if params.get("method") != "alipay.trade.page.pay":
        abort(422)
    with desk.book.entry() as db:
        facts = trades.page_pay(db, params)
    if facts["code"] != OK["code"]:
        abort(422)
    return _page(facts["out_trade_no"])


@counter.get("/pay/<number>")
def scanned(number: str) -> tuple[str, int]:
    """A payer has scanned the code: from here on the trade exists."""
    with desk_here().book.entry() as db:
        db.execute("UPDATE trade SET status = 'WAIT_BUYER_PAY' WHERE number = ? AND status = 'OFFERED'", (number,))
    return _page(number)


@counter.post("/pay/<number>")
def pay_here(number: str) -> tuple[str, int]:
    """The payer presses the button."""
    done = _pay(number, "", deliver_it=True)
    return _page(number, "已付款" if done else "该收款已关闭或已付清，不能付款", 200 if done else 409)


@counter.post("/trades/<number>/pay")
def pay(number: str) -> Response:
    """A test pays: {"at": "YYYY-MM-DD hh:mm:ss", "deliver": false}; answers with the signed notice."""
    asked = json_object()
    done = _pay(number, str(asked.get("at", "")), deliver_it=bool(asked.get("deliver", True)))
    if done is None:
        abort(409)
    return jsonify(done)


@counter.get("/trades")
def every_trade() -> Response:
    """Every collection, for tests that compare it with the market's."""
    return jsonify(desk_here().book.trades())


def _pay(number: str, at: str, *, deliver_it: bool) -> dict[str, Any] | None:
    desk = desk_here()
    late = desk.book.get("late_pay") == "on"
    with desk.book.entry() as db:
        row = trades.pay(db, number, at, late=late)
        if row is None:
            return None
        facts = {"app_id": APP_ID, "charset": "utf-8", "version": "1.0", **trades.told(row)}
    notice = urlencode(desk.signer.sign_notice(facts))
    # Notices get lost and come twice; a merchant must stand both.
    times = {"lost": 0, "twice": 2}.get(desk.book.get("notices"), 1) if deliver_it else 0
    return {"notice": notice, "delivered": [deliver(row["notify_url"], notice) for _ in range(times)]}


@counter.get("/bills/<token>")
def bill(token: str) -> Response:
    """The file behind an address that was given out."""
    desk = desk_here()
    kind, _, day = desk.book.get(f"bill_token:{token}").partition(" ")
    if not day:
        abort(404)
    desk.book.set(f"bill_token:{token}", "")
    on, faults = date.fromisoformat(day), desk.book.get(f"bill:{kind}")
    with desk.book.entry() as db:
        if kind == "account":
            rows, opening = trades.account_entries(db, on)
            made = account_bill(ACCOUNT, on, mutated(rows, faults), opening, truncated="truncated" in faults)
        else:
            made = trade_bill(
                ACCOUNT, on, mutated(trades.trade_entries(db, on), faults), truncated="truncated" in faults
            )
    return Response(made, content_type="application/zip")
