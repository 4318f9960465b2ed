"""选取方式: how one offer is chosen among those opened, so that a stranger can check it.

Owns Commitment and Draw. Promises: methods are pure; equal offers are ordered only by the public draw; seeds are
committed to before bids arrive and shown afterwards; no draw is ever repeated.
"""
