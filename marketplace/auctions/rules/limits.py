"""What a seat may quote next."""

from marketplace.auctions.rules.room import SEALED, Room, best
from marketplace.auctions.rules.terms import AMOUNT, Terms

LOWEST_FEN, HIGHEST_BP = 1, 9_999


def edge(terms: Terms) -> int:
    """The cost that nobody may go below: the floor, or where a number stops making sense."""
    natural = LOWEST_FEN if terms.unit == AMOUNT else HIGHEST_BP
    return terms.cost(natural if terms.floor is None else terms.floor)


def limit(room: Room, number: int, *, kind: str) -> int | None:
    """The least that a seat's next quote in a stage of this kind must offer, or None when it can offer no better.

    In turns and rounds a quote beats the seat's own, in the open countdown the best; at the floor others may equal.
    In a sealed stage nobody knows what else was quoted in it, not even of the seat itself: what was shown counts.
    """
    terms = room.terms
    own = room.shown[number - 1] if kind in SEALED else room.seat(number).value
    beat = own if kind in {"turn", "round"} else min(best(room), own, key=terms.cost)
    stands = own if terms.floor is not None else beat
    if terms.cost(stands) <= edge(terms):
        return None
    return abs(max(terms.cost(beat) - terms.step, edge(terms)))


def ladder(room: Room, number: int, *, kind: str, rungs: int = 4) -> list[int]:
    """A few quotes that would be allowed now, the smallest step first."""
    first = limit(room, number, kind=kind)
    if first is None:
        return []
    costs = [max(room.terms.cost(first) - room.terms.step * n, edge(room.terms)) for n in range(rungs)]
    return [abs(cost) for cost in dict.fromkeys(costs)]
