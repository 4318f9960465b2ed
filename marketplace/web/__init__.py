"""The Flask delivery kit: doors, problems, paging; it knows no domain."""
