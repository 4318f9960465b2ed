"""Alipay's official receipts (电子回单): ask for one, ask whether it is made, fetch the file behind its address."""

from collections.abc import Callable, Mapping
from typing import Any

from marketplace.payments.gateways import wire
from marketplace.payments.gateways.alipay_speech import content_of, sdk, text_of
from marketplace.payments.ports import OfficialReceipt

APPLY, QUERY = "alipay.data.bill.ereceipt.apply", "alipay.data.bill.ereceipt.query"
FUNDS = "FUND_DETAIL"  # the receipt of one movement of money, by the number that Alipay gave it
FUND_NUMBERS = ("pay_fund_order_id", "order_id")
PDF = "application/pdf"
FILE_LIMIT = 4 * 1024 * 1024  # bytes
_MAKING = frozenset({"INIT", "PROCESS"})
Ask = Callable[[str, str], dict[str, Any]]


def step(ask: Ask, provider_ids: Mapping[str, str], ticket: str, *, deadline: float) -> OfficialReceipt:
    """One step towards the receipt of a pay-out.

    ask: sends a method's content and returns the verified facts; it raises LookupError where there are none.
    """
    try:
        return _fetch(ask, ticket, deadline) if ticket else _apply(ask, provider_ids)
    except (LookupError, OSError, ValueError) as error:
        return OfficialReceipt("unknown", ticket, code=f"{type(error).__name__}: {error}"[:100])


def _apply(ask: Ask, provider_ids: Mapping[str, str]) -> OfficialReceipt:
    fund = next((provider_ids[name] for name in FUND_NUMBERS if provider_ids.get(name)), "")
    if not fund:
        return OfficialReceipt("refused", code="no fund number")
    model = sdk("domain", "AlipayDataBillEreceiptApplyModel")()
    model.type, model.key = FUNDS, fund
    facts = ask(APPLY, content_of(APPLY, model))
    ticket = text_of(facts, "file_id")
    if text_of(facts, "code") != "10000" or not ticket:
        return OfficialReceipt("unknown", code=_code(facts))
    return OfficialReceipt("waiting", ticket, code="applied")


def _fetch(ask: Ask, ticket: str, deadline: float) -> OfficialReceipt:
    model = sdk("domain", "AlipayDataBillEreceiptQueryModel")()
    model.file_id = ticket
    facts = ask(QUERY, content_of(QUERY, model))
    status = text_of(facts, "status")
    if text_of(facts, "code") != "10000" or status in _MAKING:
        return OfficialReceipt("waiting" if status in _MAKING else "unknown", ticket, code=status or _code(facts))
    if status == "FAIL":
        return OfficialReceipt("refused", code=text_of(facts, "error_message")[:100] or status)
    address = text_of(facts, "download_url")
    if status != "SUCCESS" or not address:
        return OfficialReceipt("unknown", ticket, code=status or _code(facts))
    reply = wire.get(wire.checked_url(address), deadline=deadline, limit=FILE_LIMIT)
    if reply.status != 200 or not whole(reply.body):
        return OfficialReceipt("unknown", ticket, code=reply.trouble or f"no whole file: http {reply.status}")
    return OfficialReceipt("ready", ticket, reply.body, PDF, ticket, status)


def whole(file: bytes) -> bool:
    """Whether a file begins and ends as a PDF does; Alipay names no hash to compare it with."""
    return file.startswith(b"%PDF-") and b"%%EOF" in file[-32:]


def _code(facts: Mapping[str, Any]) -> str:
    return (text_of(facts, "sub_code") or text_of(facts, "code"))[:64]
