"""The ratchet: stored medians of CPU ratios, which a later run may not leave far behind."""

import json
from collections.abc import Iterable
from pathlib import Path

from marketplace.bench.frame import Row

STORED = Path(__file__).with_name("ratchet.json")
# Generous: machines differ and share their cores; what slips further than this is no noise.
SLACK = 1.5


def known(path: Path = STORED) -> dict[str, float]:
    """Stored median ratio of each row."""
    found: dict[str, float] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    return found


def slipped(rows: Iterable[Row], path: Path = STORED) -> list[str]:
    """Sentences about the rows whose CPU ratio is worse than the stored one by more than SLACK and their own spread."""
    stored = known(path)
    said = []
    for row in rows:
        before = stored.get(row.id)
        if before is None or not row.cpu:
            continue
        now, bound = (row.ratio, before * SLACK) if not row.at_least else (before, row.ratio * SLACK)
        if now > bound and (row.at_least or min(row.ratios) > before):
            said.append(f"{row.id} slipped: x{row.ratio:.2f}, stored x{before:.2f}")
    return said


def store(rows: Iterable[Row], path: Path = STORED) -> None:
    """Write the medians of the CPU ratios down; rows that were not measured keep theirs."""
    new = {row.id: round(row.ratio, 3) for row in rows if row.cpu}
    path.write_text(json.dumps({**known(path), **new}, indent=2, sort_keys=True) + "\n", "utf-8")
