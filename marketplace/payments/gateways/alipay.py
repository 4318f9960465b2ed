"""Alipay. The SDK's request, model and response classes spell the messages; signing, sending and verifying are ours.

Why not the SDK's client: it cannot read the answers of certificate mode (the money moves and it raises), cannot
reach a port, and does not tell `surely not sent` from `maybe sent`. It also logs payees, so it never gets a logger.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl

from cryptography.hazmat.primitives.asymmetric import rsa

from marketplace.kernel.clock import SHANGHAI, Clock
from marketplace.kernel.money import Fen
from marketplace.payments import rules
from marketplace.payments.gateways import wire
from marketplace.payments.ports import Capabilities, Observation, Outcome, Payee, Prepared, Source

CAPS = Capabilities(
    dedupes_forever=True,
    can_return=True,
    min_amount=Fen(10),
    max_amount=Fen(10_000_000_000),
    remark_required_from=Fen(5_000_000),
    payee_kinds=frozenset({"alipay_user_id", "alipay_logon_id", "bank_account"}),
)
_IDENTITY = {
    "alipay_user_id": "ALIPAY_USER_ID",
    "alipay_logon_id": "ALIPAY_LOGON_ID",
    "bank_account": "BANKCARD_ACCOUNT",
}
_BANKCARD = "bank_account"
_IDS = ("order_id", "pay_fund_order_id", "settle_serial_no")
_UNSIGNED_REQUEST = frozenset({"sign"})
_UNSIGNED_NOTICE = frozenset({"sign", "sign_type"})
TRANSFER_CHANGED = "alipay.fund.trans.order.changed"
_TRANSFER = "alipay.fund.trans.uni.transfer"
_QUERY = "alipay.fund.trans.common.query"


@dataclass(frozen=True)
class Credentials:
    """What Alipay knows us by. The three certificate numbers are set in certificate mode only, all together."""

    app_id: str
    private_key: rsa.RSAPrivateKey
    alipay_public_key: rsa.RSAPublicKey
    app_cert_sn: str = ""
    root_cert_sn: str = ""
    alipay_cert_sn: str = ""


@dataclass(frozen=True)
class Access:
    """Where the provider is and what it knows us by. Raises ValueError for an address that is not safe."""

    url: str
    credentials: Credentials

    @cached_property
    def address(self) -> SplitResult:
        """The checked address of the gateway."""
        return wire.checked_url(self.url)


@dataclass(frozen=True)
class AlipayGateway:
    """Pay-outs by alipay.fund.trans.uni.transfer.

    access: loads address and keys when the wire is first used; preparing needs neither. clock: for timestamps.
    """

    access: Callable[[], Access]
    clock: Clock
    name: str = "alipay"
    caps: Capabilities = CAPS

    @cached_property
    def _access(self) -> Access:
        return self.access()

    @property
    def credentials(self) -> Credentials:
        """What Alipay knows us by."""
        return self._access.credentials

    def prepare_transfer(self, number: str, amount: Fen, payee: Payee, title: str, remark: str) -> Prepared:
        """See Gateway. Limits are Alipay's: number 64 signs, title 128, remark 200 and needed from 50,000 yuan."""
        _check(number, amount, title, remark)
        content: str = _transfer_request(number, amount, payee, title, remark).get_params()["biz_content"]
        return Prepared.of("transfer", number, amount, content.encode())

    def send(self, prepared: Prepared, *, deadline: float) -> Observation:
        """See Gateway."""
        return self._ask("send", "answer", _TRANSFER, prepared, prepared.payload.decode(), deadline)

    def query(self, prepared: Prepared, *, deadline: float) -> Observation:
        """See Gateway."""
        content: str = _query_request(prepared).get_params()["biz_content"]
        return self._ask("query", "query", _QUERY, prepared, content, deadline)

    def parse_notice(self, body: bytes) -> tuple[str, Observation]:
        """See Gateway. Only transfer messages of our own app_id are read."""
        params = _form(body)
        text = wire.signing_text(params, without=_UNSIGNED_NOTICE)
        if not wire.verified(self.credentials.alipay_public_key, text, params.get("sign")):
            raise ValueError("the notice is not signed by Alipay")
        if params.get("app_id") != self.credentials.app_id or params.get("msg_method") != TRANSFER_CHANGED:
            raise ValueError("the notice is not for this application")
        facts = {key: value for key, (_, value) in wire.top_level(params.get("biz_content", "")).items()}
        notice_id, number = params.get("notify_id", ""), facts.get("out_biz_no")
        if not notice_id or not isinstance(number, str) or not number:
            raise ValueError("the notice names no payment")
        outcome = rules.classify("notice", 200, "10000", "", _text(facts, "status"))
        amount = wire.text_fen(facts["trans_amount"]) if "trans_amount" in facts else None
        return notice_id, Observation(
            "notice", number, outcome, amount, _ids(facts), _text(facts, "status"), _when(facts), body
        )

    def notice_ack(self, *, stored: bool) -> tuple[int, str]:
        """See Gateway. Alipay wants exactly these seven letters."""
        return (200, "success") if stored else (503, "fail")

    def _ask(
        self, exchange: str, source: Source, method: str, prepared: Prepared, content: str, deadline: float
    ) -> Observation:
        try:
            address = self._access.address
        except (OSError, ValueError) as error:
            return Observation(source, prepared.number, Outcome.NOT_SENT, code=f"no access: {type(error).__name__}")
        reply = wire.post(address, *self._parameters(method, content), deadline=deadline)
        if not reply.sent:
            return Observation(source, prepared.number, Outcome.NOT_SENT, code=reply.trouble)
        if reply.status != 200:
            trouble = reply.trouble or f"http {reply.status}"
            return Observation(source, prepared.number, Outcome.UNKNOWN, code=trouble)
        try:
            facts = self._verified_facts(method, reply.body)
            return _observe(exchange, source, prepared, facts, reply.body)
        except ValueError as error:
            return Observation(source, prepared.number, Outcome.UNKNOWN, code=f"unreadable answer: {error}"[:100])

    def _parameters(self, method: str, content: str) -> tuple[Mapping[str, str], Mapping[str, str]]:
        common = {
            "app_id": self.credentials.app_id,
            "method": method,
            "format": "JSON",
            "charset": "utf-8",
            "sign_type": "RSA2",
            "timestamp": self.clock().astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S"),
            "version": "1.0",
            "app_cert_sn": self.credentials.app_cert_sn,
            "alipay_root_cert_sn": self.credentials.root_cert_sn,
        }
        common = {key: value for key, value in common.items() if value}
        business = {"biz_content": content}
        text = wire.signing_text({**common, **business}, without=_UNSIGNED_REQUEST)
        return {**common, "sign": wire.sign(self.credentials.private_key, text)}, business

    def _verified_facts(self, method: str, body: bytes) -> dict[str, Any]:
        """The answer's own members, after its exact text was verified. Raises ValueError for anything not genuine."""
        members = wire.top_level(body.decode("utf-8"))
        wrapper = method.replace(".", "_") + "_response"
        name = wrapper if wrapper in members else "error_response"
        if set(members) - {name, "sign", "alipay_cert_sn"} or name not in members:
            raise ValueError("wrapper of another method")
        self._check_certificate(members)
        text, facts = members[name]
        if not wire.verified(self.credentials.alipay_public_key, text.encode(), members.get("sign", ("", None))[1]):
            raise ValueError("signature")
        if not isinstance(facts, dict):
            raise ValueError("not an object")  # noqa: TRY004 - a wrong answer, not a wrong call
        _response_class(method)().parse_response_content(text)  # what the SDK cannot read is not an answer
        return facts

    def _check_certificate(self, members: Mapping[str, tuple[str, Any]]) -> None:
        expected = self.credentials.alipay_cert_sn
        if expected and members.get("alipay_cert_sn", ("", None))[1] != expected:
            raise ValueError("answer signed under another certificate")


