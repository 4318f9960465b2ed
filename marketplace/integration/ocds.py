"""Open Contracting Data Standard 1.1: the one mapping of other people's releases to our words.

Real data is untidy: whatever is missing or odd is written down beside the record and never stops the run.
"""

import gzip
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from marketplace.integration.errors import NotAReleasePackage

LARGEST = Decimal(10) ** 12
DISQUALIFIED = frozenset({"disqualified", "invited", "withdrawn"})


@dataclass(frozen=True)
class BidRecord:
    """One recorded bid. amount_fen is in hundredths of the record's own currency."""

    tenderer: str
    name: str
    amount_fen: int
    excluded_because: str | None = None


@dataclass
class TenderRecord:
    """One recorded tender with its bids and the suppliers it was awarded to."""

    ocid: str
    title: str
    description: str
    buyer: str
    buyer_name: str
    ceiling_fen: int | None
    currency: str = ""
    bids: list[BidRecord] = field(default_factory=list)
    winners: frozenset[str] = frozenset()
    problems: list[str] = field(default_factory=list)

    @property
    def largest_fen(self) -> int:
        """The ceiling, or the highest bid where the record names none or a lower one."""
        return max([self.ceiling_fen or 0, *(bid.amount_fen for bid in self.bids)])


def read_package(path: Path) -> list[TenderRecord]:
    """Every release of a package (JSON, or gzip of it) as a record. Raises NotAReleasePackage."""
    try:
        raw = path.read_bytes()
        document = json.loads(gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw, parse_float=Decimal)
    except (OSError, ValueError, EOFError) as error:
        raise NotAReleasePackage(file=path.name, why=str(error)[:120]) from error
    releases = document.get("releases") if isinstance(document, dict) else None
    if not isinstance(releases, list):
        raise NotAReleasePackage(file=path.name, why="no list `releases`")
    return [_record(index, release) for index, release in enumerate(releases)]


def _record(index: int, release: Any) -> TenderRecord:
    if not isinstance(release, dict):
        record = TenderRecord(f"#{index}", "", "", "", "", None)
        record.problems.append("release is not an object")
        return record
    tender, buyer = _dict(release, "tender"), _dict(release, "buyer")
    ocid = str(release.get("ocid") or f"#{index}")
    record = TenderRecord(
        ocid=ocid,
        title=str(tender.get("title") or ocid),
        description=str(tender.get("description") or tender.get("title") or ocid),
        buyer=str(buyer.get("id") or "unknown"),
        buyer_name=str(buyer.get("name") or buyer.get("id") or "unknown"),
        ceiling_fen=None,
    )
    if not release.get("ocid"):
        record.problems.append("ocid is missing")
    currency = str(_dict(tender, "value").get("currency") or "")
    record.currency = currency
    record.ceiling_fen = _amount(record, "tender.value", _dict(tender, "value"), currency)
    record.bids = list(_bids(record, _list(_dict(release, "bids"), "details"), currency))
    if not record.bids:
        record.problems.append("no usable bid")
    record.winners = frozenset(_winners(_list(release, "awards")))
    return record


def _bids(record: TenderRecord, details: list[Any], currency: str) -> Iterator[BidRecord]:
    seen: set[str] = set()
    for place, bid in enumerate(details):
        if not isinstance(bid, dict):
            record.problems.append(f"bid {place} is not an object")
            continue
        who = next((t for t in _list(bid, "tenderers") if isinstance(t, dict) and t.get("id")), None)
        if who is None:
            record.problems.append(f"bid {place} has no tenderer id")
            continue
        amount = _amount(record, f"bid {place}", _dict(bid, "value"), currency)
        if amount is None or amount <= 0:
            record.problems.append(f"bid {place} has no usable amount")
            continue
        if str(who["id"]) in seen:
            record.problems.append(f"bid {place} is a second bid of {who['id']}; the first one counts")
            continue
        seen.add(str(who["id"]))
        yield BidRecord(str(who["id"]), str(who.get("name") or who["id"]), amount, _exclusion(bid))


def _exclusion(bid: Mapping[str, Any]) -> str | None:
    status = str(bid.get("status") or "valid")
    if status not in DISQUALIFIED:
        return None
    return str(bid.get("statusDetails") or f"recorded as {status}")


def _winners(awards: list[Any]) -> Iterator[str]:
    for award in awards:
        if isinstance(award, dict) and award.get("status", "active") in {"active", "pending"}:
            for supplier in _list(award, "suppliers"):
                if isinstance(supplier, dict) and supplier.get("id"):
                    yield str(supplier["id"])


def _amount(record: TenderRecord, where: str, value: Mapping[str, Any], currency: str) -> int | None:
    raw = value.get("amount")
    if raw is None:
        return None
    if str(value.get("currency") or "") != currency:
        record.problems.append(f"{where}: currency {value.get('currency')} instead of {currency}")
        return None
    try:
        amount = Decimal(str(raw)) * 100
    except InvalidOperation:
        record.problems.append(f"{where}: {raw!r} is no amount")
        return None
    if not amount.is_finite() or abs(amount) > LARGEST * 100:
        record.problems.append(f"{where}: {raw!r} is out of range")
        return None
    if amount != amount.to_integral_value():
        record.problems.append(f"{where}: more than two decimals, rounded")
    return int(amount.to_integral_value())


def _dict(of: Mapping[str, Any], key: str) -> dict[str, Any]:
    found = of.get(key)
    return found if isinstance(found, dict) else {}


def _list(of: Mapping[str, Any], key: str) -> list[Any]:
    found = of.get(key)
    return found if isinstance(found, list) else []
