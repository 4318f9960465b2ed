"""网上竞价室: bidders under numbers improve their quotes in stages that only the server's clock ends.

Owns the rooms of bidding tenders. Promises that a late stage is run later and never shorter, that nobody learns who is
behind a number before the end, and that everything that happened can be repeated from a published file.
"""
