"""HTML door of the tenders domain: notices, bidding, awards and letters, posting, managing, opening and drawing."""

from marketplace.tenders.pages import (
    awards,
    bidding,
    ceremonies,
    changing,
    keeping,
    letters,
    managing,
    notices,
    posting,
    receipts,
    weighing,
)
from marketplace.tenders.pages.doorway import door

__all__ = [
    "awards",
    "bidding",
    "ceremonies",
    "changing",
    "door",
    "keeping",
    "letters",
    "managing",
    "notices",
    "posting",
    "receipts",
    "weighing",
]
