"""摇号 step by step: freeze the pool, reveal the seeds, take in public numbers and hold the draw."""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from marketplace.kernel.context import Ctx
from marketplace.kernel.errors import NotPermitted
from marketplace.kernel.events import canonical
from marketplace.selection import queries, rules
from marketplace.selection.errors import (
    AlreadyDrawn,
    CommitmentMissing,
    DrawAwaited,
    PoolNotFrozen,
    SeedWrong,
    SourceNotNamed,
)
from marketplace.selection.events import DrawHeld, NumbersEntered, PoolFrozen, SeedRevealed, SeedWithheld, SourceMissing
from marketplace.selection.models import Commitment, Draw, DrawPlan, Entry, Pool
from marketplace.selection.sources import SOURCES

Excluded = Callable[[], Sequence[Mapping[str, str]]]
# What a draw without a plan of its own was announced with.
USUAL_MINUTES = 1440


def hold(ctx: Ctx, *, tender_id: str, number: str, labels: Sequence[str], excluded: Excluded = list) -> dict[str, Any]:
    """Freeze the pool unless it is frozen, and hold the draw once everything is revealed; the public record.

    excluded: {label, agency, reason} of each opened offer that is not in the pool; asked when the pool is frozen.
    Raises AlreadyDrawn, CommitmentMissing, DrawAwaited (503) while a seed or a public number is missing and its time is
    not over; whoever catches it keeps the frozen pool by committing. Source: rulebook draw.reveal_minutes.
    """
    if queries.draw_or_none(ctx, tender_id) is not None:
        raise AlreadyDrawn(number=number)
    rows = queries.commitment_rows(ctx, tender_id)
    if set(rows) != set(rules.KEEPERS):
        raise CommitmentMissing(number=number)
    pool = freeze(ctx, tender_id=tender_id, number=number, labels=labels, excluded=excluded)
    entries = queries.entries(ctx, tender_id)
    seeds = _seeds(ctx, rows, entries)
    public = _public(ctx, tender_id, entries)
    missed = [code for code, value in public.items() if value is None]
    if missing := [*(keeper for keeper in rules.KEEPERS if keeper not in seeds), *missed]:
        _wait(ctx, pool, missing)
    record = _record(pool, rows, seeds, public, queries.plan(ctx, tender_id))
    _publish(ctx, pool, record)
    return record


def _wait(ctx: Ctx, pool: Pool, missing: Sequence[str]) -> None:
    """Raise DrawAwaited unless the time is over."""
    if ctx.now >= pool.reveal_due_at:
        return
    ctx.promise("draw.reveal_due", pool.tender_id, pool.reveal_due_at)
    again = {"tender_id": pool.tender_id, "number": pool.number, "labels": pool.labels}
    excluded = pool.excluded
    raise DrawAwaited(
        pool={**again, "excluded": lambda: excluded}, missing="、".join(rules.NAMES[name] for name in missing)
    )


def _public(ctx: Ctx, tender_id: str, entries: Sequence[Entry]) -> dict[str, dict[str, Any] | None]:
    plan = queries.plan(ctx, tender_id)
    return {code: _agreed(entries, code) for code in (plan.sources if plan else ())}


def _record(
    pool: Pool,
    rows: Mapping[str, Commitment],
    seeds: Mapping[str, bytes | None],
    public: Mapping[str, dict[str, Any] | None],
    plan: DrawPlan | None,
) -> dict[str, Any]:
    commitments = {keeper: rows[keeper].digest for keeper in rules.KEEPERS}
    used, withheld = rules.resolve(seeds, commitments)
    values = [value for value in public.values() if value is not None]
    around: dict[str, Any] = {"excluded": pool.excluded, "frozen_at": pool.frozen_at.isoformat()}
    if plan and plan.lottery:
        around["lottery"] = plan.lottery
    if missed := [code for code, value in public.items() if value is None]:
        around["missed"] = missed
    return rules.draw_record(pool.number, used, withheld, commitments, pool.labels, values, **around)


