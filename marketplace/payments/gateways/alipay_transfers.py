"""Pay-outs at Alipay: alipay.fund.trans.uni.transfer, the question what became of one, and its message."""

from collections.abc import Mapping
from typing import Any

from marketplace.kernel.money import Fen
from marketplace.payments import rules
from marketplace.payments.gateways import wire
from marketplace.payments.gateways.alipay_speech import Exchange, Talk, content_of, ids_of, sdk, text_of, when
from marketplace.payments.ports import Observation, Payee, Prepared

SEND, QUERY = "alipay.fund.trans.uni.transfer", "alipay.fund.trans.common.query"
CHANGED = "alipay.fund.trans.order.changed"
_IDENTITY = {
    "alipay_user_id": "ALIPAY_USER_ID",
    "alipay_logon_id": "ALIPAY_LOGON_ID",
    "bank_account": "BANKCARD_ACCOUNT",
}
_BANKCARD = "bank_account"


def content(number: str, amount: Fen, payee: Payee, title: str, remark: str) -> str:
    """The transfer as biz_content. Values must have been checked."""
    model = sdk("domain", "AlipayFundTransUniTransferModel")()
    model.out_biz_no, model.trans_amount = number, wire.fen_text(amount)
    model.product_code = "TRANS_BANKCARD_NO_PWD" if payee.kind == _BANKCARD else "TRANS_ACCOUNT_NO_PWD"
    model.biz_scene, model.order_title = "DIRECT_TRANSFER", title
    if remark:
        model.remark = remark
    model.payee_info = _participant(payee)
    return content_of(SEND, model)


def _participant(payee: Payee) -> Any:
    who = sdk("domain", "Participant")()
    who.identity, who.identity_type, who.name = payee.account, _IDENTITY[payee.kind], payee.name
    if payee.kind == _BANKCARD:
        bank = sdk("domain", "BankcardExtInfo")()
        bank.account_type, bank.inst_name = "1", payee.bank_name  # 1: an organisation's account
        who.bankcard_ext_info = bank
    return who


def _question(exchange: Exchange, prepared: Prepared) -> str:
    sent = {key: value for key, (_, value) in wire.top_level(prepared.payload.decode()).items()}
    model = sdk("domain", "AlipayFundTransCommonQueryModel")()
    model.out_biz_no, model.product_code, model.biz_scene = prepared.number, sent["product_code"], sent["biz_scene"]
    return content_of(QUERY, model)


TRANSFER = Talk(
    operation="transfer",
    methods={"send": SEND, "query": QUERY},
    content=_question,
    number="out_biz_no",
    amounts=("trans_amount", "amount"),
    ids=("order_id", "pay_fund_order_id", "settle_serial_no"),
    times=("pay_date", "trans_date"),
)


def read_message(params: Mapping[str, str], body: bytes) -> Observation:
    """A verified message about a transfer; its facts are JSON inside biz_content. Raises ValueError if it has none."""
    facts = {key: value for key, (_, value) in wire.top_level(params.get("biz_content", "")).items()}
    number, status = text_of(facts, "out_biz_no"), text_of(facts, "status")
    if not number:
        raise ValueError("the notice names no payment")
    outcome = rules.classify("transfer.notice", 200, "10000", "", status)
    amount = wire.text_fen(facts["trans_amount"]) if "trans_amount" in facts else None
    return Observation(
        "notice", number, outcome, amount, ids_of(TRANSFER, facts), status, when(TRANSFER, facts), body, "transfer"
    )
