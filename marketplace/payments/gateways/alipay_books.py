"""Alipay's own book of a day: ask for the address, which lives thirty seconds, and fetch the file behind it."""

from collections.abc import Callable, Iterator
from datetime import date
from hashlib import sha256

from marketplace.kernel.money import Fen
from marketplace.payments.gateways import wire
from marketplace.payments.gateways.alipay_speech import content_of, sdk
from marketplace.payments.gateways.bills import Bill, BillIncomplete, BillLine
from marketplace.payments.ports import Statement, StatementLine

METHOD = "alipay.data.dataservice.bill.downloadurl.query"
# account of our statement → Alipay's kind of bill, and the form that reads it
KINDS = {"account": ("signcustomer", "alipay-account"), "trade": ("trade", "alipay-trade")}
_NONE_THERE = frozenset({"isp.bill_not_exist", "BILL_NOT_EXIST", "isp.BILL_NOT_EXIST"})
BILL_LIMIT = 64 * 1024 * 1024  # bytes of the packed file


def question(kind: str, day: date) -> str:
    """The biz_content that asks for a bill. kind: signcustomer or trade."""
    model = sdk("domain", "AlipayDataDataserviceBillDownloadurlQueryModel")()
    model.bill_type, model.bill_date = kind, day.isoformat()
    return content_of(METHOD, model)


def books(ask: Callable[[str], dict[str, object]], day: date, *, deadline: float) -> Iterator[Statement]:
    """Both books of a day. ask: sends a question and returns the verified facts. Raises LookupError where none is."""
    for account, (kind, form) in KINDS.items():
        facts = ask(question(kind, day))
        url = facts.get("bill_download_url")
        if facts.get("code") != "10000" or not isinstance(url, str):
            said = str(facts.get("sub_code") or facts.get("code"))
            raise LookupError("the bill is not ready" if said in _NONE_THERE else f"no bill: {said}"[:100])
        reply = wire.get(wire.checked_url(url), deadline=deadline, limit=BILL_LIMIT)
        if reply.status != 200:
            raise LookupError(f"the bill could not be fetched: {reply.trouble or reply.status}")
        yield read(account, form, day, reply.body)


def read(account: str, form: str, day: date, raw: bytes) -> Statement:
    """A file as a statement; complete only if its own figures prove it."""
    bill, lines, complete = Bill(form, raw, day), [], True
    try:
        lines = [_line(account, line) for line in bill.lines()]
    except BillIncomplete:
        complete = False
    opening, closing = (None if fen is None else Fen(fen) for fen in (bill.opening_fen, bill.closing_fen))
    return Statement(account, day, tuple(lines), opening, closing, sha256(raw).hexdigest(), complete, raw)


def _line(account: str, line: BillLine) -> StatementLine:
    balance = None if line.balance_fen is None else Fen(line.balance_fen)
    amount, fee = Fen(line.amount_fen), Fen(line.fee_fen)
    return StatementLine(
        line.line_id,
        account,
        line.number or None,
        line.provider_id or None,
        amount,
        fee,
        balance,
        line.at,
        line.kind,
        "",
    )
