"""A verifiable order from public randomness (HKDF ordering): the only place where chance becomes order."""

import hashlib
import hmac
from collections.abc import Sequence


def extract(salt: bytes, material: bytes) -> bytes:
    """HKDF-Extract with SHA-256 (RFC 5869)."""
    return hmac.new(salt, material, hashlib.sha256).digest()


def expand(key: bytes, info: bytes, length: int = 32) -> bytes:
    """HKDF-Expand with SHA-256 (RFC 5869). length: bytes, at most 8,160."""
    out, block, counter = b"", b"", 1
    while len(out) < length:
        block = hmac.new(key, block + info + bytes([counter]), hashlib.sha256).digest()
        out, counter = out + block, counter + 1
    return out[:length]


def rank(salt: bytes, randomness: str, labels: Sequence[str]) -> list[str]:
    """Order `labels` by their place Expand(Extract(salt, randomness), label); removing one never reorders the rest.

    salt: the revealed one-time code as raw bytes. randomness: the published text. labels: distinct.
    Raises ValueError for a repeated label.
    """
    if len(set(labels)) != len(labels):
        raise ValueError("labels of a draw must be distinct")
    key = extract(salt, randomness.encode())
    return sorted(labels, key=lambda label: (expand(key, label.encode()), label))
