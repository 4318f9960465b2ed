"""What lies in the envelope of a sealed quote, and what came out of it when its stage had ended."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, SealedBox

from marketplace.auctions.rules.room import SEALED, Room
from marketplace.auctions.rules.stages import quote
from marketplace.kernel.errors import DomainError

BLOCK = 256  # bytes; every quote fills one, so that its length tells nothing
LENGTH = 2 * (BLOCK + 48)  # in hex, with the key and the seal that libsodium adds
DAMAGED, STRANGE = "damaged", "strange"


@dataclass(frozen=True, slots=True)
class Envelope:
    """A quote as it waits for the end of its stage. envelope: hex; digest: its SHA-256, as the receipt names it."""

    stage: int
    seat: int
    received_at: datetime
    envelope: str
    digest: str


def is_sealed(room: Room) -> bool:
    """Whether the running stage is one whose quotes nobody may read before its end."""
    return room.status == "running" and room.stage is not None and room.stage.kind in SEALED


def contents(room: str, stage: int, seat: int, value: int, received_at: datetime) -> bytes:
    """The bytes that go into an envelope. room: its tender's number; value: in the room's unit."""
    facts = {"room": room, "stage": stage, "seat": seat, "value": value, "received_at": received_at.isoformat()}
    return json.dumps(facts, sort_keys=True, separators=(",", ":")).encode().ljust(BLOCK)


def digest_of_envelope(envelope: str) -> str:
    """SHA-256 of the envelope (hex text), hex: what the receipt and the log name."""
    return hashlib.sha256(envelope.encode()).hexdigest()


def public_half(private: str) -> str:
    """The public half of a private key, both hex. Raises ValueError for anything else."""
    return bytes(_private(private).public_key).hex()


def opener(private: str) -> SealedBox[PrivateKey]:
    """The box that opens what was sealed to the public half. Raises ValueError for anything but a key in hex."""
    return SealedBox(_private(private))


def _private(text: str) -> PrivateKey:
    try:
        return PrivateKey(bytes.fromhex(text))
    except (CryptoError, TypeError) as error:
        raise ValueError("not a key") from error


def value_in(box: SealedBox[PrivateKey], room: str, one: Envelope) -> tuple[int | None, str]:
    """The value in an envelope, or None and why it does not count: it was damaged, or holds somebody else's quote."""
    if len(one.envelope) != LENGTH or digest_of_envelope(one.envelope) != one.digest:
        return None, DAMAGED
    try:
        found = box.decrypt(bytes.fromhex(one.envelope))
        facts: Any = json.loads(found)
    except (CryptoError, ValueError):
        return None, DAMAGED
    value = facts.get("value") if isinstance(facts, dict) else None
    if type(value) is not int or found != contents(room, one.stage, one.seat, value, one.received_at):
        return None, STRANGE
    return value, ""


def opened(
    room: Room, number: str, box: SealedBox[PrivateKey], waiting: Sequence[Envelope], at: datetime
) -> tuple[Room, list[dict[str, Any]]]:
    """The room after everything that waited for the end of its sealed stage was opened, and its journal entries.

    number: of the tender. waiting: in the order in which they were received. A damaged or exchanged envelope is an
    entry with the reason and changes nothing else.
    """
    entries = []
    for one in waiting:
        value, why = value_in(box, number, one)
        if value is not None:
            room, why = _counted(room, one, value)
        entries.append(opened_entry(one, value, why, at))
    return room, entries


def _counted(room: Room, one: Envelope, value: int) -> tuple[Room, str]:
    try:
        return quote(room, one.seat, value, one.received_at), ""
    except (DomainError, IndexError) as refusal:
        return room, getattr(refusal, "code", STRANGE)


def opened_entry(one: Envelope, value: int | None, why: str, at: datetime) -> dict[str, Any]:
    """An envelope as the journal keeps it once it was opened at `at`: the quote, or why there is none."""
    known = {"at": at.isoformat(), "seat": one.seat, "received_at": one.received_at.isoformat()}
    kept = {**known, "envelope": one.envelope, "digest": one.digest}
    return {**kept, "kind": "quote", "value": value} if not why else {**kept, "kind": "refused", "why": why}
