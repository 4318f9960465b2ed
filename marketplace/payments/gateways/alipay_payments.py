"""Collections at Alipay: a trade by QR or by page, what became of it, closing it, giving money back, and its notice."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from marketplace.kernel.clock import SHANGHAI
from marketplace.kernel.money import Fen
from marketplace.payments import rules
from marketplace.payments.gateways import wire
from marketplace.payments.gateways.alipay_speech import Exchange, Talk, content_of, ids_of, sdk, text_of, when
from marketplace.payments.ports import Observation, Prepared, Way

SETTLE = "alipay.trade.settle.confirm"
PRECREATE, PAGE_PAY = "alipay.trade.precreate", "alipay.trade.page.pay"
QUERY, CLOSE = "alipay.trade.query", "alipay.trade.close"
REFUND, REFUND_QUERY = "alipay.trade.refund", "alipay.trade.fastpay.refund.query"
_METHODS: dict[Way, tuple[str, str]] = {
    "qr": (PRECREATE, "AlipayTradePrecreateModel"),
    "page": (PAGE_PAY, "AlipayTradePagePayModel"),
}


def command(
    number: str,
    amount: Fen,
    subject: str,
    expires_at: datetime,
    notify_url: str,
    seller: str,
    way: Way,
    hold_days: int = 0,
) -> bytes:
    """A collection as the bytes that identify it: the business content, and where its notice goes.

    hold_days: how long Alipay may hold it (账期结算模式, by contract with Alipay); 0 goes straight to the seller.
    """
    method, name = _METHODS[way]
    model = sdk("domain", name)()
    model.out_trade_no, model.total_amount, model.subject = number, wire.fen_text(amount), subject
    model.time_expire = expires_at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")
    if way == "page":
        model.product_code = "FAST_INSTANT_TRADE_PAY"
        if seller:
            model.settle_info = _straight_to(seller, amount)
    elif seller and not hold_days:
        model.seller_id = seller
    if hold_days:
        model.settle_info = _straight_to(seller, amount)
        model.settle_info.settle_period_time = f"{hold_days}d"
    said = {"content": content_of(method, model), "notify_url": notify_url, "way": way}
    return json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _straight_to(seller: str, amount: Fen) -> Any:
    # A page names its seller by where the money settles; the market's own balance is never touched.
    detail, info = sdk("domain", "SettleDetailInfo")(), sdk("domain", "SettleInfo")()
    detail.trans_in_type, detail.trans_in, detail.amount = "userId", seller, wire.fen_text(amount)
    info.settle_detail_infos = [detail]
    return info


def refund(number: str, payment_number: str, amount: Fen, reason: str) -> bytes:
    """A refund as biz_content; number is the refund's own, which Alipay pays once."""
    model = sdk("domain", "AlipayTradeRefundModel")()
    model.out_trade_no, model.out_request_no = payment_number, number
    model.refund_amount, model.refund_reason = wire.fen_text(amount), reason
    return content_of(REFUND, model).encode()


def settlement(number: str, payment: Prepared, amount: Fen, trade_no: str) -> bytes:
    """A confirmed settlement of a held payment as biz_content, to the seller that the payment named."""
    named = json.loads(spoken(payment)["content"])["settle_info"]["settle_detail_infos"][0]["trans_in"]
    model = sdk("domain", "AlipayTradeSettleConfirmModel")()
    model.out_request_no, model.trade_no = number, trade_no
    model.settle_info = _straight_to(named, amount)
    return content_of(SETTLE, model).encode()


def spoken(prepared: Prepared) -> dict[str, str]:
    """A stored collection: content, notify_url, way."""
    said: dict[str, str] = json.loads(prepared.payload)
    return said


def _ask(exchange: Exchange, prepared: Prepared) -> str:
    method, name = (CLOSE, "AlipayTradeCloseModel") if exchange == "cancel" else (QUERY, "AlipayTradeQueryModel")
    model = sdk("domain", name)()
    model.out_trade_no = prepared.number
    return content_of(method, model)


def _ask_refund(exchange: Exchange, prepared: Prepared) -> str:
    model = sdk("domain", "AlipayTradeFastpayRefundQueryModel")()
    model.out_trade_no, model.out_request_no = refunded_payment(prepared), prepared.number
    return content_of(REFUND_QUERY, model)


def refunded_payment(prepared: Prepared) -> str:
    """The number of the collection that a refund gives back."""
    return str(json.loads(prepared.payload)["out_trade_no"])


PAYMENT = Talk(
    operation="payment",
    methods={"send": PRECREATE, "query": QUERY, "cancel": CLOSE},
    content=_ask,
    number="out_trade_no",
    amounts=("total_amount",),
    ids=("trade_no",),
    times=("send_pay_date",),
    status="trade_status",
    action="qr_code",
)
# A refund's answer repeats the collection's number and the sum of all its refunds, not this one: only the query tells.
REFUND_SENT = Talk(
    operation="refund",
    methods={"send": REFUND},
    content=_ask_refund,
    number="out_trade_no",
    amounts=(),
    ids=("trade_no",),
    times=("gmt_refund_pay",),
    status="fund_change",
    ours=refunded_payment,
)
REFUND_ASKED = Talk(
    operation="refund",
    methods={"query": REFUND_QUERY},
    content=_ask_refund,
    number="out_request_no",
    amounts=("refund_amount",),
    ids=("trade_no",),
    times=("gmt_refund_pay",),
    status="refund_status",
)


SETTLEMENT = Talk(
    operation="settlement",
    methods={"send": SETTLE, "query": SETTLE},
    content=lambda _, prepared: prepared.payload.decode(),
    number="out_request_no",
    amounts=("settle_amount",),
    ids=("trade_no",),
    times=(),
)


def read_notice(params: Mapping[str, str], body: bytes) -> Observation:
    """A verified notice about a trade. One about a refund only says that there is something to ask for."""
    number, status = text_of(params, "out_trade_no"), text_of(params, "trade_status")
    if not number or not status:
        raise ValueError("the notice names no trade")
    ids = {**ids_of(PAYMENT, params), **{key: params[key] for key in ("seller_id", "buyer_id") if params.get(key)}}
    if params.get("gmt_refund") and params.get("out_biz_no"):
        outcome = rules.classify("refund.notice", 200, "10000", "", status)
        return Observation("notice", params["out_biz_no"], outcome, None, ids, status, None, body, "refund")
    outcome = rules.classify("payment.notice", 200, "10000", "", status)
    at = when(_NOTICE_TIMES, params)
    return Observation(
        "notice", number, outcome, wire.text_fen(params.get("total_amount")), ids, status, at, body, "payment"
    )


_NOTICE_TIMES = Talk("payment", {}, _ask, "out_trade_no", (), (), ("gmt_payment",))
