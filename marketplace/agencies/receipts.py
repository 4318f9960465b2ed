"""HTML door: the receipt of an agency's entry, as a page to keep and as files that verify."""

from __future__ import annotations

from datetime import datetime

from flask import Response

from marketplace.agencies import queries
from marketplace.agencies.own import door
from marketplace.agencies.queries import entry
from marketplace.audit import receipts
from marketplace.audit.errors import ReceiptNotFound
from marketplace.audit.receipts import Receipt
from marketplace.kernel.context import Ctx
from marketplace.kernel.events import canonical
from marketplace.web.doors import attachment, public, render, unit_of_work


@door.get("/agency/join/<uscc>/receipt")
@public
@unit_of_work
def receipt(ctx: Ctx, uscc: str) -> str:
    """What has been entered, since when, and the signed receipt of it."""
    row = queries.by_uscc(ctx, uscc)
    given = entry.entry_receipt(ctx, row.id)
    return render(
        "marketplace/agencies/receipt.html",
        agency=row,
        receipt=given,
        at=datetime.fromisoformat(given["at"]) if given else None,
        proof=receipts.proven(ctx, given) if given else None,
        items=queries.item_facts(ctx),
        scopes=queries.scopes(ctx, row.id),
    )


@door.get("/agency/join/<uscc>/receipt.json")
@public
@unit_of_work
def receipt_file(ctx: Ctx, uscc: str) -> Response:
    """The signed receipt of the newest entry; the offline verifiers read it."""
    return attachment(canonical(_given(ctx, uscc)), f"receipt-{uscc}.json", "application/json")


@door.get("/agency/join/<uscc>/receipt/proof.json")
@public
@unit_of_work
def receipt_proof(ctx: Ctx, uscc: str) -> Response:
    """The receipt with the proof that its leaf is in the log, and the signed head that it leads to."""
    proof = receipts.proof(ctx, _given(ctx, uscc))
    return attachment(canonical(proof), f"proof-{uscc}.json", "application/json")


def _given(ctx: Ctx, uscc: str) -> Receipt:
    given = entry.entry_receipt(ctx, queries.by_uscc(ctx, uscc).id)
    if given is None:
        raise ReceiptNotFound
    return given
