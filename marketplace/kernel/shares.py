"""A key in n parts of which any k make it whole and k-1 tell nothing (Shamir over GF(2^128), by pycryptodome)."""

from collections.abc import Iterable

from Crypto.Protocol.SecretSharing import Shamir

KEY_BYTES = 32
SHARE_BYTES = 1 + KEY_BYTES
_HALF = 16


def split(key: bytes, threshold: int, number: int) -> list[bytes]:
    """Cut a key of 32 bytes into `number` shares, any `threshold` of which join to it.

    A share is its place (one byte) and 32 bytes. With a threshold of one every share is the key itself.
    Raises ValueError for a key of another length or 1 <= threshold <= number <= 255 not kept.
    """
    if len(key) != KEY_BYTES or not 1 <= threshold <= number <= 255:
        raise ValueError("a key of 32 bytes and a threshold between one and the number of shares")
    if threshold == 1:
        return [bytes([place]) + key for place in range(1, number + 1)]
    halves = [dict(Shamir.split(threshold, number, key[i : i + _HALF])) for i in (0, _HALF)]
    return [bytes([place]) + halves[0][place] + halves[1][place] for place in range(1, number + 1)]


def join(shares: Iterable[bytes], threshold: int) -> bytes:
    """The key from `threshold` of its shares; further ones are not looked at.

    Whether it is the right key, its owner must ask: wrong shares of the right length join to a wrong key.
    Raises ValueError for too few, doubled or misshapen shares.
    """
    parts = {share[0]: share[1:] for share in shares if len(share) == SHARE_BYTES}
    if len(parts) < threshold:
        raise ValueError(f"{len(parts)} shares, {threshold} needed")
    chosen = sorted(parts.items())[:threshold]
    if threshold == 1:
        return chosen[0][1]
    first, second = ([(place, part[i : i + _HALF]) for place, part in chosen] for i in (0, _HALF))
    return Shamir.combine(first) + Shamir.combine(second)
