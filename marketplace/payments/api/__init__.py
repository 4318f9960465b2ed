"""JSON door of payments: orders, receipts; invoices, deductions and accounts of contracts."""

from marketplace.payments.api import orders, papers, receipts
from marketplace.payments.api.doorway import api

__all__ = ["api", "orders", "papers", "receipts"]
