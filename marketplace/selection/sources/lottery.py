"""公开开奖号码: the first drawing after the pool was frozen of the game that the notice names; two people enter it."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from marketplace.selection.errors import EntryOther, EntryTooEarly, EntryUnfit
from marketplace.selection.sources.games import GAMES, Drawing, drawing_after, grouped


class Lottery:
    """Numbers as drawn, in the groups of the game; order within a group does not count."""

    code = "lottery"
    label = "公开开奖号码"
    entries = 2

    def due(self, frozen_at: datetime, terms: Mapping[str, Any]) -> dict[str, Any]:
        """game, issue and instant of the drawing that counts. terms: the calendar that the notice names."""
        drawing = drawing_after(terms, frozen_at)
        return {"game": drawing.game, "issue": drawing.issue, "at": drawing.at.isoformat()}

    def read(
        self, given: Mapping[str, Any], frozen_at: datetime, now: datetime, terms: Mapping[str, Any]
    ) -> dict[str, Any]:
        """given: game, issue (digits), numbers ("1 5 9 12 20 33 / 7", or lists).

        Raises EntryOther for another game or issue than the one that counts, EntryTooEarly before it is drawn,
        EntryUnfit for numbers that this game cannot have drawn.
        """
        if not terms:
            raise EntryUnfit(field="game", label="彩种")
        drawing = drawing_after(terms, frozen_at)
        for field, wanted in (("game", drawing.game), ("issue", drawing.issue)):
            if str(given.get(field) or "").strip() != wanted:
                raise EntryOther(field=field, game=GAMES[drawing.game].label, issue=drawing.issue, at=_said(drawing))
        if now < drawing.at:
            raise EntryTooEarly(field="issue")
        numbers = grouped(drawing.game, _numbers(given.get("numbers")))
        if numbers is None:
            raise EntryUnfit(field="numbers", label="开奖号码")
        known = {"game": drawing.game, "issue": drawing.issue, "drawn_at": drawing.at.isoformat()}
        return {"source": self.code, **known, "numbers": numbers}

    def text(self, value: Mapping[str, Any]) -> str:
        """Each group sorted, every number followed by a point, the group closed by a stroke."""
        return "".join("".join(f"{number}." for number in sorted(group)) + "/" for group in value["numbers"])

    def follows(self, value: Mapping[str, Any], frozen_at: datetime, terms: Mapping[str, Any]) -> bool:
        """The drawing that counts, and numbers that it can have drawn.

        Records of before notices named a game have no terms: there the drawing was only later than the freezing.
        """
        drawn_at, rows = datetime.fromisoformat(value["drawn_at"]), value["numbers"]
        if not terms and "game" not in value:
            fits = all(row and row == sorted(row) and 0 <= row[0] <= row[-1] <= 99 for row in rows)
            return bool(rows) and fits and drawn_at > frozen_at
        drawing = drawing_after(terms, frozen_at)
        named = (value["game"], value["issue"], drawn_at) == (drawing.game, drawing.issue, drawing.at)
        return named and grouped(drawing.game, [number for row in rows for number in row]) == rows


def _said(drawing: Drawing) -> str:
    return drawing.at.strftime("%Y-%m-%d %H:%M")


def _numbers(given: Any) -> list[int]:
    words = (
        re.split(r"[\s/+|,，]+", given.strip()) if isinstance(given, str) else [n for row in given or () for n in row]
    )
    try:
        return [int(word) for word in words]
    except (TypeError, ValueError) as error:
        raise EntryUnfit(field="numbers", label="开奖号码") from error
