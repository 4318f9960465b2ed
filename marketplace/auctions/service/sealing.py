"""The pair of a room: its public half closes envelopes everywhere, its private half lies in its keeper's envelope."""

import logging

from nacl.public import PrivateKey, PublicKey, SealedBox

from marketplace.auctions import rules
from marketplace.auctions.models import AuctionRoom
from marketplace.kernel.context import Ctx
from marketplace.kernel.keys import KEEPERS

log = logging.getLogger("marketplace.auctions")

KEY_BYTES = 32


def new_pair(ctx: Ctx) -> dict[str, str]:
    """A fresh pair as columns of a room. The private half is sealed at once to the keeper who drives, and forgotten.

    The keeper is the first whose private key is loaded here; where none is, the first that the market knows.
    """
    known = [name for name in KEEPERS if name in ctx.keys.keepers]
    keeper = next((name for name in known if name in ctx.keys.private), known[0])
    private = PrivateKey(ctx.entropy(KEY_BYTES))
    return {
        "keeper": ctx.keys.keepers[keeper],
        "envelope_key": bytes(private.public_key).hex(),
        "key_envelope": ctx.keys.seal_to(keeper, bytes(private)),
    }


def seal(row: AuctionRoom, contents: bytes) -> str:
    """Put a quote into an envelope, hex. After this the sender's process cannot read it any more."""
    return bytes(SealedBox(PublicKey(bytes.fromhex(row.envelope_key))).encrypt(contents)).hex()


def private_half(ctx: Ctx, row: AuctionRoom) -> str | None:
    """The private half of a room's pair, hex; None where its keeper's key is not loaded or its envelope is damaged."""
    keeper = ctx.keys.held.get(row.keeper)
    if keeper is None:
        return None
    try:
        private = ctx.keys.unseal(keeper, row.key_envelope).hex()
        fits = rules.public_half(private) == row.envelope_key
    except ValueError:
        fits = False
    if not fits:
        log.error("the key of room %s does not open; its sealed stage waits", row.number)
    return private if fits else None
