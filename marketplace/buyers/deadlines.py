"""Timer door of buyers: a delegation ends with its last day."""

from collections.abc import Callable

from marketplace.buyers import service
from marketplace.kernel.context import Ctx

HANDLERS: dict[str, Callable[[Ctx, str], None]] = {service.LAPSE: service.lapse_delegate}
