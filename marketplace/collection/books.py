"""Enterprise money in the ledger's cash book: what an agency received, what goes back, what has no owner.

The market holds none of it: `held` is what the provider holds until acceptance. The accounts say what was seen, and
their floor at zero is what no refund can pass.
"""

from marketplace.collection.models import Collection
from marketplace.kernel.clock import shanghai_date
from marketplace.kernel.context import Ctx
from marketplace.ledger import queries as ledger_queries
from marketplace.ledger import service as ledger
from marketplace.ledger.rules import account_id

BOOK = "cash"
KINDS = ("collected", "refunding", "unallocated", "held")


def _year(row: Collection) -> int:
    return shanghai_date(row.made_at).year


def account(row: Collection, kind: str) -> str:
    """The id of one of a collection's accounts; `payer` is the outside world."""
    owner = f"payer/{row.buyer_id}" if kind == "payer" else f"collection/{row.id}"
    return account_id(BOOK, kind, owner, _year(row))


def move(ctx: Ctx, row: Collection, mark: str, source: str, target: str, amount_fen: int) -> None:
    """One posting between a collection's accounts, once per mark. Raises Overdrawn and what the ledger refuses."""
    ledger.open_accounts(ctx, book=BOOK, kinds=KINDS, owner=f"collection/{row.id}", fiscal_year=_year(row))
    ledger.open_account(
        ctx, book=BOOK, kind="payer", owner=f"payer/{row.buyer_id}", fiscal_year=_year(row), floor0=False
    )
    ledger.post(
        ctx,
        id=f"{row.number}/{mark}",
        debit_id=account(row, source),
        credit_id=account(row, target),
        amount_fen=amount_fen,
        kind=f"{source}-{target}"[:32],
        reference=f"collection/{row.number}",
        fiscal_year=_year(row),
        business_date=shanghai_date(ctx.now),
    )


def stands_in(row: Collection) -> str:
    """Where a paid collection's money stands: with the provider until it is settled, else with the agency."""
    return "held" if row.hold_state == "held" else "collected"


def held_fen(ctx: Ctx, row: Collection) -> dict[str, int]:
    """What stands in each of a collection's accounts, in fen."""
    ids = {kind: account(row, kind) for kind in KINDS}
    found = ledger_queries.balances_fen(ctx, ids.values())
    return {kind: found[id] for kind, id in ids.items()}
