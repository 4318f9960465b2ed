"""HTML door of the department budget: lines, transfers, tables of appropriations, the end of the year."""

from marketplace.budgets.pages import lines, tables, transfers, years
from marketplace.budgets.pages.doorway import door

__all__ = ["door", "lines", "tables", "transfers", "years"]
