"""Pure rules of tenders: states, guards on what a notice may ask, words for searching, envelopes and check codes."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from operator import add
from typing import Any, TypedDict

from marketplace.kernel.states import States
from marketplace.tenders.rules.conditions import Forbidden, forbidden_conditions

__all__ = ["Forbidden", "forbidden_conditions"]

# Where the market waits for people after the opening: explanations, scores, the buyer's comparison.
ASKING = ("explaining", "scoring", "comparing")
ENDABLE = ("open", "closed", "opened", "auction", *ASKING, "publicity", "objected", "confirming", "awarded")
CANCELLABLE = ("draft", "open", "closed", "opened", "auction", *ASKING, "publicity", "objected", "confirming")
UNDER_AWARD = ("publicity", "objected", "confirming", "awarded")

STATES = States(
    "tender",
    {
        ("draft", "revise"): "draft",
        ("draft", "publish"): "open",
        ("open", "bid"): "open",
        ("open", "amend"): "open",
        ("open", "ask"): "open",
        ("failed", "repost"): "failed",
        ("cancelled", "repost"): "cancelled",
        ("open", "extend"): "open",
        ("open", "close"): "closed",
        ("closed", "open"): "opened",
        ("opened", "exclude"): "opened",
        ("opened", "enter"): "auction",
        ("auction", "leave"): "opened",
        ("opened", "ask_explanation"): "explaining",
        ("explaining", "explain"): "explaining",
        ("explaining", "judge"): "explaining",
        ("explaining", "settle"): "opened",
        ("opened", "ask_scores"): "scoring",
        ("scoring", "score"): "scoring",
        ("opened", "ask_comparison"): "comparing",
        ("comparing", "compare"): "comparing",
        **{(stage, "award"): "publicity" for stage in ("opened", "scoring", "comparing")},
        **{(stage, "reaward"): "publicity" for stage in UNDER_AWARD},
        ("publicity", "object"): "objected",
        ("confirming", "object"): "objected",
        ("objected", "object"): "objected",
        ("objected", "resume_publicity"): "publicity",
        ("objected", "resume_confirming"): "confirming",
        ("publicity", "end_publicity"): "confirming",
        ("confirming", "confirm"): "awarded",
        **{(stage, "fail"): "failed" for stage in ENDABLE},
        **{(stage, "cancel"): "cancelled" for stage in CANCELLABLE},
    },
)

AWARD_STATES = States(
    "award",
    {
        ("pending", "accept"): "pending",
        ("pending", "confirm"): "active",
        ("active", "accept"): "active",
        ("pending", "decline"): "unsuccessful",
        ("active", "decline"): "unsuccessful",
        ("pending", "cancel"): "cancelled",
        ("active", "cancel"): "cancelled",
    },
)

# stage → OCDS tender status
STATUS = {
    "draft": "draft",
    "open": "active",
    "closed": "active",
    "opened": "active",
    "auction": "active",
    **dict.fromkeys(ASKING, "active"),
    "publicity": "active",
    "objected": "active",
    "confirming": "active",
    "awarded": "complete",
    "failed": "unsuccessful",
    "cancelled": "cancelled",
}

FURTHER_LINES = 3  # budget lines beside the first
FUND_SOURCES = ("fiscal", "social")
PAYERS = ("department", "buyer")
QUOTES = ("amount", "rate")


class DraftFacts(TypedDict, total=False):
    """What a buyer writes into a notice. Amounts in fen; rates in basis points; closes_at aware.

    further_line_ids: budget lines drawn on in this order after the first. avoidances: [{uscc, reason}].
    method_params: variant, size, weights in basis points. assessors: user names.
    invited: codes of agencies.
    """

    title: str
    item_code: str
    region: str
    content: str
    conditions: str
    project_code: str | None
    fund_source: str
    government_commissioned: bool
    payer: str
    budget_line_id: str | None
    further_line_ids: list[str]
    ceiling_fen: int
    fixed_price_fen: int | None
    floor_fen: int | None
    quote: str
    rate_floor_bp: int | None
    rate_cap_bp: int | None
    method: str
    authority_id: str | None
    method_params: dict[str, Any]
    assessors: list[str]
    invited: list[str]
    direct_agency_id: str | None
    direct_reason: str
    service_workdays: int
    avoidances: list[dict[str, str]]
    urgent: bool
    urgent_reason: str
    screening: bool
    closes_at: datetime | None


def avoidances_of(value: object) -> list[dict[str, str]]:
    """回避名单 as [{uscc, reason}], from the same or from lines of "code reason". Raises ValueError."""
    rows: Any = [line.split(None, 1) for line in value.splitlines()] if isinstance(value, str) else value
    pairs: list[Any] = [
        [row.get("uscc"), row.get("reason")] if isinstance(row, Mapping) else row for row in rows or [] if row
    ]
    if not all(isinstance(pair, list) and len(pair) == 2 and all(isinstance(p, str) for p in pair) for pair in pairs):
        raise ValueError("a code and a reason")
    return [{"uscc": uscc.strip(), "reason": reason.strip()} for uscc, reason in pairs]


_PROJECT_CODE = re.compile(r"\d{4}-\d{6}-\d{2}-\d{2}-\d{6}")


def project_code_fits(code: str) -> bool:
    """Whether a 投资项目代码 has the form of the national platform: YYYY-RRRRRR-NN-NN-NNNNNN."""
    return _PROJECT_CODE.fullmatch(code) is not None


def region_prefix(region: str) -> str:
    """The leading digits that a region and all regions below it share: 320000 → 32, 320500 → 3205, 000000 → ""."""
    while region.endswith("00"):
        region = region[:-2]
    return region


# --- search -----------------------------------------------------------------------------------------------------------


_NO_WORD = re.compile(r"[\W_]+")


def _plain(text: str) -> str:
    return _NO_WORD.sub(" ", unicodedata.normalize("NFKC", text).casefold())


def grams(*texts: str) -> frozenset[str]:
    """Every single and every two neighbouring characters of the words in the texts."""
    found: set[str] = set()
    for word in (word for text in texts for word in _plain(text).split()):
        found.update(word)
        found.update(map(add, word, word[1:]))
    return frozenset(found)


def wanted_grams(text: str) -> frozenset[str]:
    """The grams that a notice must have to be found by a query: pairs, or the character of a one-character word."""
    words = _plain(text).split()
    pairs = {word[i : i + 2] for word in words for i in range(len(word) - 1)}
    return frozenset(pairs | {word for word in words if len(word) == 1})


def names(text: str, *parties: str) -> bool:
    """Whether a text names one of the parties, however it is spaced or spelt in width and case."""
    plain = _plain(text).replace(" ", "")
    return any(party and _plain(party).replace(" ", "") in plain for party in parties)


# --- envelopes --------------------------------------------------------------------------------------------------------

BLOCK = 1024


_PACKED = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def pack(facts: Mapping[str, Any]) -> bytes:
    """The bytes that go into an envelope, padded so that its length tells nothing about what is inside."""
    body = _PACKED.encode(facts).encode()
    return body.ljust(-(-len(body) // BLOCK) * BLOCK, b" ")


_SHAPE = {"tender_id": str, "agency_id": str, "price_fen": int, "days": int, "lead": str, "note": str}


def unpack(data: bytes) -> dict[str, Any]:
    """What was packed; rate_bp is None in envelopes from before there were rates. Raises ValueError for other bytes."""
    facts = json.loads(data)
    if not isinstance(facts, dict) or set(facts) | {"rate_bp"} != {*_SHAPE, "rate_bp"}:
        raise ValueError("not an envelope of ours")
    facts = {"rate_bp": None, **facts}
    if any(type(facts[name]) is not kind for name, kind in _SHAPE.items()) or facts["price_fen"] <= 0:
        raise ValueError("an envelope with the wrong contents")
    if facts["rate_bp"] is not None and type(facts["rate_bp"]) is not int:
        raise ValueError("an envelope with the wrong rate")
    return facts


def digest_of(envelope: str) -> str:
    """SHA-256 of the sealed envelope (hex text), hex: what receipts, events and minutes name."""
    return hashlib.sha256(envelope.encode()).hexdigest()


# The login of which role hands in the share of which keeper.
KEEPERS = {"operator": "operator", "department": "department", "authority": "regulator"}
KEEPER_NAMES = {"operator": "运营机构", "department": "行政主管部门", "regulator": "监管部门"}


def keepers_of(roles: Iterable[str]) -> frozenset[str]:
    """The keepers that somebody with these roles may speak for."""
    return frozenset(KEEPERS[role] for role in roles if role in KEEPERS)


def share_of(text: str) -> bytes:
    """A share as a keeper typed or pasted it: hexadecimal, blanks allowed. Raises ValueError."""
    return bytes.fromhex("".join(text.split()))


def minutes_of(
    facts: Mapping[str, Any], keepers: Sequence[Mapping[str, Any]], envelopes: Sequence[str], offers: bytes
) -> dict[str, Any]:
    """开启记录: who opened what and when. envelopes: digests. offers: canonical JSON of what was found in them."""
    return {
        "format": "marketplace-opening/1",
        **facts,
        "keepers": list(keepers),
        "envelopes": sorted(envelopes),
        "offers_digest": hashlib.sha256(offers).hexdigest(),
    }


# --- after the award --------------------------------------------------------------------------------

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_BYTES = 10


def check_code(entropy: bytes) -> str:
    """A code for a letter, 80 bits in four groups without look-alike letters. entropy: CODE_BYTES bytes."""
    value = int.from_bytes(entropy, "big")
    text = "".join(_ALPHABET[value >> shift & 31] for shift in range(len(entropy) * 8 - 5, -1, -5))
    return "-".join(text[i : i + 4] for i in range(0, len(text), 4))


def plain_code(text: str) -> str:
    """A check code as stored, however it was typed."""
    letters = re.sub(r"[\s-]", "", text).upper().translate(str.maketrans("OIL", "011"))
    return "-".join(letters[i : i + 4] for i in range(0, len(letters), 4))


def may_proceed(bids: int, minimum: int, second: str) -> bool:
    """Whether an opening with fewer bids than the minimum goes on. second: rulebook selection.below_min_second."""
    return bids >= minimum or (bids >= 1 and second == "proceed_with_one")
