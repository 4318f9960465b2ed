"""采购项目: posting a need, sealed bids, opening, award, publicity, objections and confirmation.

Owns Tender, Bid, Offer, Exclusion, Award, Objection. Promises: before opening no column holds a price or a bidder;
a bid that was accepted is opened or was withdrawn, never lost; a tender has at most one live award.
"""
