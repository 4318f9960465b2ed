"""Money is integer fen: parsing, showing, writing in capitals and splitting without loss."""

import re
import unicodedata
from collections.abc import Sequence
from typing import NewType

from marketplace.kernel.errors import BadAmount

Fen = NewType("Fen", int)
MAX_FEN = 10**15

_YUAN = re.compile(r"(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d{1,2}))?")
_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_UNITS = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿", "万亿")


def parse_yuan(text: str) -> Fen:
    """Yuan as people write it ("1,234.5") to fen. Raises BadAmount; more than two decimals are refused."""
    cleaned = unicodedata.normalize("NFKC", text).strip().removeprefix("¥").strip()
    match = _YUAN.fullmatch(cleaned)
    if not match:
        raise BadAmount(text=text)
    fen = int(match[1].replace(",", "")) * 100 + int((match[2] or "").ljust(2, "0"))
    if fen > MAX_FEN:
        raise BadAmount(text=text)
    return Fen(fen)


def yuan(fen: int) -> str:
    """Fen as yuan with thousands separators, e.g. 123450 → 1,234.50."""
    sign, value = ("-", -fen) if fen < 0 else ("", fen)
    return f"{sign}{value // 100:,}.{value % 100:02d}"


def _group(value: int) -> str:
    text = ""
    zero = False
    for place in (3, 2, 1, 0):
        digit = value // 10**place % 10
        if digit:
            text += ("零" if zero and text else "") + _DIGITS[digit] + _UNITS[place]
            zero = False
        else:
            zero = True
    return text


def _whole(yuan_part: int) -> str:
    groups = [yuan_part // 10000**i % 10000 for i in range(len(_GROUPS))]
    text = ""
    gap = False
    for index in reversed(range(len(_GROUPS))):
        value = groups[index]
        if not value:
            gap = bool(text)
            continue
        text += ("零" if text and (gap or value < 1000) else "") + _group(value) + _GROUPS[index]
        gap = False
    return text


def capital(fen: int) -> str:
    """Fen in financial capitals (人民币大写), e.g. 123450 → 壹仟贰佰叁拾肆元伍角整."""
    if fen < 0 or fen > MAX_FEN:
        raise BadAmount(text=str(fen))
    if fen == 0:
        return "零元整"
    whole, jiao, cent = _whole(fen // 100), fen // 10 % 10, fen % 10
    text = f"{whole}元" if whole else ""
    if not jiao and not cent:
        return f"{text}整"
    text += f"{_DIGITS[jiao]}角" if jiao else ("零" if text else "")
    return text + (f"{_DIGITS[cent]}分" if cent else "整")


def split(total_fen: int, shares_bp: Sequence[int]) -> list[Fen]:
    """Split an amount by basis points (sum 10,000) with the largest remainder, so that the parts add up exactly."""
    if sum(shares_bp) != 10_000 or any(share < 0 for share in shares_bp):
        raise ValueError(f"shares {list(shares_bp)} do not add up to 10,000 basis points")
    exact = [total_fen * share for share in shares_bp]
    parts = [value // 10_000 for value in exact]
    by_remainder = sorted(range(len(parts)), key=lambda i: (-(exact[i] % 10_000), i))
    for index in by_remainder[: total_fen - sum(parts)]:
        parts[index] += 1
    return [Fen(part) for part in parts]
