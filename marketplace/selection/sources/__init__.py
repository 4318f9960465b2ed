"""Public sources of chance beside the keepers' seeds, by code; a notice names those that its draw will use."""

from marketplace.selection.sources.beacon import Beacon
from marketplace.selection.sources.lottery import Lottery
from marketplace.selection.sources.source import Source

SOURCES: dict[str, Source] = {source.code: source for source in (Lottery(), Beacon())}

__all__ = ["SOURCES", "Source"]
