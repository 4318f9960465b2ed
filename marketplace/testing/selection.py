"""Keepers apart from the market: their keys taken away from a process that can still publish."""

from marketplace.kernel.context import Runtime
from marketplace.selection import rules, stock


def keys_apart(runtime: Runtime, *, many: int = 4) -> dict[str, str]:
    """Take the keepers' private keys away and return them; each stock holds `many` commitments, made alone."""
    private = dict(runtime.keys.private)
    for keeper in rules.KEEPERS:
        hold_only(runtime, {keeper: private[keeper]})
        with runtime.work() as ctx:
            stock.deposit(ctx, keeper, many)
    hold_only(runtime, {})
    return private


def hold_only(runtime: Runtime, private: dict[str, str]) -> None:
    """Let the process hold these private keys and no other."""
    held = runtime.keys.private
    assert isinstance(held, dict)
    held.clear()
    held.update(private)
