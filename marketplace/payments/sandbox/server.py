"""The sandbox's other doors: its switches for tests, and a page that says that nothing here is real."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Flask, Response, abort, current_app, jsonify, render_template, request
from werkzeug.exceptions import BadRequest

from marketplace._paths import TEMPLATES
from marketplace.payments.sandbox.book import Book, move
from marketplace.payments.sandbox.gateway import FAULTS, SAYS, Desk, before
from marketplace.payments.sandbox.methods import Facts, finish
from marketplace.payments.sandbox.signing import APP_ID, Signer, make_keys

LOOPBACK = "127.0.0.1"
FEE_CONTENT = json.dumps({"payee_info": {"name": "支付平台（沙箱）"}})
door = Blueprint("sandbox", __name__)


def create_sandbox(folder: Path, book: Book | None = None) -> Flask:
    """The sandbox as an application. folder: its keys, and its book unless one is handed in."""
    make_keys(folder)
    app = Flask("marketplace_sandbox", template_folder=str(TEMPLATES), static_folder=None)
    desk = app.extensions["sandbox"] = Desk(book or Book(folder / "sandbox.sqlite3"), Signer(folder))
    app.register_blueprint(door)
    from marketplace.payments.sandbox.counter import counter
    from marketplace.payments.sandbox.receipts import receipts

    app.register_blueprint(counter)
    app.register_blueprint(receipts)
    app.wsgi_app = before(app.wsgi_app, desk)  # type: ignore[assignment, method-assign]
    return app


def desk_here() -> Desk:
    """The desk of the sandbox that was asked."""
    desk = current_app.extensions["sandbox"]
    assert isinstance(desk, Desk)
    return desk


@door.after_request
def say_what_this_is(response: Response) -> Response:
    """No page of the sandbox can be taken for a real one."""
    response.headers.update(SAYS)
    return response


SETTINGS = frozenset(
    {
        "dedupe", "latency_ms", "certificate_mode", "status", "opening_fen", "notify_url", "notices", "late_pay",
        "bill:account", "bill:trade", "bill_ready", "let_go", "receipt",
    }
)  # fmt: skip


@door.get("/")
def home() -> str:
    """What happened here, under the banner."""
    book = desk_here().book
    return render_template(
        "marketplace/payments/sandbox.html",
        transfers=book.transfers(),
        trades=book.trades(),
        balance_fen=book.balance_fen(),
        t=str,
        yuan=lambda fen: f"{fen // 100:,}.{fen % 100:02d}",
    )


@door.get("/moved")
def moved() -> Response:
    """Every movement of play money, for tests that compare it with a ledger."""
    return jsonify(desk_here().book.moved())


@door.post("/charges")
def charge() -> Response:
    """The provider takes its own fee from the account: {"amount_fen", "at": "YYYY-MM-DD hh:mm:ss"}."""
    asked = json_object()
    with desk_here().book.entry() as db:
        move(db, "", int(asked["amount_fen"]), FEE_CONTENT, str(asked["at"]))
    return jsonify(charged=int(asked["amount_fen"]))


@door.post("/faults")
def add_fault() -> Response:
    """Switch on a fault: {"kind", "method", "value", "times"}."""
    asked = json_object()
    if asked.get("kind") not in FAULTS:
        abort(422)
    desk_here().book.add_fault(
        str(asked["kind"]), str(asked.get("method", "")), str(asked.get("value", "")), int(asked.get("times", 1))
    )
    return jsonify(switched_on=asked["kind"])


@door.post("/settle")
def settle() -> Response:
    """Answer once nobody else is being served."""
    callers: Callable[[], int] = current_app.extensions["sandbox_callers"]
    while callers() > 1:
        time.sleep(0.005)
    return jsonify(settled=True)


@door.post("/faults/forget")
def forget_faults() -> Response:
    """Switch off every fault that no request has taken."""
    return jsonify(forgotten=desk_here().book.forget_faults())


@door.post("/settings")
def change_settings() -> Response:
    """Switch lasting settings, e.g. {"dedupe": "off"}; "refuse:<account>" names the refusal for one payee."""
    asked = json_object()
    if not all(name in SETTINGS or name.startswith("refuse:") for name in asked):
        abort(422)
    for name, value in asked.items():
        desk_here().book.set(name, str(value))
    return jsonify(changed=sorted(asked))


@door.post("/transfers/<number>/finish")
def finish_transfer(number: str) -> Response:
    """Let a transfer become SUCCESS, FAIL or REFUND later; answers with the signed notice, delivered if told where."""
    status = str(json_object().get("status", "SUCCESS"))
    if status not in {"SUCCESS", "FAIL", "REFUND"}:
        abort(422)
    desk = desk_here()
    with desk.book.entry() as db:
        at = db.execute("SELECT at FROM transfer WHERE number = ?", (number,)).fetchone()
        facts = finish(db, number, status, at["at"]) if at else None
    if facts is None:
        abort(404)
    notice = urlencode(desk.signer.sign_notice(_notice(number, status, facts)))
    return jsonify(notice=notice, delivered=deliver(desk.book.get("notify_url"), notice))


def _notice(number: str, status: str, facts: Facts) -> dict[str, str]:
    return {
        "notify_id": f"{number}-{status}",
        "msg_method": "alipay.fund.trans.order.changed",
        "app_id": APP_ID,
        "charset": "utf-8",
        "version": "1.1",
        "utc_timestamp": "0",
        "biz_content": json.dumps(facts, ensure_ascii=False),
    }


def deliver(url: str, notice: str) -> str:
    """Bring a notice to an address on loopback; what was answered, or what went wrong."""
    if not url or urlsplit(url).scheme != "http" or urlsplit(url).hostname != LOOPBACK:
        return ""
    call = urllib.request.Request(url, notice.encode(), method="POST")  # noqa: S310 - http on loopback, just checked
    try:
        with urllib.request.urlopen(call, timeout=10) as reply:  # noqa: S310 - same address
            return str(reply.read(100).decode("utf-8", "replace"))
    except (urllib.error.URLError, OSError) as error:
        return type(error).__name__


def json_object() -> dict[str, Any]:
    """The JSON object of a request."""
    asked = request.get_json()
    if not isinstance(asked, dict):
        raise BadRequest
    return asked
