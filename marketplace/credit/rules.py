"""The credit score as a pure function of facts, rulebook and instant; integers only, so anyone gets the same result.

Arithmetic, all in hundredths of a point:

1. The base (credit.initial) is shared out by credit.weights: owner 50, authority 30, centre 20 of every 100.
2. A fact of age d days weighs f(d) = 2^(-d/H), H = credit.half_life_months in days (12 months = 365 days); it drops
   out after credit.cycle_months. f is a fixed-point number with 12 decimals: the whole half-lives are shifts, the
   rest is expanded in 20 binary digits, each multiplied in as an integer square root (see decay).
3. Every review takes from the owner share what it lacks of full marks, in proportion to its weight among all:
   share x f_i x (full - marks_i) / sum(f_j x full). With full marks only, or no review, the share stays whole.
4. Every decided fact gives or takes its points x f, in the authority's or the centre's name.
5. The score is the sum of the lines, held within 0 and the base. Products are rounded half away from zero, once a line.

Yuyao's 5 : 3 : 2 is the source of the weights; the rest is the rulebook's own default (credit.*).
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from math import isqrt
from typing import Any, Protocol

from marketplace.kernel.clock import shanghai_date

ONE = 10**12
_BINARY_DIGITS = 20

DEDUCT = ("late", "rework", "returned_result", "no_contract", "false_data", "collusion", "complaint")
ADD = ("on_time", "authority_award")
# What the operator's clocks see belongs to the centre's share, what an authority decides to the authority's.
TRACKS = dict.fromkeys(("late", "rework", "returned_result", "on_time"), "centre")
COUNTED = "counted"


class Book(Protocol):
    """The rulebook as far as scoring needs it."""

    def __getitem__(self, key: str) -> Any:
        """The value of a key."""
        ...


@dataclass(frozen=True, slots=True)
class Marks:
    """One counted review with its five marks."""

    reference: str
    marks: tuple[int, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Incident:
    """One decided fact. points: signed hundredths; state: counted, frozen (under appeal) or cancelled."""

    reference: str
    kind: str
    points: int
    at: datetime
    state: str = COUNTED


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything a score depends on."""

    reviews: tuple[Marks, ...] = ()
    incidents: tuple[Incident, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the explanation. full: hundredths before decay; weight: millionths left; points: what counts."""

    track: str
    code: str
    points: int
    reference: str = ""
    on: str = ""
    full: int = 0
    weight: int = 1_000_000

    def data(self) -> dict[str, Any]:
        """The line as stored with the grade."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Score:
    """A score with its stars and the lines that add up to it."""

    points_hundredths: int
    stars: int
    is_new: bool
    lines: tuple[Line, ...]


def points_of(kind: str, rules: Book) -> int | None:
    """Signed hundredths that one incident gives or takes now; None for a kind that the rulebook does not know."""
    if kind in DEDUCT:
        return -100 * int(rules[f"credit.deduct.{kind}"])
    if kind in ADD:
        return 100 * int(rules[f"credit.add.{kind}"])
    return None


def days_of(months: int) -> int:
    """Months as days, 12 of them being 365."""
    return months * 365 // 12


def decay(age_days: int, half_life_days: int) -> int:
    """2^(-age/half life) as an integer over ONE; exactly ONE at age 0 and half of it at one half-life."""
    halvings, rest = divmod(age_days, half_life_days)
    factor, root = ONE >> halvings, ONE // 2
    for _ in range(_BINARY_DIGITS):
        rest *= 2
        root = isqrt(root * ONE)  # 2^(-1/2), 2^(-1/4), 2^(-1/8) …
        if rest >= half_life_days:
            rest -= half_life_days
            factor = factor * root // ONE
    return factor


def score(facts: Facts, rules: Book, at: datetime) -> Score:
    """The score at an instant; facts later than that are not seen, so the past can be computed again."""
    base = 100 * int(rules["credit.initial"])
    lines = [
        *_shares(base, rules),
        *_review_lines(facts.reviews, base, rules, at),
        *_incident_lines(facts.incidents, rules, at),
    ]
    total = sum(line.points for line in lines)
    held = min(max(total, 0), base)
    if held != total:
        lines.append(Line("total", "held", held - total))
    known = [fact.at for fact in facts.reviews] + [fact.at for fact in facts.incidents]
    is_new = bool(rules["credit.newcomer_marked"]) and not any(when <= at for when in known)
    return Score(held, stars(held, rules), is_new, tuple(lines))


def stars(points: int, rules: Book) -> int:
    """Stars of a score in hundredths by credit.cutoff.*; 1 below the last line."""
    for count, name in ((5, "five"), (4, "four"), (3, "three"), (2, "two")):
        if points >= 100 * int(rules[f"credit.cutoff.{name}"]):
            return count
    return 1


def _shares(base: int, rules: Book) -> Iterator[Line]:
    for track in ("owner", "authority", "centre"):
        share = base * int(rules[f"credit.weights.{track}"]) // 100
        yield Line(track, "share", share, full=share)


def _weight(at: datetime, now: datetime, rules: Book) -> int:
    """The decayed weight of a fact; 0 when it lies in the future or before the cycle."""
    age = (shanghai_date(now) - shanghai_date(at)).days
    if at > now or age > days_of(int(rules["credit.cycle_months"])):
        return 0
    return decay(max(age, 0), days_of(int(rules["credit.half_life_months"])))


def _review_lines(reviews: Sequence[Marks], base: int, rules: Book, at: datetime) -> Iterator[Line]:
    share = base * int(rules["credit.weights.owner"]) // 100
    top = int(rules["rating.scale_max"])
    weighed = [(review, weight) for review in reviews if (weight := _weight(review.at, at, rules))]
    whole = sum(weight * top * len(review.marks) for review, weight in weighed)
    for review, weight in sorted(weighed, key=lambda pair: (pair[0].at, pair[0].reference)):
        lacking = top * len(review.marks) - sum(review.marks)
        alone = -(share * lacking // (top * len(review.marks)))  # what it would take if it were the only one
        points = -_ratio(share * weight * lacking, whole)
        yield _line("owner", "review", points, review.reference, review.at, alone, weight)


def _incident_lines(incidents: Sequence[Incident], rules: Book, at: datetime) -> Iterator[Line]:
    room = 100 * int(rules["credit.add.on_time_max_year"])
    for fact in sorted(incidents, key=lambda fact: (fact.at, fact.kind, fact.reference)):
        weight = _weight(fact.at, at, rules)
        if not weight:
            continue
        full = fact.points if fact.state == COUNTED else 0
        if fact.kind == "on_time":
            full = min(full, room)
            room -= full
        track = TRACKS.get(fact.kind, "authority")
        code = fact.kind if fact.state == COUNTED else f"{fact.kind}.{fact.state}"
        yield _line(track, code, _ratio(full * weight, ONE), fact.reference, fact.at, fact.points, weight)


def _line(track: str, code: str, points: int, reference: str, at: datetime, full: int, weight: int) -> Line:
    day: date = shanghai_date(at)
    return Line(track, code, points, reference, day.isoformat(), full, weight * 1_000_000 // ONE)


def _ratio(numerator: int, denominator: int) -> int:
    """Quotient rounded half away from zero; 0 when there is nothing to divide by."""
    if not denominator:
        return 0
    quotient = (2 * abs(numerator) + denominator) // (2 * denominator)
    return quotient if numerator >= 0 else -quotient
