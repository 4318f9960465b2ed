"""Per-tender envelopes: anyone can put a bid in, only the holder of the opening key takes it out (libsodium)."""

from typing import Any

from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox

from marketplace.kernel.context import Ctx
from marketplace.tenders import rules
from marketplace.tenders.models import Bid, Tender

KEY_BYTES = 32


def make_keys(ctx: Ctx, tender: Tender) -> None:
    """Give the tender its own pair: the public half in the notice, the private half sealed to the operator."""
    private = PrivateKey(ctx.entropy(KEY_BYTES))
    tender.envelope_key = bytes(private.public_key).hex()
    tender.opening_key = ctx.keys.seal_to("operator", bytes(private))


def seal(tender: Tender, facts: dict[str, Any]) -> str:
    """Put a bid into an envelope, hex. After this the sender's process cannot read it any more."""
    assert tender.envelope_key is not None
    return bytes(SealedBox(PublicKey(bytes.fromhex(tender.envelope_key))).encrypt(rules.pack(facts))).hex()


def opener(ctx: Ctx, tender: Tender) -> SealedBox[PrivateKey]:
    """The box that opens the tender's envelopes. Raises KeyNotHeld (503) in a process without the operator's key."""
    assert tender.opening_key is not None
    return SealedBox(PrivateKey(ctx.keys.unseal("operator", tender.opening_key)))


def open_bid(ctx: Ctx, box: SealedBox[PrivateKey], tender: Tender, bid: Bid) -> dict[str, Any] | None:
    """What is in a bid, or None when the envelope was damaged, exchanged, or is not the indexed bidder's."""
    if rules.digest_of(bid.envelope) != bid.digest:
        return None
    try:
        facts = rules.unpack(box.decrypt(bytes.fromhex(bid.envelope)))
    except (CryptoError, ValueError):
        return None
    index = ctx.keys.index("bid", tender.id, facts["agency_id"])
    return facts if facts["tender_id"] == tender.id and index == bid.bidder_index else None
