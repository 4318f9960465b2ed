"""Promises of collecting that the timer keeps."""

from collections.abc import Callable

from marketplace.collection import holding, sender, service
from marketplace.kernel.context import Ctx, Runtime


def collect(runtime: Runtime) -> None:
    """Offer, ask, close and give back whatever is due."""
    sender.run_due(runtime)


HANDLERS: dict[str, Callable[[Ctx, str], None]] = {
    "collection.expires": service.expire,
    "collection.accepted": holding.accepted,
    "collection.held": holding.look,
    "collection.hold_ends": holding.end,
}
AFTER_TICK: list[Callable[[Runtime], None]] = [collect]
