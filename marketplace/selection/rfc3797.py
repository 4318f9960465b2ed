"""RFC 3797, for checking draws that others held. Ours do not use it: MD5, and a modulo that favours low numbers."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

BAD_SHAPE = "记录内容不完整：须有 sources（每个来源的号码）、pool（候选人数）、picks（抽中的序号）"
BAD_PICK = "第{place}次抽取应为{right}号，记录为{wrong}号"


def key_of(sources: Sequence[Sequence[int]]) -> str:
    """The key string of section 4.1: the numbers of a source sorted, each with a point, each source with a stroke."""
    return "".join("".join(f"{number}." for number in sorted(source)) + "/" for source in sources)


def picks(key: str, pool: int, number: int) -> list[int]:
    """The first `number` members (counted from one) drawn from `pool` of them, by section 4.2."""
    left = list(range(1, pool + 1))
    chosen = []
    for turn in range(number):
        counter = turn.to_bytes(2, "big")
        digest = hashlib.md5(counter + key.encode() + counter, usedforsecurity=False).digest()
        chosen.append(left.pop(int.from_bytes(digest, "big") % len(left)))
    return chosen


def verify(record: object) -> list[str]:
    """Problems of a foreign draw {sources, pool, picks}; an empty list means that it was drawn by RFC 3797."""
    if not isinstance(record, Mapping) or not _well_formed(record):
        return [BAD_SHAPE]
    claimed = record["picks"]
    right = picks(key_of(record["sources"]), record["pool"], len(claimed))
    pairs = enumerate(zip(right, claimed, strict=True), 1)
    return [BAD_PICK.format(place=place, right=due, wrong=given) for place, (due, given) in pairs if due != given]


def _well_formed(record: Mapping[str, Any]) -> bool:
    sources, pool, claimed = record.get("sources"), record.get("pool"), record.get("picks")
    if not isinstance(sources, list) or not sources or not all(isinstance(source, list) for source in sources):
        return False
    numbers = [number for source in sources for number in source]
    counts = type(pool) is int and isinstance(claimed, list) and 0 < len(claimed) <= pool < 2**16
    return counts and all(type(number) is int for number in (*numbers, *(claimed or ())))
