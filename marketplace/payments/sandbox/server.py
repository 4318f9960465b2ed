"""The sandbox's doors: the gateway itself, its switches for tests, and a page that says that nothing here is real."""

import json
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Flask, Response, abort, current_app, jsonify, render_template, request
from werkzeug.exceptions import BadRequest

from marketplace._paths import TEMPLATES
from marketplace.payments.sandbox import trades
from marketplace.payments.sandbox.book import Book, move
from marketplace.payments.sandbox.methods import METHODS, Facts, failed, finish
from marketplace.payments.sandbox.signing import APP_ID, Signer, make_keys

LOOPBACK = "127.0.0.1"
BILL = "alipay.data.dataservice.bill.downloadurl.query"
RECEIPTS = "alipay.data.bill.ereceipt."
FEE_CONTENT = json.dumps({"payee_info": {"name": "支付平台（沙箱）"}})
door = Blueprint("sandbox", __name__)


@dataclass(frozen=True)
class Desk:
    """What one running sandbox works with."""

    book: Book
    signer: Signer


def create_sandbox(folder: Path, book: Book | None = None) -> Flask:
    """The sandbox as an application. folder: its keys, and its book unless one is handed in."""
    make_keys(folder)
    app = Flask("marketplace_sandbox", template_folder=str(TEMPLATES), static_folder=None)
    app.extensions["sandbox"] = Desk(book or Book(folder / "sandbox.sqlite3"), Signer(folder))
    app.register_blueprint(door)
    from marketplace.payments.sandbox.counter import counter
    from marketplace.payments.sandbox.receipts import receipts

    app.register_blueprint(counter)
    app.register_blueprint(receipts)
    return app


def desk_here() -> Desk:
    """The desk of the sandbox that was asked."""
    desk = current_app.extensions["sandbox"]
    assert isinstance(desk, Desk)
    return desk


@door.after_request
def say_what_this_is(response: Response) -> Response:
    """No page of the sandbox can be taken for a real one."""
    response.headers["X-Sandbox"] = "no real money"
    response.headers["Content-Security-Policy"] = "default-src 'none'"
    return response


@door.post("/gateway.do")
def gateway() -> Response:
    """The gateway: signature, method, fault, answer."""
    params = {**request.args.to_dict(), **request.form.to_dict()}
    desk, method = desk_here(), params.get("method", "")
    wrapper = method.replace(".", "_") + "_response"
    delay = int(desk.book.get("latency_ms", "0"))
    if delay:
        time.sleep(delay / 1000)
    if not desk.signer.genuine(params) or params.get("app_id") != APP_ID:
        return _answer(wrapper, failed("isv.invalid-signature", "40002"))
    if desk.book.get("certificate_mode") == "on" and not desk.signer.certified(params):
        return _answer(wrapper, failed("isv.invalid-app-cert-sn", "40002"))
    if method not in {*METHODS, *trades.METHODS, BILL, f"{RECEIPTS}apply", f"{RECEIPTS}query"}:
        return _answer("error_response", failed("isv.invalid-method", "40002"))
    kind, value = desk.book.take_fault(method) or ("none", "")
    return FAULTS[kind](wrapper, lambda: _do(method, params), value)


def _do(method: str, params: Mapping[str, str]) -> Facts:
    if method == BILL:
        from marketplace.payments.sandbox.counter import bill_url

        return bill_url(json.loads(params.get("biz_content", "{}")), request.host_url)
    with desk_here().book.entry() as db:
        if method.startswith(RECEIPTS):
            from marketplace.payments.sandbox import receipts

            return receipts.METHODS[method](db, params.get("biz_content", "{}"), request.host_url)
        if method in trades.METHODS:
            return trades.METHODS[method](db, {**params, "_home": request.host_url})
        return METHODS[method](db, params.get("biz_content", "{}"), params.get("timestamp", ""))


def _answer(wrapper: str, facts: Facts) -> Response:
    desk = desk_here()
    cert = desk.signer.cert_sn if desk.book.get("certificate_mode") == "on" else ""
    return Response(desk.signer.seal(wrapper, facts, cert), content_type="text/html;charset=utf-8")


def _honest(wrapper: str, act: Callable[[], Facts], value: str) -> Response:
    return _answer(wrapper, act())


def _system_error_done(wrapper: str, act: Callable[[], Facts], value: str) -> Response:
    act()
    return _answer(wrapper, failed("SYSTEM_ERROR"))


def _system_error_not_done(wrapper: str, act: Callable[[], Facts], value: str) -> Response:
    return _answer(wrapper, failed("SYSTEM_ERROR"))


def _hang(wrapper: str, act: Callable[[], Facts], value: str) -> Response:
    facts = act()
    time.sleep(float(value or "60"))
    return _answer(wrapper, facts)


def _bad_gateway(wrapper: str, act: Callable[[], Facts], value: str) -> Response:
    act()
    return Response("<html>502 Bad Gateway</html>", 502)


def _bad_gateway_not_done(wrapper: str, act: Callable[[], Facts], value: str) -> Response:
    return Response("<html>502 Bad Gateway</html>", 502)


def _hang_up() -> Response:
    link = request.environ.get("werkzeug.socket")
    if isinstance(link, socket.socket):
        link.shutdown(socket.SHUT_RDWR)
    return Response("", 502)


def _dropped(wrapper: str, act: Callable[[], Facts], value: str) -> Response:
    act()
    return _hang_up()


def _held(wrapper: str, act: Callable[[], Facts], value: str) -> Response:
    # The caller hears nothing, and the request is done only once it is let go.
    _hang_up()
    while desk_here().book.get("let_go") != "on":
        time.sleep(0.005)
    act()
    return Response("", 502)


def _refused(wrapper: str, act: Callable[[], Facts], value: str) -> Response:
    return _answer(wrapper, failed(value or "PAYEE_NOT_EXIST"))


def _tampered(wrapper: str, act: Callable[[], Facts], value: str) -> Response:
    body = bytearray(_answer(wrapper, act()).get_data())
    body[int(value or "60") % len(body)] ^= 1
    return Response(bytes(body), content_type="text/html;charset=utf-8")


def _unsigned(wrapper: str, act: Callable[[], Facts], value: str) -> Response:
    return Response(json.dumps({wrapper: act()}), content_type="text/html;charset=utf-8")


def _other_number(wrapper: str, act: Callable[[], Facts], value: str) -> Response:
    return _answer(wrapper, {**act(), "out_biz_no": "somebody-else"})


def _other_wrapper(wrapper: str, act: Callable[[], Facts], value: str) -> Response:
    return _answer("alipay_trade_refund_response", act())


FAULTS: dict[str, Callable[[str, Callable[[], Facts], str], Response]] = {
    "none": _honest,
    "system_error_done": _system_error_done,
    "system_error_not_done": _system_error_not_done,
    "hang": _hang,
    "bad_gateway": _bad_gateway,
    "bad_gateway_not_done": _bad_gateway_not_done,
    "dropped": _dropped,
    "held": _held,
    "refused": _refused,
    "tampered": _tampered,
    "unsigned": _unsigned,
    "other_number": _other_number,
    "other_wrapper": _other_wrapper,
}
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
