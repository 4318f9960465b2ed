"""Stripe, the collection half: PaymentIntent, Refund, Event. A small transport of our own; no SDK.

It shows that the protocol is Stripe's vocabulary. It pays nothing out and keeps no book for us.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from marketplace.kernel.clock import Clock
from marketplace.kernel.money import Fen
from marketplace.payments.gateways import wire
from marketplace.payments.ports import (
    Capabilities,
    Observation,
    OfficialReceipt,
    Operation,
    Outcome,
    Payee,
    PaysOnly,
    Prepared,
    Source,
    Way,
)

CAPS = Capabilities(
    dedupes_forever=False,  # Stripe forgets a key after a day; asking by our own number comes first
    can_return=False,
    min_amount=Fen(100),
    max_amount=Fen(99_999_999),
    remark_required_from=None,
    payee_kinds=frozenset(),
    operations=frozenset({"payment", "refund"}),
)
_STATES = {
    "requires_payment_method": Outcome.ACCEPTED,
    "requires_confirmation": Outcome.ACCEPTED,
    "requires_action": Outcome.ACCEPTED,
    "processing": Outcome.ACCEPTED,
    "succeeded": Outcome.SUCCEEDED,
    "canceled": Outcome.REFUSED,
}
_REFUNDS = {"succeeded": Outcome.SUCCEEDED, "pending": Outcome.ACCEPTED, "failed": Outcome.REFUSED}
_EVENTS = {"payment_intent.succeeded": Outcome.SUCCEEDED, "payment_intent.canceled": Outcome.REFUSED}
_REFUSED = frozenset({400, 402, 404})  # Stripe's own "no" to a well-understood request; everything else is unknown
_SIDE = 100  # objects in one list


@dataclass(frozen=True)
class StripeGateway(PaysOnly):
    """One account at Stripe. url: of the API; key: secret key; secret: of the webhook."""

    url: str
    key: str
    secret: str
    clock: Clock
    name: str = "stripe"
    caps: Capabilities = CAPS

    def prepare_payment(
        self,
        number: str,
        amount: Fen,
        subject: str,
        *,
        expires_at: datetime,
        notify_url: str,
        seller: str = "",
        way: Way = "qr",
    ) -> Prepared:
        """See Gateway. seller: a connected account; the money is then theirs (transfer_data)."""
        _check(number, amount)
        said = {
            "amount": str(amount),
            "currency": "cny",
            "metadata[number]": number,
            "metadata[subject]": subject[:200],
        }
        said["metadata[expires_at]"] = expires_at.astimezone(UTC).isoformat()
        said["payment_method_types[0]"] = "alipay" if way == "page" else "card"
        if seller:
            said["transfer_data[destination]"] = seller
        return Prepared.of("payment", number, amount, _canonical(said))

    def prepare_transfer(self, number: str, amount: Fen, payee: Payee, title: str, remark: str) -> Prepared:
        """See Gateway. This rail only collects."""
        raise ValueError("this rail pays nothing out")

    def prepare_refund(self, number: str, payment_number: str, amount: Fen, reason: str) -> Prepared:
        """See Gateway."""
        _check(number, Fen(max(amount, CAPS.min_amount)))
        if amount <= 0 or not payment_number:
            raise ValueError("a refund gives something back")
        said = {"amount": str(amount), "metadata[number]": number, "payment": payment_number}
        return Prepared.of("refund", number, amount, _canonical(said))

    def send(self, prepared: Prepared, *, deadline: float) -> Observation:
        """See Gateway. Our number is the idempotency key."""
        form = dict(json.loads(prepared.payload))
        path = "payment_intents"
        if prepared.operation == "refund":
            found, trouble = self._find("payment_intents", form.pop("payment"), deadline)
            if found is None:
                return trouble or self._said("answer", prepared, Outcome.NOT_FOUND, "no such payment")
            path, form["payment_intent"] = "refunds", str(found["id"])
        reply = self._call("POST", path, form, deadline, key=prepared.number)
        return self._read("answer", prepared, reply)

    def query(self, prepared: Prepared, *, deadline: float) -> Observation:
        """See Gateway. Stripe is asked for its newest objects; ours carries our number."""
        kind = "refunds" if prepared.operation == "refund" else "payment_intents"
        found, trouble = self._find(kind, prepared.number, deadline)
        if found is not None:
            return self._judge("query", prepared, found, b"")
        return trouble or self._said("query", prepared, Outcome.NOT_FOUND, "no such number")

    def cancel(self, prepared: Prepared, *, deadline: float) -> Observation:
        """See Gateway."""
        found, trouble = self._find("payment_intents", prepared.number, deadline)
        if found is None:
            return trouble or self._said("answer", prepared, Outcome.NOT_FOUND, "no such number")
        reply = self._call("POST", f"payment_intents/{found['id']}/cancel", {}, deadline)
        told = self._read("answer", prepared, reply)
        # A "no" to closing is not a "no" to the payment: it may have been paid.
        return told if reply.status == 200 else self._said("answer", prepared, Outcome.UNKNOWN, told.code)

    def parse_notice(self, headers: Mapping[str, str], body: bytes) -> tuple[str, Observation]:
        """See Gateway. The inbox removes repetitions by the event's id, so old signatures do no harm."""
        given = next((value for name, value in headers.items() if name.lower() == "stripe-signature"), "")
        parts = dict(part.partition("=")[::2] for part in given.split(","))
        wanted = hmac.new(self.secret.encode(), f"{parts.get('t', '')}.".encode() + body, hashlib.sha256).hexdigest()
        if not self.secret or not hmac.compare_digest(wanted, parts.get("v1", "")):
            raise ValueError("the event is not signed by Stripe")
        event = _object(body)
        outcome, facts = _EVENTS.get(str(event.get("type"))), event.get("data", {}).get("object", {})
        number = facts.get("metadata", {}).get("number") if isinstance(facts, dict) else None
        if outcome is None or not isinstance(number, str) or not number or not isinstance(event.get("id"), str):
            raise ValueError("the event is not about a payment of ours")
        ids = {"payment_intent": str(facts.get("id", ""))}
        at = datetime.fromtimestamp(int(event.get("created", 0)), UTC)
        amount = Fen(int(facts.get("amount", 0)))
        return event["id"], Observation(
            "notice", number, outcome, amount, ids, str(event["type"]), at, body, operation="payment"
        )

    def notice_ack(self, *, stored: bool) -> tuple[int, str]:
        """See Gateway. Any 2xx will do."""
        return (200, "") if stored else (400, "")

    def receipt(
        self, prepared: Prepared, provider_ids: Mapping[str, str], *, ticket: str, deadline: float
    ) -> OfficialReceipt:
        """See Gateway. Stripe pays nothing out here."""
        raise LookupError("this rail gives no receipts")

    def _find(self, kind: str, number: str, deadline: float) -> tuple[dict[str, Any] | None, Observation | None]:
        """The object with our number; or nothing and, where that proves nothing, an UNKNOWN."""
        operation: Operation = "refund" if kind == "refunds" else "payment"
        asked = Prepared(operation, number, Fen(0), b"", "")
        reply = self._call("GET", f"{kind}?{urlencode({'limit': str(_SIDE)})}", {}, deadline)
        if reply.status != 200:
            outcome = Outcome.UNKNOWN if reply.sent else Outcome.NOT_SENT
            return None, self._said("query", asked, outcome, reply.trouble or f"http {reply.status}")
        try:
            listed = _object(reply.body)
            found = [one for one in listed["data"] if one.get("metadata", {}).get("number") == number]
        except (ValueError, KeyError, TypeError, AttributeError):
            return None, self._said("query", asked, Outcome.UNKNOWN, "unreadable answer")
        if found:
            return found[0], None
        return None, self._said("query", asked, Outcome.UNKNOWN, "older than the list") if listed.get(
            "has_more"
        ) else None

    def _read(self, source: Source, prepared: Prepared, reply: wire.Reply) -> Observation:
        if not reply.sent:
            return self._said(source, prepared, Outcome.NOT_SENT, reply.trouble)
        try:
            facts = _object(reply.body)
        except ValueError:
            return self._said(source, prepared, Outcome.UNKNOWN, reply.trouble or f"http {reply.status}")
        if reply.status == 200:
            return self._judge(source, prepared, facts, reply.body)
        outcome = Outcome.REFUSED if reply.status in _REFUSED and "error" in facts else Outcome.UNKNOWN
        return self._said(source, prepared, outcome, f"http {reply.status}")

    def _judge(self, source: Source, prepared: Prepared, facts: Mapping[str, Any], raw: bytes) -> Observation:
        number, amount, status = facts.get("metadata", {}).get("number"), facts.get("amount"), str(facts.get("status"))
        if number != prepared.number or amount != prepared.amount:
            return self._said(source, prepared, Outcome.UNKNOWN, "answer for another payment")
        outcome = (_REFUNDS if prepared.operation == "refund" else _STATES).get(status, Outcome.UNKNOWN)
        following = facts.get("next_action") or {}
        action = str(following.get("alipay_handle_redirect", {}).get("url", ""))
        ids: dict[str, str] = {prepared.operation: str(facts.get("id", ""))}
        at = datetime.fromtimestamp(int(facts.get("created", 0)), UTC)
        return Observation(
            source, prepared.number, outcome, prepared.amount, ids, status, at, raw, prepared.operation, action
        )

    def _said(self, source: Source, prepared: Prepared, outcome: Outcome, code: str) -> Observation:
        return Observation(source, prepared.number, outcome, code=code, operation=prepared.operation)

    def _call(self, verb: str, path: str, form: Mapping[str, str], deadline: float, key: str = "") -> wire.Reply:
        try:
            parts = wire.checked_url(f"{self.url.rstrip('/')}/v1/{path}")
        except ValueError:
            return wire.Reply(sent=False, trouble="no access: ValueError")
        secret = base64.b64encode(f"{self.key}:".encode()).decode()
        headers = {"Authorization": f"Basic {secret}", "Content-Type": "application/x-www-form-urlencoded"}
        if key:
            headers["Idempotency-Key"] = key
        body = urlencode(form).encode() if verb == "POST" else b""
        return wire.exchange(parts, verb, headers, body, deadline=deadline)


def _check(number: str, amount: Fen) -> None:
    if not 0 < len(number) <= 64 or not CAPS.min_amount <= amount <= CAPS.max_amount:
        raise ValueError("number or amount cannot be sent")


def _canonical(said: Mapping[str, str]) -> bytes:
    return json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ValueError("not JSON") from error
    if not isinstance(found, dict):
        raise ValueError("not an object")  # noqa: TRY004 - a wrong answer, not a wrong call
    return found


def stripe_gateway(settings: Mapping[str, Any], clock: Clock) -> StripeGateway:
    """The adapter as the settings MARKETPLACE_STRIPE_* describe it; keys are read from files when first made."""

    def secret(name: str) -> str:
        path = str(settings[name])
        return Path(path).read_text(encoding="utf-8").strip() if path else ""

    key, webhook = secret("MARKETPLACE_STRIPE_KEY"), secret("MARKETPLACE_STRIPE_WEBHOOK_SECRET")
    return StripeGateway(str(settings["MARKETPLACE_STRIPE_URL"]), key, webhook, clock)
