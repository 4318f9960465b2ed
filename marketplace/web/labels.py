"""Words for codes: each domain's LABELS are collected here at start."""

LABELS: dict[str, dict[str, str]] = {}


def collect(labels: dict[str, dict[str, str]]) -> None:
    """Add one domain's labels. Raises ValueError when two domains word the same set differently."""
    for name, words in labels.items():
        if LABELS.setdefault(name, words) != words:
            raise ValueError(f"labels {name} are defined twice")
