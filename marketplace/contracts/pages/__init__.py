"""HTML door of contracts: public notices, both sides' pages, disputes and changes, one decision a page."""

from marketplace.contracts.pages import money, parties
from marketplace.contracts.pages.doorway import door

__all__ = ["door", "money", "parties"]
