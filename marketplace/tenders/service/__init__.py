"""Verbs of the tenders domain, in the order of a tender's life."""

from marketplace.tenders.service.awarding import (
    accept_award,
    award,
    confirm_award,
    decline_award,
    end_publicity,
    lapse_award,
    mark_signed,
)
from marketplace.tenders.service.bidding import my_bid, place_bid, withdraw_bid
from marketplace.tenders.service.keepers import collect_shares, hand_in_share, remind_keepers, void_unopened
from marketplace.tenders.service.live import Final, award_live
from marketplace.tenders.service.objecting import decide_objection, object_to_award
from marketplace.tenders.service.objecting import object_to_award as object  # noqa: A004
from marketplace.tenders.service.opening import close, drained_at, exclude_offer
from marketplace.tenders.service.posting import cancel, check, draft, publish, revise

__all__ = [
    "Final",
    "accept_award",
    "award",
    "award_live",
    "cancel",
    "check",
    "close",
    "collect_shares",
    "confirm_award",
    "decide_objection",
    "decline_award",
    "draft",
    "drained_at",
    "end_publicity",
    "exclude_offer",
    "hand_in_share",
    "lapse_award",
    "mark_signed",
    "my_bid",
    "object",
    "object_to_award",
    "place_bid",
    "publish",
    "remind_keepers",
    "revise",
    "void_unopened",
    "withdraw_bid",
]
