"""Sealing: append what was recorded to the tree and sign a head."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, insert, select

from marketplace.audit import queries, rules
from marketplace.audit.models import Leaf, Node, TreeHead
from marketplace.kernel.context import Ctx
from marketplace.kernel.events import EventRow, Unsealed, canonical

_CHUNK = 400


def seal(ctx: Ctx) -> TreeHead | None:
    """Append all events that wait, by event id, as leaves; sign and store a head. Returns the newest head.

    Sealed events of a subject that is not open yet are held back: the size of the tree must not count bids.

    Writes O(log n) rows a leaf. Only the rows that were read are removed from the queue, so an event that
    commits late is taken next time and none is lost.
    """
    ctx.lock("audit.seal")
    ctx.session.flush()
    newest = queries.latest_head(ctx)
    waiting = ctx.session.execute(
        select(EventRow.id, EventRow.leaf)
        .join(Unsealed, Unsealed.event_id == EventRow.id)
        .where(Unsealed.held_for.is_(None))
        .order_by(EventRow.id)
    ).all()
    if not waiting:
        return newest
    size = newest.size if newest else 0
    nodes = _append(ctx, size, [(row.id, row.leaf) for row in waiting])
    for start in range(0, len(waiting), _CHUNK):
        taken = [row.id for row in waiting[start : start + _CHUNK]]
        ctx.session.execute(delete(Unsealed).where(Unsealed.event_id.in_(taken)))
    return _sign(ctx, size + len(waiting), nodes)


def _append(ctx: Ctx, size: int, events: Sequence[tuple[str, str]]) -> rules.NodeAt:
    """Store leaves and the nodes they complete; returns a reader that knows the new ones without asking."""
    fresh: dict[tuple[int, int], bytes] = {}
    stored = queries.node_reader(ctx)

    def node_at(level: int, index: int) -> bytes:
        return fresh.get((level, index)) or stored(level, index)

    for place, (_, leaf) in enumerate(events, start=size):
        for level, index, value in rules.nodes_completed_by(place, bytes.fromhex(leaf), node_at):
            fresh[level, index] = value
    leaves = [{"index": at, "event_id": id, "hash": leaf} for at, (id, leaf) in enumerate(events, start=size)]
    ctx.session.execute(insert(Leaf), leaves)
    nodes = [{"level": at[0], "index": at[1], "hash": value.hex()} for at, value in fresh.items() if at[0]]
    if nodes:
        ctx.session.execute(insert(Node), nodes)
    return node_at


def _sign(ctx: Ctx, size: int, node_at: rules.NodeAt) -> TreeHead:
    root, key = rules.tree_root(node_at, size).hex(), ctx.keys.public_key
    body = queries.head_body(size=size, root=root, at=ctx.now, public_key=key)
    row = TreeHead(size=size, root=root, at=ctx.now, public_key=key, signature=ctx.keys.sign(canonical(body)))
    ctx.session.add(row)
    ctx.session.flush()
    return row
