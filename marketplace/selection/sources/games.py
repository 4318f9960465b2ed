"""Games of the state lotteries, and which drawing a draw must take: the first one after its pool was frozen. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from marketplace.kernel.clock import SHANGHAI
from marketplace.selection.errors import LotteryCalendarUnfit

_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)
_SPAN = re.compile(r"\d{4}-\d\d-\d\d/\d{4}-\d\d-\d\d", re.ASCII)
_DAYS = re.compile(r"[1-7]{1,7}", re.ASCII)
_SOON = 400  # days within which a game is drawn again


@dataclass(frozen=True, slots=True)
class Game:
    """What is drawn: groups of (how many, least, greatest); and how many digits of the year an issue begins with."""

    label: str
    groups: tuple[tuple[int, int, int], ...]
    year_digits: int


_DIGIT = (1, 0, 9)
GAMES: dict[str, Game] = {
    "fc3d": Game("福彩3D", (_DIGIT,) * 3, 4),
    "ssq": Game("福彩双色球", ((6, 1, 33), (1, 1, 16)), 4),
    "pl3": Game("体彩排列3", (_DIGIT,) * 3, 2),
    "pl5": Game("体彩排列5", (_DIGIT,) * 5, 2),
}


@dataclass(frozen=True, slots=True)
class Drawing:
    """One drawing of a game: its issue and when it is held."""

    game: str
    issue: str
    at: datetime


def calendar_of(book: Mapping[str, Any] | Any) -> dict[str, Any]:
    """The game that a notice names, with its calendar, as it is published and recorded.

    Raises LotteryCalendarUnfit (409) with the key. Source: rulebook draw.lottery_game, draw.lottery_drawings,
    draw.lottery_closed, draw.lottery_lead_minutes.
    """
    game = book["draw.lottery_game"]
    rows = {row[0]: row[1:] for row in (text.split() for text in book["draw.lottery_drawings"]) if row}
    days, at = rows[game] if len(rows.get(game, ())) == 2 else ("", "")
    if game not in GAMES or not _DAYS.fullmatch(days) or not _TIME.fullmatch(at):
        raise LotteryCalendarUnfit(key="draw.lottery_drawings", game=game)
    closed = list(book["draw.lottery_closed"])
    if not all(_SPAN.fullmatch(span) and _is_span(span) for span in closed):
        raise LotteryCalendarUnfit(key="draw.lottery_closed", game=game)
    weekdays = sorted({int(day) for day in days})
    lead = int(book["draw.lottery_lead_minutes"])
    return {"game": game, "days": weekdays, "time": at, "closed": closed, "lead_minutes": lead}


def _is_span(span: str) -> bool:
    try:
        first, last = (date.fromisoformat(day) for day in span.split("/"))
    except ValueError:
        return False
    return first <= last


def drawing_after(calendar: Mapping[str, Any], frozen_at: datetime) -> Drawing:
    """The one drawing that counts: the first that is held at least `lead_minutes` after the freezing.

    Raises ValueError for a calendar without drawings. The issue counts the drawings of the year.
    """
    if calendar["lead_minutes"] < 0:
        raise ValueError(calendar["lead_minutes"])
    earliest = (frozen_at + timedelta(minutes=calendar["lead_minutes"])).astimezone(SHANGHAI)
    closed = [tuple(date.fromisoformat(day) for day in span.split("/")) for span in calendar["closed"]]
    held_at = time.fromisoformat(calendar["time"])
    for day in _days(earliest.date(), earliest.date() + timedelta(days=_SOON)):
        at = datetime.combine(day, held_at, SHANGHAI)
        if at >= earliest and _is_held(day, calendar["days"], closed):
            count = sum(_is_held(other, calendar["days"], closed) for other in _days(date(day.year, 1, 1), day))
            year = f"{day.year:04}"[4 - GAMES[calendar["game"]].year_digits :]
            return Drawing(calendar["game"], f"{year}{count:03}", at)
    raise ValueError(calendar["days"])


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=n) for n in range((last - first).days + 1))


def _is_held(day: date, weekdays: Sequence[int], closed: Sequence[tuple[date, ...]]) -> bool:
    return day.isoweekday() in weekdays and not any(first <= day <= last for first, last in closed)


def grouped(game: str, numbers: Sequence[int]) -> list[list[int]] | None:
    """Numbers as announced, in one line, as the groups of the game; None for what it cannot have drawn."""
    groups, rest = [], list(numbers)
    for many, least, greatest in GAMES[game].groups:
        group, rest = sorted(rest[:many]), rest[many:]
        if len(set(group)) != many or group[0] < least or group[-1] > greatest:
            return None
        groups.append(group)
    return None if rest else groups
