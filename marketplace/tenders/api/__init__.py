"""JSON door of the tenders domain: notices, bids and awards, by the same verbs as the pages."""

from marketplace.tenders.api import changes, keeping, notices, receipts, weighing
from marketplace.tenders.api.doorway import api

__all__ = ["api", "changes", "keeping", "notices", "receipts", "weighing"]
