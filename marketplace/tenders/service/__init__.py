"""Verbs of the tenders domain, in the order of a tender's life."""

from marketplace.tenders.service.amending import amend
from marketplace.tenders.service.awarding import (
    accept_award,
    confirm_award,
    decline_award,
    end_publicity,
    lapse_award,
    mark_signed,
)
from marketplace.tenders.service.bidding import confirm_bid, my_bid, place_bid, withdraw_bid
from marketplace.tenders.service.choosing import advance, award
from marketplace.tenders.service.clarifying import answer, ask, remind
from marketplace.tenders.service.comparing import name_offer
from marketplace.tenders.service.direct import place_at_once
from marketplace.tenders.service.explaining import explain_price, judge_explanation
from marketplace.tenders.service.importing import import_history
from marketplace.tenders.service.inviting import draw_invitees, reveal_invitation_held, reveal_invitation_seed
from marketplace.tenders.service.keepers import collect_shares, hand_in_share, remind_keepers, void_unopened
from marketplace.tenders.service.live import Final, award_live
from marketplace.tenders.service.objecting import decide_objection, object_to_award
from marketplace.tenders.service.objecting import object_to_award as object  # noqa: A004
from marketplace.tenders.service.opening import close, close_many, exclude_offer
from marketplace.tenders.service.posting import cancel, check, draft, publish, repost, revise
from marketplace.tenders.service.preparing import Prepared, drained_at, prepare
from marketplace.tenders.service.scoring import declare, give_points, replace_assessor
from marketplace.tenders.service.silence import follow_complaint, lapse_objection, note_silence, take_up_objection
from marketplace.tenders.service.witnessing import name_witness

__all__ = [
    "Final",
    "Prepared",
    "accept_award",
    "advance",
    "amend",
    "answer",
    "ask",
    "award",
    "award_live",
    "cancel",
    "check",
    "close",
    "close_many",
    "collect_shares",
    "confirm_award",
    "confirm_bid",
    "decide_objection",
    "declare",
    "decline_award",
    "draft",
    "drained_at",
    "draw_invitees",
    "end_publicity",
    "exclude_offer",
    "explain_price",
    "follow_complaint",
    "give_points",
    "hand_in_share",
    "import_history",
    "judge_explanation",
    "lapse_award",
    "lapse_objection",
    "mark_signed",
    "my_bid",
    "name_offer",
    "name_witness",
    "note_silence",
    "object",
    "object_to_award",
    "place_at_once",
    "place_bid",
    "prepare",
    "publish",
    "remind",
    "remind_keepers",
    "replace_assessor",
    "repost",
    "reveal_invitation_held",
    "reveal_invitation_seed",
    "revise",
    "take_up_objection",
    "void_unopened",
    "withdraw_bid",
]
