"""drand quicknet (League of Entropy): one signed round every three seconds, verified offline."""

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from marketplace.audit.verifier import drand_holds
from marketplace.selection.errors import EntryTooEarly, EntryUnfit

CHAIN = "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971"
PUBLIC_KEY = (
    "83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d1064510d1fec758c921cc2"
    "2b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a"
)
GENESIS = datetime.fromtimestamp(1692803367, UTC)
PERIOD = timedelta(seconds=3)
DELAY = timedelta(minutes=1)  # so that even a clock that is somewhat slow cannot know the round at the freezing
_SIGNATURE = re.compile(r"[0-9a-f]{96}")


def round_after(frozen_at: datetime) -> int:
    """The one round that counts: the first that is published DELAY after the pool was frozen."""
    return -(-(frozen_at + DELAY - GENESIS) // PERIOD) + 1


def published_at(number: int) -> datetime:
    """When a round is published."""
    return GENESIS + PERIOD * (number - 1)


class Beacon:
    """One round, fixed by the instant of the freezing; its signature proves it, so one person may enter it."""

    code = "drand"
    label = "drand公开随机信标"
    entries = 1

    def due(self, frozen_at: datetime, terms: Mapping[str, Any]) -> dict[str, Any]:
        """The one round that counts."""
        number = round_after(frozen_at)
        return {"round": number, "at": published_at(number).isoformat()}

    def read(
        self, given: Mapping[str, Any], frozen_at: datetime, now: datetime, terms: Mapping[str, Any]
    ) -> dict[str, Any]:
        """given: signature (hex) of the round that counts. Raises EntryUnfit, EntryTooEarly."""
        number = round_after(frozen_at)
        signature = str(given.get("signature", "")).strip().lower()
        if now < published_at(number):
            raise EntryTooEarly(field="signature")
        if not _SIGNATURE.fullmatch(signature) or not drand_holds(number, bytes.fromhex(signature)):
            raise EntryUnfit(field="signature", label=f"drand第{number}轮的签名")
        randomness = hashlib.sha256(bytes.fromhex(signature)).hexdigest()
        proof = {"chain": CHAIN, "public_key": PUBLIC_KEY, "round": number, "signature": signature}
        return {"source": self.code, **proof, "randomness": randomness}

    def text(self, value: Mapping[str, Any]) -> str:
        """The round's randomness as one number."""
        return f"{value['randomness']}./"

    def follows(self, value: Mapping[str, Any], frozen_at: datetime, terms: Mapping[str, Any]) -> bool:
        """The one round that counts, signed by this chain, and the randomness that its signature hashes to."""
        same = value["chain"] == CHAIN and value["public_key"] == PUBLIC_KEY
        number, signature = round_after(frozen_at), bytes.fromhex(value["signature"])
        fits = same and value["round"] == number and hashlib.sha256(signature).hexdigest() == value["randomness"]
        return bool(fits and drand_holds(number, signature))
