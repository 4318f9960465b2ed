"""公开开奖号码: the first issue of a state lottery that is drawn after the pool was frozen; two people enter it."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from marketplace.selection.errors import EntryTooEarly, EntryUnfit

_ISSUE = re.compile(r"\d{5,10}")


class Lottery:
    """Numbers as drawn: groups (front, back) of numbers from 0 to 99; order within a group does not count."""

    code = "lottery"
    label = "公开开奖号码"
    entries = 2

    def read(self, given: Mapping[str, Any], frozen_at: datetime, now: datetime) -> dict[str, Any]:
        """given: issue (digits), drawn_at (aware), numbers ("1 5 9 / 7", or lists).

        Raises EntryUnfit, and EntryTooEarly for an issue that was drawn before the pool was frozen or is not drawn yet.
        """
        issue, drawn_at = str(given.get("issue", "")).strip(), given.get("drawn_at")
        if not _ISSUE.fullmatch(issue):
            raise EntryUnfit(field="issue", label="期号")
        if not isinstance(drawn_at, datetime):
            raise EntryUnfit(field="drawn_at", label="开奖时间")
        if not frozen_at < drawn_at <= now:
            raise EntryTooEarly(field="drawn_at")
        numbers = _groups(given.get("numbers"))
        return {"source": self.code, "issue": issue, "drawn_at": drawn_at.isoformat(), "numbers": numbers}

    def text(self, value: Mapping[str, Any]) -> str:
        """Each group sorted, every number followed by a point, the group closed by a stroke."""
        return "".join("".join(f"{number}." for number in sorted(group)) + "/" for group in value["numbers"])

    def follows(self, value: Mapping[str, Any], frozen_at: datetime) -> bool:
        """Drawn after the freezing, and numbers that are numbers."""
        return datetime.fromisoformat(value["drawn_at"]) > frozen_at and _groups(value["numbers"]) == value["numbers"]


def _groups(given: Any) -> list[list[int]]:
    rows = [part.split() for part in re.split(r"[/+|]", given.replace(",", " "))] if isinstance(given, str) else given
    try:
        groups = [sorted(int(number) for number in row) for row in rows]
    except (TypeError, ValueError) as error:
        raise EntryUnfit(field="numbers", label="开奖号码") from error
    if not groups or not all(groups) or not all(0 <= number <= 99 for group in groups for number in group):
        raise EntryUnfit(field="numbers", label="开奖号码")
    return groups
