"""Witnesses of a draw: named before it, signing after it."""

import hashlib

from sqlalchemy import select

from marketplace.kernel.context import Ctx
from marketplace.selection import queries
from marketplace.selection.errors import WitnessesFull, WitnessTooLate, WitnessUnknown
from marketplace.selection.events import WitnessNamed, WitnessSigned
from marketplace.selection.models import Witness

CODE_BYTES = 6


def name_witness(ctx: Ctx, tender_id: str, number: str, *, name: str, organisation: str, most: int) -> str:
    """Name a witness before the draw; returns the code to hand over, which is shown once.

    most: rulebook draw.witness_max. Raises WitnessesFull, WitnessTooLate.
    """
    if queries.draw_or_none(ctx, tender_id) is not None:
        raise WitnessTooLate
    if len(queries.witnesses(ctx, tender_id)) >= most:
        raise WitnessesFull(most=most)
    code = ctx.entropy(CODE_BYTES).hex()
    row = {"tender_id": tender_id, "name": name, "organisation": organisation, "named_at": ctx.now}
    ctx.session.add(Witness(id=ctx.new_id(), code_digest=_digest(number, code), **row))
    ctx.session.flush()
    ctx.record(WitnessNamed(f"tender/{tender_id}", number, name, organisation))
    return code


def sign_as_witness(ctx: Ctx, number: str, *, code: str, remark: str = "") -> Witness:
    """A witness signs the record of a draw with the code it was given; once. Raises WitnessUnknown, DrawNotFound."""
    draw = queries.draw_of(ctx, number)
    ctx.lock(f"tender/{draw.tender_id}")
    wanted = select(Witness).where(Witness.tender_id == draw.tender_id, Witness.code_digest == _digest(number, code))
    row = ctx.session.scalar(wanted.execution_options(populate_existing=True))
    if row is None:
        raise WitnessUnknown(field="code")
    if row.signed_at is None:
        row.signed_at, row.remark = ctx.now, remark
        ctx.session.flush()
        ctx.record(WitnessSigned(f"tender/{draw.tender_id}", number, row.name, draw.pool_hash, remark))
    return row


def _digest(number: str, code: str) -> str:
    return hashlib.sha256(f"{number}/{''.join(code.split()).lower()}".encode()).hexdigest()
