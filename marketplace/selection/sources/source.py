"""What a public source of chance answers. Values in, values out."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol


class Source(Protocol):
    """Numbers that nobody knows when the pool is frozen and everybody knows afterwards.

    entries: how many different people must enter the same before it counts; one where it proves itself.
    """

    code: str
    label: str
    entries: int

    def due(self, frozen_at: datetime, terms: Mapping[str, Any]) -> dict[str, Any]:
        """Which of its numbers count, for everybody to read once the pool is frozen; `at` is when they come out.

        terms: what the notice says about the source beside its name.
        """
        ...

    def read(
        self, given: Mapping[str, Any], frozen_at: datetime, now: datetime, terms: Mapping[str, Any]
    ) -> dict[str, Any]:
        """What was entered, in the one form that is stored and published.

        Raises EntryUnfit, EntryTooEarly, EntryOther.
        """
        ...

    def text(self, value: Mapping[str, Any]) -> str:
        """Its part of the randomness text, in the form of RFC 3797 section 4.1."""
        ...

    def follows(self, value: Mapping[str, Any], frozen_at: datetime, terms: Mapping[str, Any]) -> bool:
        """Whether a published value is consistent in itself, proven where it can be, and of after the freezing."""
        ...
