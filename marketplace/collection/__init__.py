"""收款: an enterprise pays an agency for an accepted result, by code or by page, straight to the agency's own merchant
account. Owns collections, refunds and receipts without an owner; promises that a payment counts once, that no refund
exceeds what was paid, and that the market itself never holds the money."""
