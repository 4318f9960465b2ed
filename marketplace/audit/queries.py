"""Reading the log: heads, proofs, public trails, and the full check of everything that was sealed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import aliased

from marketplace.audit import rules
from marketplace.audit.errors import EventNotFound, EventNotSealed, HeadNotFound, SizesReversed
from marketplace.audit.models import Leaf, Node, TreeHead
from marketplace.kernel.context import Ctx
from marketplace.kernel.events import EventRow, Unsealed, canonical, leaf_hash
from marketplace.kernel.keys import verify
from marketplace.kernel.ports import Actor

# An event of this type opens the sealed events of its subject.
OPENING_TYPE = "tender.bids.opened"
READ_ALL = "audit.read"


@dataclass(frozen=True, slots=True)
class Trace:
    """One step of a public trail."""

    id: str
    at: datetime
    type: str
    actor: str
    organisation: str | None
    leaf: str
    data: Mapping[str, Any]


def node_reader(ctx: Ctx) -> rules.NodeAt:
    """Hashes of complete subtrees by (level, index), one read each; leaves are level 0."""

    def node_at(level: int, index: int) -> bytes:
        if level == 0:
            found = ctx.session.scalar(select(Leaf.hash).where(Leaf.index == index))
        else:
            found = ctx.session.scalar(select(Node.hash).where(Node.level == level, Node.index == index))
        return bytes.fromhex(found or "")

    return node_at


def latest_head(ctx: Ctx) -> TreeHead | None:
    """The newest signed head, None before the first sealing."""
    return ctx.session.scalar(select(TreeHead).order_by(TreeHead.size.desc()).limit(1))


def heads() -> Select[TreeHead]:
    """All signed heads, newest first."""
    return select(TreeHead).order_by(TreeHead.size.desc())


def head(ctx: Ctx, size: int | None = None) -> TreeHead:
    """The head of a size, or the newest. Raises HeadNotFound."""
    found = latest_head(ctx) if size is None else ctx.session.get(TreeHead, size)
    if found is None:
        raise HeadNotFound(size=size or 0)
    return found


def head_body(*, size: int, root: str, at: datetime, public_key: str) -> dict[str, Any]:
    """What the signature of a head covers."""
    return {"at": at.isoformat(), "public_key": public_key, "root": root, "size": size}


def head_document(row: TreeHead) -> dict[str, Any]:
    """A signed head as the offline verifier reads it."""
    body = head_body(size=row.size, root=row.root, at=row.at, public_key=row.public_key)
    return {**body, "signature": row.signature}


def inclusion(ctx: Ctx, event_id: str) -> dict[str, Any]:
    """Proof that an event is in the newest tree. Raises EventNotFound, EventNotSealed."""
    leaf = ctx.session.scalar(select(Leaf).where(Leaf.event_id == event_id))
    if leaf is None:
        raise EventNotSealed if ctx.session.get(EventRow, event_id) else EventNotFound
    return _proof(ctx, leaf)


def inclusion_of_leaf(ctx: Ctx, leaf_hex: str) -> dict[str, Any]:
    """Proof that a leaf hash (hex) is in the newest tree. Raises EventNotFound, EventNotSealed."""
    leaf = ctx.session.scalar(select(Leaf).where(Leaf.hash == leaf_hex.lower()).limit(1))
    if leaf is None:
        waiting = ctx.session.scalar(select(EventRow.id).where(EventRow.leaf == leaf_hex.lower()).limit(1))
        raise EventNotSealed if waiting else EventNotFound
    return _proof(ctx, leaf)


def _proof(ctx: Ctx, leaf: Leaf) -> dict[str, Any]:
    newest = head(ctx)
    path = rules.inclusion_path(node_reader(ctx), leaf.index, newest.size)
    return {
        "inclusion": {
            "leaf": leaf.hash,
            "index": leaf.index,
            "size": newest.size,
            "path": [step.hex() for step in path],
            "root": newest.root,
        },
        "head": head_document(newest),
    }


def consistency(ctx: Ctx, first: int, second: int) -> dict[str, Any]:
    """Proof between two signed heads by their sizes. Raises SizesReversed, HeadNotFound."""
    if not 0 < first <= second:
        raise SizesReversed(field="first")
    older, newer = head(ctx, first), head(ctx, second)
    path = rules.consistency_path(node_reader(ctx), first, second)
    return {
        "first": head_document(older),
        "second": head_document(newer),
        "path": [step.hex() for step in path],
    }


def is_open(ctx: Ctx, row: EventRow) -> bool:
    """Whether the content of an event may be shown: not sealed, or its subject has been opened."""
    if not row.sealed:
        return True
    opening = select(EventRow.id).where(EventRow.subject == row.subject, EventRow.type == OPENING_TYPE).limit(1)
    return ctx.session.scalar(opening) is not None


def event(ctx: Ctx, event_id: str, viewer: Actor) -> dict[str, Any]:
    """An event with its leaf and, once sealed, its proof; content only where the viewer may see it.

    A sealed event shows nothing but its leaf until its subject is opened. Raises EventNotFound.
    """
    row = ctx.session.get(EventRow, event_id)
    if row is None:
        raise EventNotFound
    shown = is_open(ctx, row) and may_see(row, viewer)
    known = ctx.session.scalar(select(Leaf).where(Leaf.event_id == event_id))
    proof = _proof(ctx, known) if known else {"inclusion": None, "head": None}
    return {"id": row.id, "leaf": row.leaf, "event": json.loads(row.body) if shown else None, **proof}


def may_see(row: EventRow, viewer: Actor) -> bool:
    """Public events are everybody's; the others belong to the acting organisation and to auditors."""
    own = row.organisation is not None and row.organisation == viewer.organisation_id
    return row.public or own or viewer.may(READ_ALL)


