"""Verbs of the auction rooms: schedule, quote, move what is due, finish. Only the server's clock counts."""

from marketplace.auctions.service.driving import BATCH, Driven, drive
from marketplace.auctions.service.finishing import finish
from marketplace.auctions.service.quoting import check_quote, place_quote
from marketplace.auctions.service.scheduling import schedule
from marketplace.auctions.service.waiting import await_key, void_unopened

__all__ = [
    "BATCH",
    "Driven",
    "await_key",
    "check_quote",
    "drive",
    "finish",
    "place_quote",
    "schedule",
    "void_unopened",
]
