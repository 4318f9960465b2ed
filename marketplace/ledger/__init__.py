"""复式记账: double entry in integer fen. Owns accounts, balances and postings; promises that no fen appears,
vanishes, or leaves a purse that does not hold it. Knows nothing of budgets or payments."""
