"""Alipay. The SDK's request, model and response classes spell the messages; signing, sending and verifying are ours.

Why not the SDK's client: it cannot read the answers of certificate mode (the money moves and it raises), cannot
reach a port, and does not tell `surely not sent` from `maybe sent`. It also logs payees, so it never gets a logger.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property, partial
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlencode

from marketplace.kernel.clock import SHANGHAI, Clock
from marketplace.kernel.money import Fen
from marketplace.payments.gateways import (
    alipay_books,
    alipay_payments,
    alipay_receipts,
    alipay_transfers,
    wire,
)
from marketplace.payments.gateways.alipay_access import Access, Credentials, certificate_mode, key_mode
from marketplace.payments.gateways.alipay_speech import SOURCES, Exchange, Talk, class_of, form, observe
from marketplace.payments.ports import (
    Capabilities,
    Observation,
    OfficialReceipt,
    Operation,
    Outcome,
    Payee,
    Prepared,
    Statement,
    Way,
)

CAPS = Capabilities(
    dedupes_forever=True,
    can_return=True,
    min_amount=Fen(10),
    max_amount=Fen(10_000_000_000),
    remark_required_from=Fen(5_000_000),
    payee_kinds=frozenset({"alipay_user_id", "alipay_logon_id", "bank_account"}),
    operations=frozenset({"transfer", "payment", "refund", "settlement"}),
    refused_number_may_succeed_later=True,
    gives_receipts=True,
)
_SPOKEN = (
    alipay_transfers.TRANSFER,
    alipay_payments.PAYMENT,
    alipay_payments.REFUND_SENT,
    alipay_payments.REFUND_ASKED,
    alipay_payments.SETTLEMENT,
)
TALKS: dict[tuple[Operation, Exchange], Talk] = {
    (talk.operation, exchange): talk for talk in _SPOKEN for exchange in talk.methods
}
# What reads a verified message, by its msg_method.
MESSAGES: dict[str, Callable[[Mapping[str, str], bytes], Observation]] = {
    alipay_transfers.CHANGED: alipay_transfers.read_message,
    "": alipay_payments.read_notice,  # what comes to notify_url names no method
}
_UNSIGNED_REQUEST = frozenset({"sign"})
_UNSIGNED_NOTICE = frozenset({"sign", "sign_type"})


@dataclass(frozen=True)
class AlipayGateway:
    """One merchant at Alipay.

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
        content = alipay_transfers.content(number, amount, payee, title, remark)
        return Prepared.of("transfer", number, amount, content.encode())

    def prepare_payment(
        self, number: str, amount: Fen, subject: str, *, expires_at: datetime, notify_url: str, seller: str = "",
        way: Way = "qr",
    ) -> Prepared:  # fmt: skip
        """See Gateway. seller: an Alipay user number; the money is then theirs at once."""
        _check(number, amount, subject, "-")
        payload = alipay_payments.command(number, amount, subject, expires_at, notify_url, seller, way)
        return Prepared.of("payment", number, amount, payload)

    def prepare_held_payment(
        self, number: str, amount: Fen, subject: str, *, expires_at: datetime, notify_url: str, seller: str, way: Way,
        hold_days: int,
    ) -> Prepared:  # fmt: skip
        """See HoldsMoney. Alipay holds for 1 to 365 days and settles by itself afterwards."""
        _check(number, amount, subject, "-")
        if not seller or not 1 <= hold_days <= 365:
            raise ValueError("a held payment names its seller and a time of 1 to 365 days")
        payload = alipay_payments.command(number, amount, subject, expires_at, notify_url, seller, way, hold_days)
        return Prepared.of("payment", number, amount, payload)

    def prepare_settlement(
        self, number: str, payment: Prepared, amount: Fen, provider_ids: Mapping[str, str]
    ) -> Prepared:
        """See HoldsMoney. Names the trade as Alipay does."""
        trade_no = provider_ids.get("trade_no", "")
        if not 0 < len(number) <= 64 or not trade_no or not 0 < amount <= payment.amount:
            raise ValueError("a settlement has a number, a trade and no more than was paid")
        payload = alipay_payments.settlement(number, payment, amount, trade_no)
        return Prepared.of("settlement", number, amount, payload)

    def prepare_refund(self, number: str, payment_number: str, amount: Fen, reason: str) -> Prepared:
        """See Gateway. A part may be given back; all parts together never exceed what was paid, says Alipay."""
        _check(number, max(amount, CAPS.min_amount), payment_number, reason)
        if amount <= 0:
            raise ValueError("a refund gives something back")
        return Prepared.of("refund", number, amount, alipay_payments.refund(number, payment_number, amount, reason))

    def send(self, prepared: Prepared, *, deadline: float) -> Observation:
        """See Gateway. A page needs no exchange: its address, signed, is all that the payer opens."""
        if prepared.operation != "payment":
            return self._ask("send", prepared, prepared.payload.decode(), deadline)
        said = alipay_payments.spoken(prepared)
        if said["way"] == "page":
            return self._page(prepared, said)
        return self._ask("send", prepared, said["content"], deadline, notify_url=said["notify_url"])

    def query(self, prepared: Prepared, *, deadline: float) -> Observation:
        """See Gateway."""
        return self._ask("query", prepared, TALKS[prepared.operation, "query"].content("query", prepared), deadline)

    def cancel(self, prepared: Prepared, *, deadline: float) -> Observation:
        """See Gateway. A pay-out that may have left cannot be called back."""
        if prepared.operation != "payment":
            return Observation("answer", prepared.number, Outcome.UNKNOWN, code="cannot be called back")
        return self._ask("cancel", prepared, TALKS[prepared.operation, "cancel"].content("cancel", prepared), deadline)

    def statements(self, day: date, *, deadline: float) -> Iterator[Statement]:
        """See Gateway. Two books: the account's movements, and the trades that go straight to the agencies."""
        ask = partial(self._told, alipay_books.METHOD, deadline=deadline)
        try:
            yield from alipay_books.books(ask, day, deadline=deadline)
        except (OSError, ValueError) as error:
            raise LookupError(f"no book: {type(error).__name__}") from error

    def receipt(
        self, prepared: Prepared, provider_ids: Mapping[str, str], *, ticket: str, deadline: float
    ) -> OfficialReceipt:
        """See Gateway. A PDF; its address lives thirty seconds, so it is fetched in the step that learns of it."""
        return alipay_receipts.step(partial(self._told, deadline=deadline), provider_ids, ticket, deadline=deadline)

    def _told(self, method: str, content: str, *, deadline: float) -> dict[str, Any]:
        """What a question that moves no money was answered. Raises LookupError for no answer, or one not genuine."""
        reply = wire.post(self._access.address, *self._parameters(method, content), deadline=deadline)
        if reply.status != 200:
            raise LookupError(f"no answer: {reply.trouble or reply.status}")
        try:
            return self._verified_facts(method, reply.body)
        except ValueError as error:
            raise LookupError(f"unreadable answer: {error}"[:100]) from error

    def _page(self, prepared: Prepared, said: Mapping[str, str]) -> Observation:
        try:
            query, business = self._parameters(alipay_payments.PAGE_PAY, said["content"], said["notify_url"])
            address = self._access.url
        except (OSError, ValueError) as error:
            code = f"no access: {type(error).__name__}"
            return Observation("answer", prepared.number, Outcome.NOT_SENT, code=code, operation="payment")
        action = f"{address}?{urlencode({**query, **business})}"
        return Observation(
            "answer",
            prepared.number,
            Outcome.ACCEPTED,
            prepared.amount,
            code="page",
            operation="payment",
            action=action,
        )

    def parse_notice(self, headers: Mapping[str, str], body: bytes) -> tuple[str, Observation]:
        """See Gateway. Only messages of our own app_id about something we know are read."""
        params = form(body)
        text = wire.signing_text(params, without=_UNSIGNED_NOTICE)
        if not wire.verified(self.credentials.alipay_public_key, text, params.get("sign")):
            raise ValueError("the notice is not signed by Alipay")
        read = MESSAGES.get(params.get("msg_method", ""))
        if params.get("app_id") != self.credentials.app_id or read is None:
            raise ValueError("the notice is not for this application")
        if not params.get("notify_id"):
            raise ValueError("the notice has no number of its own")
        return params["notify_id"], read(params, body)

    def notice_ack(self, *, stored: bool) -> tuple[int, str]:
        """See Gateway. Alipay wants exactly these seven letters."""
        return (200, "success") if stored else (503, "fail")

    def _ask(
        self, exchange: Exchange, prepared: Prepared, content: str, deadline: float, notify_url: str = ""
    ) -> Observation:
        talk = TALKS[prepared.operation, exchange]

        def nothing(outcome: Outcome, code: str) -> Observation:
            return Observation(SOURCES[exchange], prepared.number, outcome, code=code, operation=talk.operation)

        try:
            address = self._access.address
        except (OSError, ValueError) as error:
            return nothing(Outcome.NOT_SENT, f"no access: {type(error).__name__}")
        method = talk.methods[exchange]
        reply = wire.post(address, *self._parameters(method, content, notify_url), deadline=deadline)
        if not reply.sent:
            return nothing(Outcome.NOT_SENT, reply.trouble)
        if reply.status != 200:
            return nothing(Outcome.UNKNOWN, reply.trouble or f"http {reply.status}")
        try:
            return observe(talk, exchange, prepared, self._verified_facts(method, reply.body), reply.body)
        except ValueError as error:
            return nothing(Outcome.UNKNOWN, f"unreadable answer: {error}"[:100])

    def _parameters(
        self, method: str, content: str, notify_url: str = ""
    ) -> tuple[Mapping[str, str], Mapping[str, str]]:
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
            "notify_url": notify_url,
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
        class_of(method, "response")().parse_response_content(text)  # what the SDK cannot read is not an answer
        return cast("dict[str, Any]", facts)

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


def alipay_gateway(settings: Mapping[str, Any], clock: Clock) -> AlipayGateway:
    """The adapter as the settings MARKETPLACE_ALIPAY_* describe it; with certificates in certificate mode."""

    def access() -> Access:
        def file(name: str) -> bytes:
            return Path(settings[name]).read_bytes()

        app_id, private = settings["MARKETPLACE_ALIPAY_APP_ID"], file("MARKETPLACE_ALIPAY_PRIVATE_KEY")
        if settings["MARKETPLACE_ALIPAY_APP_CERT"]:
            named = ("MARKETPLACE_ALIPAY_APP_CERT", "MARKETPLACE_ALIPAY_PUBLIC_CERT", "MARKETPLACE_ALIPAY_ROOT_CERT")
            ours, provider, roots = (file(name) for name in named)
            credentials = certificate_mode(app_id, private, (ours, provider, roots), clock)
        else:
            credentials = key_mode(app_id, private, file("MARKETPLACE_ALIPAY_PUBLIC_KEY"))
        return Access(settings["MARKETPLACE_ALIPAY_URL"], credentials)

    return AlipayGateway(access, clock)
