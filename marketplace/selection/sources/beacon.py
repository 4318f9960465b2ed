"""drand quicknet (League of Entropy): one signed round every three seconds, verified offline."""

import hashlib
import re
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from marketplace.selection.errors import EntryTooEarly, EntryUnfit, VerifierMissing

CHAIN = "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971"
PUBLIC_KEY = (
    "83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d1064510d1fec758c921cc2"
    "2b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a"
)
GENESIS = datetime.fromtimestamp(1692803367, UTC)
PERIOD = timedelta(seconds=3)
DELAY = timedelta(minutes=1)  # so that even a clock that is somewhat slow cannot know the round at the freezing
_DST = b"BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_"
_SIGNATURE = re.compile(r"[0-9a-f]{96}")


def round_after(frozen_at: datetime) -> int:
    """The one round that counts: the first that is published DELAY after the pool was frozen."""
    return -(-(frozen_at + DELAY - GENESIS) // PERIOD) + 1


def published_at(number: int) -> datetime:
    """When a round is published."""
    return GENESIS + PERIOD * (number - 1)


def signs(number: int, signature: str) -> bool:
    """Whether a signature (48 bytes, hex) is the network's for this round: BLS12-381, signatures on G1, RFC 9380.

    Raises VerifierMissing where the extra `drand` is not installed.
    """
    limit = sys.getrecursionlimit()
    try:
        from py_ecc.bls.hash_to_curve import hash_to_G1
        from py_ecc.bls.point_compression import decompress_G1, decompress_G2
        from py_ecc.optimized_bls12_381 import FQ12, G2, final_exponentiate, neg, pairing
    except ImportError as error:
        raise VerifierMissing from error
    finally:
        # The library lifts the limit of the whole process; then a deeply nested JSON file ends it (stack overflow).
        sys.setrecursionlimit(limit)
    message = hashlib.sha256(number.to_bytes(8, "big")).digest()
    try:
        point = decompress_G1(int(signature, 16))
        key = decompress_G2((int(PUBLIC_KEY[:96], 16), int(PUBLIC_KEY[96:], 16)))
    except ValueError:
        return False
    if not _in_subgroup(point):
        return False
    hashed = hash_to_G1(message, _DST, hashlib.sha256)
    both = pairing(key, hashed, final_exponentiate=False) * pairing(neg(G2), point, final_exponentiate=False)
    return bool(final_exponentiate(both) == FQ12.one())


def _in_subgroup(point: Any) -> bool:
    from py_ecc.bls.g2_primitives import subgroup_check
    from py_ecc.optimized_bls12_381 import is_inf

    return bool(subgroup_check(point)) and not is_inf(point)


class Beacon:
    """One round, fixed by the instant of the freezing; its signature proves it, so one person may enter it."""

    code = "drand"
    label = "drand公开随机信标"
    entries = 1

    def read(self, given: Mapping[str, Any], frozen_at: datetime, now: datetime) -> dict[str, Any]:
        """given: signature (hex) of the round that counts. Raises EntryUnfit, EntryTooEarly, VerifierMissing (503)."""
        number = round_after(frozen_at)
        signature = str(given.get("signature", "")).strip().lower()
        if now < published_at(number):
            raise EntryTooEarly(field="signature")
        if not _SIGNATURE.fullmatch(signature) or not signs(number, signature):
            raise EntryUnfit(field="signature", label=f"drand第{number}轮的签名")
        randomness = hashlib.sha256(bytes.fromhex(signature)).hexdigest()
        proof = {"chain": CHAIN, "public_key": PUBLIC_KEY, "round": number, "signature": signature}
        return {"source": self.code, **proof, "randomness": randomness}

    def text(self, value: Mapping[str, Any]) -> str:
        """The round's randomness as one number."""
        return f"{value['randomness']}./"

    def follows(self, value: Mapping[str, Any], frozen_at: datetime) -> bool:
        """The one round that counts, of this chain, and the randomness that its signature hashes to."""
        same = value["chain"] == CHAIN and value["public_key"] == PUBLIC_KEY
        digest = hashlib.sha256(bytes.fromhex(value["signature"])).hexdigest()
        return bool(same and value["round"] == round_after(frozen_at) and digest == value["randomness"])
