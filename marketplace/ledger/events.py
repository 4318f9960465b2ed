"""What the ledger puts on record besides its own postings."""

from dataclasses import dataclass
from typing import ClassVar

from marketplace.kernel.events import Event


@dataclass(frozen=True, slots=True)
class YearWasClosed(Event):
    """A fiscal year of a book takes no more postings."""

    type: ClassVar[str] = "ledger.year.closed"
    public: ClassVar[bool] = False
    book: str
    fiscal_year: int
