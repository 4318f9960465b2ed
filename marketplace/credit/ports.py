"""Plug-in point: where credit records of other systems come from."""

from dataclasses import dataclass
from datetime import date
from typing import Protocol


@dataclass(frozen=True, slots=True)
class FeedRecord:
    """One record of an outside source. row: its line in the file; kind: a kind of the rulebook."""

    row: int
    uscc: str
    kind: str
    reference: str
    decided_on: date
    authority: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class FeedProblem:
    """What is wrong in one row, in Chinese source words. column: the heading, or empty for the whole row."""

    row: int
    column: str
    text: str


@dataclass(frozen=True, slots=True)
class FeedContent:
    """What a source said: the records that can be read, and the rows that cannot."""

    records: tuple[FeedRecord, ...]
    problems: tuple[FeedProblem, ...] = ()


class CreditFeed(Protocol):
    """信用信息来源: turns what an outside system sends into records; enters nothing itself."""

    code: str
    label: str

    def read(self, content: bytes) -> FeedContent:
        """Read one delivery. Raises FeedUnreadable when it is not this feed's format at all."""
        ...
