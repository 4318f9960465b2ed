"""HTML door of payments: orders and the agency's page; invoices, deductions and accounts of contracts."""

from marketplace.payments.pages import orders, papers, treasury
from marketplace.payments.pages.doorway import door

__all__ = ["door", "orders", "papers", "treasury"]
