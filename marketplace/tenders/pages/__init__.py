"""HTML door of the tenders domain: notices, bidding, awards and letters, posting, managing."""

from marketplace.tenders.pages import awards, bidding, letters, managing, notices, posting
from marketplace.tenders.pages.doorway import door

__all__ = ["awards", "bidding", "door", "letters", "managing", "notices", "posting"]
