"""The rows of the goal table: one line each, the module and function that measure it."""

import importlib
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from marketplace.bench.frame import Row

Measure = Callable[[Path], Row]
QUICK, FULL = "quick", "full"


@dataclass(frozen=True)
class Entry:
    """One row. where: module in this package and function, which is given an empty folder. suite: quick or full."""

    where: str
    suite: str = QUICK

    def load(self) -> Measure:
        """The function; its module is imported when the row is asked for."""
        module, _, name = self.where.partition(":")
        return cast("Measure", getattr(importlib.import_module(f"marketplace.bench.{module}"), name))


ROWS: dict[str, Entry] = {
    "B1": Entry("serving:health"),
    "B2": Entry("bidding:sqlite"),
    "B3": Entry("bidding:postgresql"),
    "B3N": Entry("bidding:crowded", FULL),
    "B4": Entry("bidding:usual_way"),
    "B4S": Entry("bidding:usual_way_sqlite"),
    "B5": Entry("throughput:throughput", FULL),
    "B6": Entry("storm:busy"),
    "B7": Entry("storm:overload"),
    "B7A": Entry("storm:overload_all", FULL),
    "B8": Entry("racing:race", FULL),
    "B9": Entry("closing:closing", FULL),
    "B9A": Entry("closing:closing_all", FULL),
    "B10": Entry("storm:closers", FULL),
    "P0": Entry("paying:at_once", FULL),
    "P50": Entry("paying:at_50_ms", FULL),
    "P500": Entry("paying:at_500_ms", FULL),
    "PR": Entry("paying:recovery", FULL),
    "R1": Entry("reconciling:reconcile", FULL),
    "A1": Entry("rooming:stages", FULL),
    "B16": Entry("booking:hot", FULL),
    "B16S": Entry("booking:hot_sqlite"),
    "B17": Entry("booking:settlement", FULL),
    "L1": Entry("booking:batches"),
    "L1K": Entry("booking:small_batches"),
    "L2": Entry("hotline:one_writer", FULL),
    "L2C": Entry("hotline:crowds", FULL),
    "L2P": Entry("hotline:one_writer_postgresql", FULL),
    "L3": Entry("booking:audit", FULL),
    "B11": Entry("listing:json_list"),
    "B11F": Entry("listing:json_list_full", FULL),
    "B12": Entry("listing:html_list"),
    "B12W": Entry("listing:html_warm"),
    "B13": Entry("searching:search_sqlite"),
    "B13F": Entry("searching:search_sqlite_full", FULL),
    "B13P": Entry("searching:search_postgresql", FULL),
    "B20": Entry("importing:history"),
    "B20F": Entry("importing:history_full", FULL),
    "B20P": Entry("importing:history_postgresql", FULL),
    "B20PF": Entry("importing:history_postgresql_full", FULL),
    "B18": Entry("sweeping:sweep"),
    "B19": Entry("starting:start"),
}


def names(suite: str) -> list[str]:
    """The rows of a suite; the full one has all."""
    return [name for name, entry in ROWS.items() if suite == FULL or entry.suite == QUICK]


def run(name: str) -> Row:
    """Measure one row in a folder of its own. Raises BrokenInvariantError."""
    with tempfile.TemporaryDirectory(prefix="marketplace-bench-") as folder:
        return ROWS[name].load()(Path(folder))
