"""Good records of every kind, and the same records tampered with in every place: what both verifiers are tried on."""

import copy
import hashlib
import json
from collections.abc import Iterator
from typing import Any

from nacl.signing import SigningKey

from marketplace.audit.verifier import hash_children, hash_leaf
from marketplace.kernel.events import canonical

KEY = SigningKey(bytes(range(32)))
Path = tuple[Any, ...]


def signed(body: dict[str, Any]) -> dict[str, Any]:
    whole = {**body, "public_key": bytes(KEY.verify_key).hex()}
    return {**whole, "signature": KEY.sign(canonical(whole)).signature.hex()}


def places(value: Any, path: Path = ()) -> Iterator[Path]:
    """Every place of a document, the whole of it first."""
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, part in inner:
        yield from places(part, (*path, name))


def lies(value: Any) -> list[Any]:
    """Other values that might stand in a place."""
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value + 1, -value - 1, "1"]
    if isinstance(value, str):
        return [value[:-1] + ("0" if value[-1:] != "0" else "1"), value + "é𝔸", 7]
    if isinstance(value, list):
        return [value[:-1], value[::-1], value + value[:1]]
    return [0] if value is None else [dict(list(value.items())[1:])]


def changes(document: Any) -> Iterator[tuple[Path, Any]]:
    """The document with one place changed, for each place and lie, and which place it was."""
    for path in places(document):
        if not path:
            continue
        made = copy.deepcopy(document)
        inner = made
        for name in path[:-1]:
            inner = inner[name]
        truth = inner[path[-1]]
        for lie in lies(truth):
            if lie != truth or type(lie) is not type(truth):
                inner[path[-1]] = lie
                yield path, copy.deepcopy(made)
                inner[path[-1]] = truth


def _half(size: int) -> int:
    return 1 << (size - 1).bit_length() - 1


def root_of(leaves: list[bytes]) -> bytes:
    """RFC 9162, 2.1.1, word for word."""
    if len(leaves) == 1:
        return leaves[0]
    k = _half(len(leaves))
    return hash_children(root_of(leaves[:k]), root_of(leaves[k:]))


def inclusion_path(leaves: list[bytes], m: int) -> list[bytes]:
    """RFC 9162, 2.1.3.1."""
    if len(leaves) == 1:
        return []
    k = _half(len(leaves))
    if m < k:
        return [*inclusion_path(leaves[:k], m), root_of(leaves[k:])]
    return [*inclusion_path(leaves[k:], m - k), root_of(leaves[:k])]


def consistency_path(leaves: list[bytes], m: int, *, whole: bool = True) -> list[bytes]:
    """RFC 9162, 2.1.4.1."""
    if m == len(leaves):
        return [] if whole else [root_of(leaves)]
    k = _half(len(leaves))
    if m <= k:
        return [*consistency_path(leaves[:k], m, whole=whole), root_of(leaves[k:])]
    return [*consistency_path(leaves[k:], m - k, whole=False), root_of(leaves[:k])]


def a_log() -> list[dict[str, Any]]:
    """A receipt with its inclusion and head, and two heads with the proof between them."""
    events = [
        {"id": str(n), "data": {"note": '中𝔸文\n\u0001"', "n": 10**20 + n, "list": [1, None, True]}} for n in range(7)
    ]
    leaves = [hash_leaf(canonical(event)) for event in events]
    heads = {
        n: signed({"size": n, "root": root_of(leaves[:n]).hex(), "at": "2026-03-02T09:00:00+08:00"}) for n in (3, 7)
    }
    path = [step.hex() for step in inclusion_path(leaves, 4)]
    inclusion = {"leaf": leaves[4].hex(), "index": 4, "size": 7, "path": path, "root": heads[7]["root"]}
    between = [step.hex() for step in consistency_path(leaves, 3)]
    receipt = signed({"tender": "ZJ-2026-000001", "leaf": leaves[4].hex(), "event": events[4]})
    whole = {"receipt": receipt, "inclusion": inclusion, "head": heads[7]}
    return [whole, {"first": heads[3], "second": heads[7], "path": between}]


def an_opening() -> dict[str, Any]:
    offers = [{"agency": "甲评估有限公司", "price_fen": 880_000, "days": 10}]
    digest = hashlib.sha256(canonical(offers)).hexdigest()
    minutes = {"format": "marketplace-opening-1", "tender": "ZJ-2026-000001", "offers_digest": digest}
    signature = KEY.sign(canonical(minutes)).signature.hex()
    return {"minutes": minutes, "offers": offers, "public_key": bytes(KEY.verify_key).hex(), "signature": signature}


def texts(documents: list[Any]) -> list[str]:
    """Every document and everything that it was turned into, as JSON."""
    return [
        json.dumps(made, ensure_ascii=False)
        for good in documents
        for made in (good, *(made for _, made in changes(good)))
    ]
