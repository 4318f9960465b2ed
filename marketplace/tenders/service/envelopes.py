"""Per-tender envelopes: anyone can put a bid in, only k of n keepers together take it out (libsodium, Shamir)."""

import hashlib
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any

from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox

from marketplace.kernel import shares
from marketplace.kernel.context import Ctx
from marketplace.tenders import rules
from marketplace.tenders.models import Bid, KeyShare, Tender
from marketplace.tenders.queries import openings

KEY_BYTES = 32


def make_keys(ctx: Ctx, tender: Tender, keepers: Sequence[str], threshold: int) -> None:
    """Give the tender its own pair: the public half in the notice, the private half in shares sealed to keepers.

    keepers: names with a public key in the settings. threshold: how many of them must come together to open.
    """
    private = PrivateKey(ctx.entropy(KEY_BYTES))
    tender.envelope_key, tender.threshold = bytes(private.public_key).hex(), threshold
    parts = shares.split(bytes(private), threshold, len(keepers))
    ctx.session.add_all(
        KeyShare(
            id=ctx.new_id(),
            tender_id=tender.id,
            keeper=keeper,
            digest=share_digest(part),
            envelope=ctx.keys.seal_to(keeper, part),
        )
        for keeper, part in zip(keepers, parts, strict=True)
    )


def share_digest(share: bytes) -> str:
    """What the notice says of a share, hex: SHA-256, so that a wrong one is known before it spoils the opening."""
    return hashlib.sha256(share).hexdigest()


def seal(tender: Tender, facts: dict[str, Any]) -> str:
    """Put a bid into an envelope, hex. After this the sender's process cannot read it any more."""
    assert tender.envelope_key is not None
    return bytes(_box(tender.envelope_key).encrypt(rules.pack(facts))).hex()


@lru_cache(maxsize=256)
def _box(key: str) -> SealedBox[PublicKey]:
    return SealedBox(PublicKey(bytes.fromhex(key)))


def note(ctx: Ctx, row: KeyShare, share: bytes) -> None:
    """Write down that a keeper has handed in its share; it rests encrypted until enough have come."""
    row.share, row.handed_in_at = ctx.keys.encrypt(share), ctx.now
    row.handed_in_by = ctx.actor.login_id or ctx.actor.kind


def gather(ctx: Ctx, tender: Tender) -> list[KeyShare]:
    """The keepers of a tender, after those whose private key this process holds have handed in by themselves.

    A share that was damaged in the database is left out; its keeper counts as silent.
    """
    return gather_many(ctx, [tender])[tender.id]


def gather_many(ctx: Ctx, tenders: Iterable[Tender]) -> dict[str, list[KeyShare]]:
    """The same for several tenders, by tender."""
    found = openings.shares_of(ctx, [tender.id for tender in tenders])
    for row in chain.from_iterable(found.values()):
        if row.share is None and row.keeper in ctx.keys.private and (share := unsealed(ctx, row)):
            note(ctx, row, share)
    return found


def unsealed(ctx: Ctx, row: KeyShare) -> bytes | None:
    """A share taken out of its keeper's envelope, or None when it is not the one the notice named."""
    try:
        share = ctx.keys.unseal(row.keeper, row.envelope)
    except ValueError:
        return None
    return share if share_digest(share) == row.digest else None


def may_open(tender: Tender, rows: Sequence[KeyShare]) -> bool:
    """Whether enough shares are handed in."""
    return sum(row.share is not None for row in rows) >= tender.threshold


def opener(ctx: Ctx, tender: Tender, rows: Sequence[KeyShare]) -> SealedBox[PrivateKey] | None:
    """The box that opens the tender's envelopes, or None while fewer than k shares are handed in or at hand here."""
    held = [share for row in rows if (share := _at_hand(ctx, row)) is not None]
    if len(held) < tender.threshold:
        return None
    private = PrivateKey(shares.join(held, tender.threshold))
    assert bytes(private.public_key).hex() == tender.envelope_key, "joined shares are not the notice's key"
    return SealedBox(private)


def _at_hand(ctx: Ctx, row: KeyShare) -> bytes | None:
    """A share that was handed in, or that this process may take out of its keeper's envelope."""
    if row.share is not None:
        return ctx.keys.decrypt(row.share)
    return unsealed(ctx, row) if row.keeper in ctx.keys.private else None


def open_bid(ctx: Ctx, box: SealedBox[PrivateKey], tender: Tender, bid: Bid, envelope: str) -> dict[str, Any] | None:
    """What is in a bid, or None when the envelope was damaged, exchanged, or is not the indexed bidder's."""
    if rules.digest_of(envelope) != bid.digest:
        return None
    try:
        facts = rules.unpack(box.decrypt(bytes.fromhex(envelope)))
    except (CryptoError, ValueError):
        return None
    index = ctx.keys.index("bid", tender.id, facts["agency_id"])
    return facts if facts["tender_id"] == tender.id and index == bid.bidder_index else None