def _check(number: str, amount: Fen, title: str, remark: str) -> None:
    if not 0 < len(number) <= 64 or not 0 < len(title) <= 128 or len(remark) > 200:
        raise ValueError("number, title or remark is too long or empty")
    if not CAPS.min_amount <= amount <= CAPS.max_amount:
        raise ValueError("the amount is outside Alipay's limits")
    if CAPS.remark_required_from is not None and amount >= CAPS.remark_required_from and not remark:
        raise ValueError("this amount needs a remark")


def _transfer_request(number: str, amount: Fen, payee: Payee, title: str, remark: str) -> Any:
    from alipay.aop.api.domain.AlipayFundTransUniTransferModel import AlipayFundTransUniTransferModel
    from alipay.aop.api.request.AlipayFundTransUniTransferRequest import AlipayFundTransUniTransferRequest

    model = AlipayFundTransUniTransferModel()
    model.out_biz_no, model.trans_amount = number, wire.fen_text(amount)
    model.product_code = "TRANS_BANKCARD_NO_PWD" if payee.kind == _BANKCARD else "TRANS_ACCOUNT_NO_PWD"
    model.biz_scene, model.order_title = "DIRECT_TRANSFER", title
    if remark:
        model.remark = remark
    model.payee_info = _participant(payee)
    return AlipayFundTransUniTransferRequest(biz_model=model)


