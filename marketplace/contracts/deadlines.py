"""What the clock does to contracts: confirmation and signing overdue, delivery late, acceptance by silence."""

from collections.abc import Callable

from marketplace.contracts import delivery, service
from marketplace.kernel.context import Ctx

# contract.sign_due is promised by tenders with the award's id, contract.confirm_due by contracts with the contract's;
# the others by contracts with the milestone's id.
HANDLERS: dict[str, Callable[[Ctx, str], None]] = {
    "contract.sign_due": service.note_signing_overdue,
    "contract.confirm_due": service.note_confirmation_overdue,
    "contract.delivery_due": delivery.note_late,
    "contract.acceptance_due": delivery.accept_silence,
}
