"""Adding, editing, cancelling and restoring items; importing and exporting the catalogue."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from importlib.resources import files

from sqlalchemy import select

from marketplace.catalogue import queries, rules
from marketplace.catalogue.errors import ItemChangedMeanwhile, ItemExists, ItemNothingChanged, ItemTextMissing
from marketplace.catalogue.events import ItemAdded, ItemEdited, ItemRestored, ItemWithdrawn
from marketplace.catalogue.models import CatalogueChange, CatalogueItem
from marketplace.catalogue.rules import ItemFacts, RowError
from marketplace.kernel.clock import shanghai_date
from marketplace.kernel.context import Ctx
from marketplace.kernel.states import States

STATES = States("catalogue", {("kept", "cancel"): "cancelled", ("cancelled", "restore"): "kept"})


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What a file did, or would do. With errors nothing was written."""

    added: list[str]
    changed: list[str]
    unchanged: list[str]
    errors: list[RowError]
    written: bool


def add_item(ctx: Ctx, *, facts: ItemFacts) -> CatalogueItem:
    """Add an item. Raises ItemExists, or the first of what `rules.problems` finds."""
    _refuse_problems(facts)
    if ctx.session.get(CatalogueItem, facts.code) is not None:
        raise ItemExists(item_code=facts.code, field="code")
    row = CatalogueItem(version=1, updated_at=ctx.now)
    row.take(facts)
    ctx.session.add(row)
    ctx.session.flush()
    _remember(ctx, row, "added")
    ctx.record(ItemAdded(subject=f"item/{row.code}", code=row.code, version=1, facts=facts.data()))
    return row


def edit_item(ctx: Ctx, code: str, *, facts: ItemFacts, version: int | None = None) -> CatalogueItem:
    """Give an item new facts (its code and cancellation stay). version: the one that was opened for editing.

    Raises ItemNotFound, ItemChangedMeanwhile, ItemNothingChanged, or the first of what `rules.problems` finds.
    """
    row = _locked(ctx, code)
    if version is not None and version != row.version:
        raise ItemChangedMeanwhile(version=row.version)
    kept = replace(facts, code=code, cancelled_on=row.cancelled_on, cancel_reason=row.cancel_reason)
    _refuse_problems(kept)
    if kept == row.facts:
        raise ItemNothingChanged
    _edit(ctx, row, kept)
    return row


def cancel(ctx: Ctx, code: str, *, reason: str) -> CatalogueItem:
    """Keep an item no longer, from today on; what runs goes on. Raises ItemNotFound, ItemTextMissing, WrongState."""
    row = _locked(ctx, code)
    STATES.move(_state(row), "cancel")
    _require_reason(reason)
    _turn(ctx, row, replace(row.facts, cancelled_on=shanghai_date(ctx.now), cancel_reason=reason), reason)
    return row


def restore(ctx: Ctx, code: str, *, reason: str) -> CatalogueItem:
    """Keep a cancelled item again. Raises ItemNotFound, ItemTextMissing, WrongState."""
    row = _locked(ctx, code)
    STATES.move(_state(row), "restore")
    _require_reason(reason)
    _turn(ctx, row, replace(row.facts, cancelled_on=None, cancel_reason=""), reason)
    return row


def import_csv(ctx: Ctx, data: bytes | str, *, dry_run: bool = False) -> ImportReport:
    """Add and change items from CSV: all of the file, or nothing when anything in it is wrong.

    dry_run: only report. Items that the file does not name stay. Raises CsvUnreadable.
    """
    ctx.lock("catalogue")
    items, errors = rules.read_csv(rules.decoded(data) if isinstance(data, bytes) else data)
    known = _known(ctx, (facts.code for _, facts in items))
    added = [facts for _, facts in items if facts.code not in known]
    changed = [facts for _, facts in items if facts.code in known and known[facts.code].facts != facts]
    written = not dry_run and not errors
    if written:
        for facts in added:
            add_item(ctx, facts=facts)
        for facts in changed:
            _apply(ctx, known[facts.code], facts)
    touched = {facts.code for facts in (*added, *changed)}
    unchanged = [facts.code for _, facts in items if facts.code not in touched]
    return ImportReport([f.code for f in added], [f.code for f in changed], unchanged, errors, written)


def export_csv(ctx: Ctx) -> str:
    """The whole catalogue as CSV, cancelled items included; importing it changes nothing."""
    return rules.write_csv(row.facts for row in ctx.session.scalars(queries.items()))


def seed(ctx: Ctx) -> None:
    """Add the items of items.csv that are not there yet; what is there stays."""
    ctx.lock("catalogue")
    items, errors = rules.read_csv((files("marketplace.catalogue") / "items.csv").read_text("utf-8"))
    assert not errors, errors
    known = _known(ctx, (facts.code for _, facts in items))
    for _, facts in items:
        if facts.code not in known:
            add_item(ctx, facts=facts)


def _known(ctx: Ctx, codes: Iterable[str]) -> dict[str, CatalogueItem]:
    wanted = select(CatalogueItem).where(CatalogueItem.code.in_(list(codes)))
    return {row.code: row for row in ctx.session.scalars(wanted)}


def _locked(ctx: Ctx, code: str) -> CatalogueItem:
    ctx.lock("catalogue")
    return queries.item(ctx, code)


def _state(row: CatalogueItem) -> str:
    return "kept" if row.kept else "cancelled"


def _require_reason(reason: str) -> None:
    if not reason.strip():
        raise ItemTextMissing(field="reason")


def _refuse_problems(facts: ItemFacts) -> None:
    found = rules.problems(facts)
    if found:
        raise found[0]


def _apply(ctx: Ctx, row: CatalogueItem, facts: ItemFacts) -> None:
    """A row of a file: its edits, and its cancellation or restoration, each as what it is."""
    edited = replace(facts, cancelled_on=row.cancelled_on, cancel_reason=row.cancel_reason)
    if edited != row.facts:
        _edit(ctx, row, edited)
    if facts != row.facts:
        _turn(ctx, row, facts, facts.cancel_reason)


def _edit(ctx: Ctx, row: CatalogueItem, facts: ItemFacts) -> None:
    changed = rules.changes(row.facts, facts)
    _renew(ctx, row, facts, "edited")
    ctx.record(ItemEdited(subject=f"item/{row.code}", code=row.code, version=row.version, changed=changed))


def _turn(ctx: Ctx, row: CatalogueItem, facts: ItemFacts, reason: str) -> None:
    verb, kind = ("restored", ItemRestored) if facts.cancelled_on is None else ("cancelled", ItemWithdrawn)
    day = facts.cancelled_on or shanghai_date(ctx.now)
    _renew(ctx, row, facts, verb, reason)
    ctx.record(kind(subject=f"item/{row.code}", code=row.code, version=row.version, day=str(day), reason=reason))


def _renew(ctx: Ctx, row: CatalogueItem, facts: ItemFacts, verb: str, reason: str = "") -> None:
    row.take(facts)
    row.version += 1
    row.updated_at = ctx.now
    ctx.session.flush()
    _remember(ctx, row, verb, reason)


def _remember(ctx: Ctx, row: CatalogueItem, verb: str, reason: str = "") -> None:
    ctx.session.add(
        CatalogueChange(
            id=ctx.new_id(),
            item_code=row.code,
            version=row.version,
            verb=verb,
            at=ctx.now,
            reason=reason,
            facts=row.facts.data(),
        )
    )