def _participant(payee: Payee) -> Any:
    from alipay.aop.api.domain.BankcardExtInfo import BankcardExtInfo
    from alipay.aop.api.domain.Participant import Participant

    who = Participant()
    who.identity, who.identity_type, who.name = payee.account, _IDENTITY[payee.kind], payee.name
    if payee.kind == _BANKCARD:
        bank = BankcardExtInfo()
        bank.account_type, bank.inst_name = "1", payee.bank_name  # 1: an organisation's account
        who.bankcard_ext_info = bank
    return who


def _query_request(prepared: Prepared) -> Any:
    from alipay.aop.api.domain.AlipayFundTransCommonQueryModel import AlipayFundTransCommonQueryModel
    from alipay.aop.api.request.AlipayFundTransCommonQueryRequest import AlipayFundTransCommonQueryRequest

    sent = {key: value for key, (_, value) in wire.top_level(prepared.payload.decode()).items()}
    model = AlipayFundTransCommonQueryModel()
    model.out_biz_no, model.product_code, model.biz_scene = prepared.number, sent["product_code"], sent["biz_scene"]
    return AlipayFundTransCommonQueryRequest(biz_model=model)


def _response_class(method: str) -> Callable[[], Any]:
    from alipay.aop.api.response.AlipayFundTransCommonQueryResponse import AlipayFundTransCommonQueryResponse
    from alipay.aop.api.response.AlipayFundTransUniTransferResponse import AlipayFundTransUniTransferResponse

    classes: dict[str, Callable[[], Any]] = {
        _TRANSFER: AlipayFundTransUniTransferResponse,
        _QUERY: AlipayFundTransCommonQueryResponse,
    }
    return classes[method]


def _observe(exchange: str, source: Source, prepared: Prepared, facts: dict[str, Any], raw: bytes) -> Observation:
    code, sub_code, status = _text(facts, "code"), _text(facts, "sub_code"), _text(facts, "status")
    outcome = rules.classify(exchange, 200, code, sub_code, status)
    amounts = [wire.text_fen(facts[key]) for key in ("trans_amount", "amount") if key in facts]
    if not _is_ours(facts.get("out_biz_no"), outcome, status, prepared) or any(a != prepared.amount for a in amounts):
        return Observation(source, prepared.number, Outcome.UNKNOWN, code="answer for another payment", raw=raw)
    said = sub_code or _text(facts, "error_code") or status or code
    amount = amounts[0] if amounts else None
    return Observation(source, prepared.number, outcome, amount, _ids(facts), said[:64], _when(facts), raw)


def _is_ours(number: object, outcome: Outcome, status: str, prepared: Prepared) -> bool:
    # Alipay's error answers name no payment; everything that speaks of a payment's state must.
    if number is None:
        return outcome is Outcome.UNKNOWN or (not status and outcome in {Outcome.REFUSED, Outcome.NOT_FOUND})
    return number == prepared.number


def _text(facts: Mapping[str, Any], key: str) -> str:
    value = facts.get(key, "")
    if not isinstance(value, str):
        raise ValueError(f"{key} is not a text")  # noqa: TRY004 - a wrong answer, not a wrong call
    return value


def _ids(facts: Mapping[str, Any]) -> dict[str, str]:
    return {key: facts[key] for key in _IDS if isinstance(facts.get(key), str)}


def _when(facts: Mapping[str, Any]) -> datetime | None:
    text = facts.get("pay_date") or facts.get("trans_date")
    if not isinstance(text, str):
        return None
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=SHANGHAI)


def _form(body: bytes) -> dict[str, str]:
    pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, strict_parsing=True, max_num_fields=100)
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a parameter is given twice")
    return dict(pairs)


def alipay_gateway(settings: Mapping[str, Any], clock: Clock) -> AlipayGateway:
    """The adapter as the settings MARKETPLACE_ALIPAY_* describe it."""

    def access() -> Access:
        private = Path(settings["MARKETPLACE_ALIPAY_PRIVATE_KEY"]).read_bytes()
        public = Path(settings["MARKETPLACE_ALIPAY_PUBLIC_KEY"]).read_bytes()
        keys = (wire.load_private_key(private), wire.load_public_key(public))
        return Access(settings["MARKETPLACE_ALIPAY_URL"], Credentials(settings["MARKETPLACE_ALIPAY_APP_ID"], *keys))

    return AlipayGateway(access, clock)