def freeze(ctx: Ctx, *, tender_id: str, number: str, labels: Sequence[str], excluded: Excluded = list) -> Pool:
    """Freeze and publish the pool of a draw; a frozen one stays as it is. Source: rulebook draw.reveal_minutes."""
    frozen = ctx.session.get(Pool, tender_id)
    if frozen is not None:
        return frozen
    plan, pool = queries.plan(ctx, tender_id), sorted(labels)
    awaited = _awaited(plan, ctx.now)
    # The time runs from when everything can be known; a game may be drawn on some days of the week only.
    start = max([ctx.now, *(datetime.fromisoformat(due["at"]) for due in awaited.values())])
    due_at = start + timedelta(minutes=plan.reveal_minutes if plan else USUAL_MINUTES)
    row = Pool(
        tender_id=tender_id,
        number=number,
        labels=pool,
        pool_hash=rules.pool_hash_of(pool),
        excluded=[dict(item) for item in excluded()],
        frozen_at=ctx.now,
        awaited=awaited,
        reveal_due_at=due_at,
    )
    ctx.session.add(row)
    ctx.session.flush()
    facts = (number, row.labels, row.pool_hash, row.excluded, due_at.isoformat(), awaited)
    ctx.record(PoolFrozen(f"tender/{tender_id}", *facts))
    return row


def _awaited(plan: DrawPlan | None, frozen_at: datetime) -> dict[str, dict[str, Any]]:
    """Which numbers of each public source count: source → see `Source.due`; a plan of before may name no game."""
    if plan is None:
        return {}
    named = [code for code in plan.sources if plan.lottery or code != "lottery"]
    return {code: SOURCES[code].due(frozen_at, plan.lottery) for code in named}


def _seeds(ctx: Ctx, rows: Mapping[str, Commitment], entries: Sequence[Entry]) -> dict[str, bytes | None]:
    """Seeds by keeper: as handed in, or from its envelope where this process holds the key; None for a damaged one."""
    known: dict[str, bytes | None] = {e.source: ctx.keys.decrypt(e.value) for e in entries if e.source in rows}
    for keeper, row in rows.items():
        if keeper not in known and keeper in ctx.keys.private:
            known[keeper] = unsealed(ctx, keeper, row.envelope)
    return known


def _agreed(entries: Sequence[Entry], code: str) -> dict[str, Any] | None:
    """The numbers of a public source that enough different people have entered alike."""
    often = Counter(entry.value for entry in entries if entry.source == code)
    for entry in entries:
        if entry.source == code and often[entry.value] >= SOURCES[code].entries:
            value: dict[str, Any] = json.loads(entry.value)
            return value
    return None


def _publish(ctx: Ctx, pool: Pool, record: dict[str, Any]) -> None:
    subject = f"tender/{pool.tender_id}"
    if pool.frozen_at != ctx.now:
        ctx.release("draw.reveal_due", pool.tender_id)
    for keeper in record.get("withheld", []):
        ctx.record(SeedWithheld(subject, pool.number, keeper, record["commitments"][keeper]))
    for code in record.get("missed", []):
        ctx.record(SourceMissing(subject, pool.number, code))
    ctx.session.add(
        Draw(
            id=ctx.new_id(),
            tender_id=pool.tender_id,
            number=pool.number,
            pool_hash=pool.pool_hash,
            record=record,
            drawn_at=ctx.now,
        )
    )
    ctx.session.flush()
    ctx.record(DrawHeld(subject, pool.number, record))


def require_keeper(ctx: Ctx, keeper: str) -> None:
    """Raise NotPermitted unless the actor speaks for this keeper."""
    ctx.require("share.hand_in")
    if ctx.actor.kind not in {"system", "terminal"} and keeper not in rules.keepers_of(ctx.actor.roles):
        raise NotPermitted(permission="share.hand_in")


