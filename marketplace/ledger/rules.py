"""Pure rules of the books: who an owner is, what a posting says, how a trail is walked back."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

BOOKS = frozenset({"budget", "cash", "control"})
# Money between two owners passes through one of these, in two halves, and never stays there.
CLEARING = ("carryover", "transfer")
OUT, IN = "/out", "/in"


@dataclass(frozen=True, slots=True)
class Content:
    """What makes two postings with one id the same: everything but date, actor and moment of booking."""

    debit_id: str
    credit_id: str
    amount_fen: int
    kind: str
    reference: str
    fiscal_year: int
    reverses: str | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One posting to be booked. id: text of the business event; amount_fen: integer fen above zero."""

    id: str
    debit_id: str
    credit_id: str
    amount_fen: int
    kind: str
    reference: str
    fiscal_year: int
    business_date: date
    reverses: str | None = None

    @property
    def content(self) -> Content:
        """What a posting with the same id must say as well."""
        return Content(
            self.debit_id,
            self.credit_id,
            self.amount_fen,
            self.kind,
            self.reference,
            self.fiscal_year,
            self.reverses,
        )


@dataclass(frozen=True, slots=True)
class Request:
    """Entries that stand or fall together. actor: who asks, as postings name him."""

    actor: str
    entries: Sequence[Entry]


@dataclass(frozen=True, slots=True)
class Leg:
    """One posting as the walk needs it; outside is true where the money came from beyond the floor-guarded accounts."""

    id: str
    debit_id: str
    credit_id: str
    outside: bool


def account_id(book: str, kind: str, owner: str, fiscal_year: int) -> str:
    """The id of an account follows from what it is, so opening it twice names the same row."""
    text = "\x1f".join((book, kind, owner, str(fiscal_year)))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def root_of(owner: str) -> str:
    """The first two parts of an owner: "line/7/encumbrance/9" belongs to "line/7"."""
    return "/".join(owner.split("/")[:2])


def sources(legs: Sequence[Leg]) -> list[Leg]:
    """Which postings fed an account: those from outside where there are any, else all.

    A shared account is also fed by releases of other holders; those must not enter a foreign trail.
    """
    outside = [leg for leg in legs if leg.outside]
    return outside or list(legs)


def walk_back(
    start: Sequence[Leg], credits_of: Mapping[str, Sequence[Leg]], halves: Mapping[str, Leg] | None = None
) -> list[tuple[int, Leg]]:
    """Postings from the start back to the origin, each once, with its distance.

    start: postings to explain; credits_of: account id → postings that credited it; halves: posting id → the posting
    by which money came into the clearing account that this one took it out of.
    """
    seen: set[str] = set()
    trail: list[tuple[int, Leg]] = []
    ring = list(start)
    depth = 0
    while ring:
        fresh = [leg for leg in ring if leg.id not in seen]
        seen.update(leg.id for leg in fresh)
        trail.extend((depth, leg) for leg in fresh)
        ring = _feeders(fresh, credits_of, halves or {}, seen)
        depth += 1
    return trail


def _feeders(
    legs: Sequence[Leg], credits_of: Mapping[str, Sequence[Leg]], halves: Mapping[str, Leg], seen: set[str]
) -> list[Leg]:
    found: dict[str, Leg] = {}
    for leg in legs:
        if leg.id in halves:
            fed: Sequence[Leg] = [halves[leg.id]]
        else:
            fed = () if leg.outside else sources(credits_of.get(leg.debit_id, ()))
        found |= {feeder.id: feeder for feeder in fed if feeder.id not in seen}
    return list(found.values())


def other_half(posting_id: str) -> str | None:
    """The posting that a passage through a clearing account came in by, or None where it is no passage."""
    return posting_id.removesuffix(IN) + OUT if posting_id.endswith(IN) else None
