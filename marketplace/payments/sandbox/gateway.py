"""The gateway itself: signature, method, fault, answer. It stands before the framework, which would cost more."""

import json
import secrets
import socket
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from marketplace.payments.sandbox import trades
from marketplace.payments.sandbox.book import Book
from marketplace.payments.sandbox.methods import METHODS, OK, Facts, failed
from marketplace.payments.sandbox.signing import APP_ID, Signer

BILL = "alipay.data.dataservice.bill.downloadurl.query"
RECEIPTS = "alipay.data.bill.ereceipt."
PATH = "/gateway.do"
LINK = "sandbox.link"  # the caller's socket, by its place in the environment of a request
# No page of the sandbox can be taken for a real one.
SAYS = {"X-Sandbox": "no real money", "Content-Security-Policy": "default-src 'none'"}


@dataclass(frozen=True)
class Desk:
    """What one running sandbox works with."""

    book: Book
    signer: Signer


@dataclass(frozen=True)
class Told:
    """What the caller hears, unless he was hung up on."""

    body: bytes
    status: int = 200


@dataclass(frozen=True)
class Call:
    """One genuine request. act: does what it asks and has the facts; hang_up: ends the connection at once."""

    desk: Desk
    wrapper: str
    act: Callable[[], Facts]
    hang_up: Callable[[], None]

    def answer(self, facts: Facts, wrapper: str = "") -> Told:
        """Facts, signed, in their envelope."""
        return sealed(self.desk, wrapper or self.wrapper, facts)


Start = Callable[..., Any]
Application = Callable[[dict[str, Any], Start], Iterable[bytes]]


def before(application: Application, desk: Desk) -> Application:
    """Answer what is sent to the gateway, and leave the rest to the application."""

    def answering(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] != "POST" or environ["PATH_INFO"] != PATH:
            return application(environ, start)
        told = _heard(desk, environ)
        headers = {"Content-Type": "text/html;charset=utf-8", "Content-Length": str(len(told.body)), **SAYS}
        start(f"{told.status} {HTTPStatus(told.status).phrase}", list(headers.items()))
        return [told.body]

    return answering


def _heard(desk: Desk, environ: Mapping[str, Any]) -> Told:
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    said = (environ.get("QUERY_STRING", ""), body.decode("utf-8", "replace"))
    params = dict(pair for text in said for pair in parse_qsl(text, keep_blank_values=True))
    link = environ.get(LINK)

    def hang_up() -> None:
        if isinstance(link, socket.socket):
            link.shutdown(socket.SHUT_RDWR)

    return answer(desk, params, f"{environ['wsgi.url_scheme']}://{environ.get('HTTP_HOST', '')}/", hang_up)


def answer(desk: Desk, params: dict[str, str], home: str, hang_up: Callable[[], None]) -> Told:
    """What is answered to these parameters. home: where bills and pages are found."""
    method = params.get("method", "")
    wrapper = method.replace(".", "_") + "_response"
    delay = int(desk.book.get("latency_ms", "0"))
    if delay:
        time.sleep(delay / 1000)
    if not desk.signer.genuine(params) or params.get("app_id") != APP_ID:
        return sealed(desk, wrapper, failed("isv.invalid-signature", "40002"))
    if desk.book.get("certificate_mode") == "on" and not desk.signer.certified(params):
        return sealed(desk, wrapper, failed("isv.invalid-app-cert-sn", "40002"))
    if method not in {*METHODS, *trades.METHODS, BILL, f"{RECEIPTS}apply", f"{RECEIPTS}query"}:
        return sealed(desk, "error_response", failed("isv.invalid-method", "40002"))
    kind, value = desk.book.take_fault(method) or ("none", "")
    return FAULTS[kind](Call(desk, wrapper, lambda: _do(desk, method, params, home), hang_up), value)


def _do(desk: Desk, method: str, params: Mapping[str, str], home: str) -> Facts:
    if method == BILL:
        return bill_url(desk.book, json.loads(params.get("biz_content", "{}")), home)
    with desk.book.entry() as db:
        if method.startswith(RECEIPTS):
            from marketplace.payments.sandbox import receipts

            return receipts.METHODS[method](db, params.get("biz_content", "{}"), home)
        if method in trades.METHODS:
            return trades.METHODS[method](db, {**params, "_home": home})
        return METHODS[method](db, params.get("biz_content", "{}"), params.get("timestamp", ""))


def bill_url(book: Book, content: Facts, home: str) -> Facts:
    """The address of a bill, good for one fetch."""
    kind = {"signcustomer": "account", "trade": "trade"}.get(str(content.get("bill_type")))
    if kind is None:
        return failed("isv.invalid-parameter", "40002")
    if book.get("bill_ready", "on") != "on":
        return failed("isp.bill_not_exist")
    token = secrets.token_hex(16)
    book.set(f"bill_token:{token}", f"{kind} {content.get('bill_date')}")
    return {**OK, "bill_download_url": f"{home}bills/{token}"}


def sealed(desk: Desk, wrapper: str, facts: Facts) -> Told:
    """Facts in their envelope, as the mode wants it."""
    cert = desk.signer.cert_sn if desk.book.get("certificate_mode") == "on" else ""
    return Told(desk.signer.seal(wrapper, facts, cert).encode())


def _honest(call: Call, value: str) -> Told:
    return call.answer(call.act())


def _system_error_done(call: Call, value: str) -> Told:
    call.act()
    return call.answer(failed("SYSTEM_ERROR"))


def _system_error_not_done(call: Call, value: str) -> Told:
    return call.answer(failed("SYSTEM_ERROR"))


def _hang(call: Call, value: str) -> Told:
    facts = call.act()
    time.sleep(float(value or "60"))
    return call.answer(facts)


def _bad_gateway(call: Call, value: str) -> Told:
    call.act()
    return _bad_gateway_not_done(call, value)


def _bad_gateway_not_done(call: Call, value: str) -> Told:
    return Told(b"<html>502 Bad Gateway</html>", 502)


def _dropped(call: Call, value: str) -> Told:
    call.act()
    call.hang_up()
    return Told(b"", 502)


def _held(call: Call, value: str) -> Told:
    # The caller hears nothing, and the request is done only once it is let go.
    call.hang_up()
    while call.desk.book.get("let_go") != "on":
        time.sleep(0.005)
    call.act()
    return Told(b"", 502)


def _refused(call: Call, value: str) -> Told:
    return call.answer(failed(value or "PAYEE_NOT_EXIST"))


def _tampered(call: Call, value: str) -> Told:
    body = bytearray(call.answer(call.act()).body)
    body[int(value or "60") % len(body)] ^= 1
    return Told(bytes(body))


def _unsigned(call: Call, value: str) -> Told:
    return Told(json.dumps({call.wrapper: call.act()}).encode())


def _other_number(call: Call, value: str) -> Told:
    return call.answer({**call.act(), "out_biz_no": "somebody-else"})


def _other_wrapper(call: Call, value: str) -> Told:
    return call.answer(call.act(), "alipay_trade_refund_response")


FAULTS: dict[str, Callable[[Call, str], Told]] = {
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