def fitting_seed(keeper: str, seed: str, commitment: str) -> bytes:
    """The bytes of a seed that was promised. seed: hexadecimal, however spaced. Raises SeedWrong."""
    try:
        revealed = bytes.fromhex("".join(seed.split()))
    except ValueError:
        revealed = b""
    if rules.commitment_of(revealed) != commitment:
        raise SeedWrong(keeper=rules.NAMES[keeper], field="seed")
    return revealed


def unsealed(ctx: Ctx, keeper: str, envelope: str) -> bytes | None:
    """What lies in a keeper's envelope, in a process that holds the key; None for one that was tampered with."""
    try:
        return ctx.keys.unseal(keeper, envelope)
    except ValueError:  # the fallback and the incident follow
        return None


def reveal_seed(ctx: Ctx, number: str, *, keeper: str, seed: str) -> Pool:
    """A keeper reveals its seed; the draw follows by itself. Saying it again changes nothing.

    seed: hexadecimal, as the keeper took it out of its envelope. Raises PoolNotFrozen, SourceNotNamed, SeedWrong,
    NotPermitted for another keeper.
    """
    require_keeper(ctx, keeper)
    pool = _frozen(ctx, number)
    row = queries.commitment_rows(ctx, pool.tender_id).get(keeper)
    if row is None:
        raise SourceNotNamed(number=number, source=rules.NAMES.get(keeper, keeper))
    revealed = fitting_seed(keeper, seed, row.digest)
    if all(entry.source != keeper for entry in queries.entries(ctx, pool.tender_id)):
        _note(ctx, pool, keeper, ctx.keys.encrypt(revealed))
        ctx.record(SeedRevealed(f"tender/{pool.tender_id}", number, keeper))
    return pool


def reveal_held(ctx: Ctx, number: str) -> None:
    """Reveal the seeds of the keepers whose private key this process holds."""
    pool = _frozen(ctx, number)
    for keeper, row in queries.commitment_rows(ctx, pool.tender_id).items():
        seed = unsealed(ctx, keeper, row.envelope) if keeper in ctx.keys.private else None
        if seed is not None and rules.commitment_of(seed) == row.digest:
            reveal_seed(ctx, number, keeper=keeper, seed=seed.hex())


def enter_numbers(ctx: Ctx, number: str, *, source: str, **given: Any) -> Pool:
    """Enter what a public source has drawn; it counts once as many different people as it asks for entered the same.

    given: see the source.
    Raises PoolNotFrozen, SourceNotNamed, EntryUnfit, EntryTooEarly, EntryOther, EntryDoubled.
    """
    ctx.require("share.hand_in")
    pool = _frozen(ctx, number)
    plan = queries.plan(ctx, pool.tender_id)
    if plan is None or source not in plan.sources:
        raise SourceNotNamed(number=number, source=rules.NAMES.get(source, source))
    value = SOURCES[source].read(given, pool.frozen_at, ctx.now, plan.lottery)
    _note(ctx, pool, source, canonical(value).decode())
    ctx.record(NumbersEntered(f"tender/{pool.tender_id}", number, source, value))
    return pool


def _frozen(ctx: Ctx, number: str) -> Pool:
    pool = queries.pool_or_none(ctx, number)
    if pool is None:
        raise PoolNotFrozen(number=number)
    ctx.lock(f"tender/{pool.tender_id}")
    if queries.draw_or_none(ctx, pool.tender_id) is not None:
        raise AlreadyDrawn(number=number)
    return pool


def _note(ctx: Ctx, pool: Pool, source: str, value: str) -> None:
    who = ctx.actor.login_id or ctx.actor.kind
    row = {"tender_id": pool.tender_id, "source": source, "value": value, "entered_by": who}
    ctx.session.add(Entry(id=ctx.new_id(), entered_at=ctx.now, **row))
    ctx.session.flush()
    ctx.promise("tender.award", pool.tender_id, ctx.now)
