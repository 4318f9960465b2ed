"""A bid that is written plainly, read without marshmallow; everything else is for `BidIn` to accept or to explain."""

from typing import Any

from marketplace.kernel.errors import BadAmount
from marketplace.kernel.money import parse_yuan

_KNOWN = frozenset({"price_fen", "days", "lead", "note", "notice_version"})


def plain_bid(raw: Any) -> tuple[dict[str, Any], int] | None:
    """What is inside the envelope, and the notice's version; None where `BidIn` has to look. raw: as JSON gave it."""
    if type(raw) is not dict or not raw.keys() <= _KNOWN:
        return None
    days, version = raw.get("days"), raw.get("notice_version", 1)
    lead, note, price = _plain(raw.get("lead", ""), 60), _plain(raw.get("note", ""), 2000), raw.get("price_fen")
    if type(days) is not int or not 1 <= days <= 2000 or type(version) is not int or version < 1:
        return None
    if lead is None or note is None or type(price) is not str:
        return None
    try:
        inside = {"price_fen": parse_yuan(price), "rate_bp": None, "days": days, "lead": lead, "note": note}
    except BadAmount:
        return None
    return inside, version


def _plain(text: Any, longest: int) -> str | None:
    """A text that stays as it is when it is cleaned, or None."""
    if type(text) is not str or len(text) > longest or not text.isprintable() or text != text.strip():
        return None
    return text