def trail(ctx: Ctx, subject: str, viewer: Actor, *, opened: bool = False) -> list[Trace]:
    """What happened to a subject ("tender/<id>"), oldest first, as far as the viewer may see it.

    opened: the caller's word that the subject was opened; without it no sealed event is listed, for nobody.
    """
    wanted = select(EventRow).where(EventRow.subject == subject).order_by(EventRow.id)
    if not opened:
        wanted = wanted.where(EventRow.sealed.is_(False))
    if not viewer.may(READ_ALL):
        wanted = wanted.where(or_(EventRow.public.is_(True), EventRow.organisation == (viewer.organisation_id or "")))
    return [_trace(row) for row in ctx.session.scalars(wanted)]


def _trace(row: EventRow) -> Trace:
    data = json.loads(row.body)["data"]
    return Trace(row.id, row.at, row.type, row.actor, row.organisation, row.leaf, data)


def published(ctx: Ctx) -> Iterator[dict[str, Any]]:
    """Every leaf in order, with the content of public events that are open: the log as anybody may copy it."""
    opening = aliased(EventRow)
    opened = select(opening.subject).where(opening.type == OPENING_TYPE)
    shown = or_(EventRow.sealed.is_(False), EventRow.subject.in_(opened))
    rows = select(Leaf.index, Leaf.event_id, Leaf.hash, EventRow.body, EventRow.public, shown).join(
        EventRow, EventRow.id == Leaf.event_id
    )
    for index, event_id, leaf, body, public, is_shown in ctx.session.execute(rows.order_by(Leaf.index)):
        content = json.loads(body) if public and is_shown else None
        yield {"index": index, "id": event_id, "leaf": leaf, "event": content}


def problems(ctx: Ctx) -> list[str]:
    """Everything that does not add up between events, leaves, nodes, heads and signatures; empty when all holds."""
    return [*_event_problems(ctx), *_tree_problems(ctx)]


def _event_problems(ctx: Ctx) -> Iterator[str]:
    """Edited events, and events that are neither sealed nor waiting."""
    rows: Any = (
        select(EventRow, Leaf.hash, Unsealed.event_id)
        .outerjoin(Leaf, Leaf.event_id == EventRow.id)
        .outerjoin(Unsealed, Unsealed.event_id == EventRow.id)
        .order_by(EventRow.id)
        .execution_options(yield_per=500)
    )
    for row, sealed, waiting in ctx.session.execute(rows):
        if leaf_hash(row.body.encode()) != row.leaf or not _same_columns(row):
            yield f"事件 {row.id} 的内容被改动"
        if sealed is None and waiting is None:
            yield f"事件 {row.id} 从未封存，也不在待封存之列"
        if sealed is not None and sealed != row.leaf:
            yield f"事件 {row.id} 与它的叶子不符"


def _same_columns(row: EventRow) -> bool:
    body = json.loads(row.body)
    names = ("id", "subject", "type", "actor", "organisation")
    return body["at"] == row.at.isoformat() and all(body[name] == getattr(row, name) for name in names)


def _tree_problems(ctx: Ctx) -> Iterator[str]:
    """Rebuild the tree leaf by leaf; compare stored nodes and every signed head on the way."""
    stored = {(node.level, node.index): node.hash for node in ctx.session.scalars(select(Node))}
    signed = {row.size: row for row in ctx.session.scalars(select(TreeHead))}
    known: dict[tuple[int, int], bytes] = {}
    rows: Any = select(Leaf, EventRow.id).outerjoin(EventRow, EventRow.id == Leaf.event_id)
    for size, (leaf, event_id) in enumerate(ctx.session.execute(rows.order_by(Leaf.index)), start=1):
        if leaf.index != size - 1:
            yield f"叶子 {size - 1} 缺失"
            return
        if event_id is None:
            yield f"事件 {leaf.event_id} 被删除"
        for level, index, value in rules.nodes_completed_by(leaf.index, bytes.fromhex(leaf.hash), _reader(known)):
            known[level, index] = value
            if level and stored.pop((level, index), None) != value.hex():
                yield f"节点 {level}/{index} 的散列不符"
        if size in signed:
            yield from _head_problems(ctx, signed.pop(size), _reader(known))
    yield from (f"树头 {missing} 大于日志" for missing in sorted(signed))
    yield from (f"节点 {level}/{index} 不应存在" for level, index in sorted(stored))


def _reader(known: Mapping[tuple[int, int], bytes]) -> Callable[[int, int], bytes]:
    return lambda level, index: known[level, index]


def _head_problems(ctx: Ctx, row: TreeHead, node_at: rules.NodeAt) -> Iterator[str]:
    if rules.tree_root(node_at, row.size).hex() != row.root:
        yield f"树头 {row.size} 的根与日志不符"
    body = head_body(size=row.size, root=row.root, at=row.at, public_key=row.public_key)
    if row.public_key != ctx.keys.public_key or not verify(row.public_key, canonical(body), row.signature):
        yield f"树头 {row.size} 的签名无效"
