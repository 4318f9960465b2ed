"""The keepers of a closed tender: shares handed in by hand or by the process that holds the key, and what if not."""

from marketplace.kernel.context import Ctx
from marketplace.kernel.errors import NotPermitted
from marketplace.tenders import rules
from marketplace.tenders.errors import KeeperNotNamed, ShareTooEarly, ShareWrong, TenderNotFound
from marketplace.tenders.events import ShareHandedIn, SharesOverdue
from marketplace.tenders.models import KeyShare, Tender
from marketplace.tenders.queries import openings
from marketplace.tenders.service import envelopes
from marketplace.tenders.service.opening import open_many
from marketplace.tenders.service.steps import fail, locked, subject_of

SILENT_KEEPERS = "期限内交出的密钥份额不足，报价不予开启"


def hand_in_share(ctx: Ctx, tender_id: str, *, keeper: str, share: str) -> Tender:
    """Hand in a keeper's share of a closed tender; with the k-th the tender is opened and awarded.

    keeper: as named in the notice. share: hexadecimal, as the keeper took it out of its envelope. Saying it again, or
    after others were enough, changes nothing. Raises ShareTooEarly before the closing, ShareWrong, KeeperNotNamed,
    TenderNotFound, WrongState after the end, NotPermitted for another keeper.
    """
    ctx.require("share.hand_in")
    if ctx.actor.kind not in {"system", "terminal"} and keeper not in rules.keepers_of(ctx.actor.roles):
        raise NotPermitted(permission="share.hand_in")
    tender = locked(ctx, tender_id)
    if tender.stage == "draft":
        raise TenderNotFound
    row = _row(ctx, tender, keeper)
    if tender.stage == "open":
        raise ShareTooEarly(number=tender.number, field="share")
    part = _fitting(row, share)
    if row.share is not None or tender.opened_at is not None:
        return tender
    rules.STATES.move(tender.stage, "open")
    envelopes.note(ctx, row, part)
    _record(ctx, tender, [row])
    open_many(ctx, [tender])
    return tender


def collect_shares(ctx: Ctx, tender_id: str) -> Tender:
    """Hand in the shares of the keepers whose private key this process holds; nothing happens unless it is waited."""
    tender = locked(ctx, tender_id)
    if tender.stage == "closed":
        before = {row.id for row in openings.shares(ctx, tender.id) if row.share is not None}
        rows = envelopes.gather(ctx, tender)
        _record(ctx, tender, [row for row in rows if row.share is not None and row.id not in before])
        open_many(ctx, [tender])
    return tender


def remind_keepers(ctx: Ctx, tender_id: str) -> None:
    """The time for the shares has passed: an incident that names who is missing. Source: opening.share_minutes."""
    tender = locked(ctx, tender_id)
    if tender.stage != "closed":
        return
    missing = [row.keeper for row in openings.shares(ctx, tender.id) if row.share is None]
    ctx.record(SharesOverdue(subject_of(tender), tender.number, missing))
    ctx.send("tender.shares_overdue", {"tender_id": tender.id, "number": tender.number, "keepers": missing})


def void_unopened(ctx: Ctx, tender_id: str) -> None:
    """Too few shares ever came: the tender fails and its envelopes stay shut. Source: opening.void_workdays."""
    tender = locked(ctx, tender_id)
    if tender.stage == "closed":
        fail(ctx, tender, SILENT_KEEPERS)


def _row(ctx: Ctx, tender: Tender, keeper: str) -> KeyShare:
    for row in openings.shares(ctx, tender.id):
        if row.keeper == keeper:
            return row
    raise KeeperNotNamed(keeper=rules.KEEPER_NAMES.get(keeper, keeper), number=tender.number, field="keeper")


def _fitting(row: KeyShare, share: str) -> bytes:
    try:
        part = rules.share_of(share)
    except ValueError:
        part = b""
    if envelopes.share_digest(part) != row.digest:
        raise ShareWrong(keeper=rules.KEEPER_NAMES.get(row.keeper, row.keeper), field="share")
    return part


def _record(ctx: Ctx, tender: Tender, rows: list[KeyShare]) -> None:
    ctx.session.flush()
    for row in rows:
        ctx.record(ShareHandedIn(subject_of(tender), tender.number, row.keeper, row.digest))
