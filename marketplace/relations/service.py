"""Verbs of relations: add, end, declare, and take over a registry's file."""

import hashlib
from dataclasses import dataclass

from sqlalchemy import update

from marketplace.identity import queries as identity
from marketplace.kernel.clock import shanghai_date
from marketplace.kernel.context import Ctx
from marketplace.kernel.errors import DomainError, NotPermitted
from marketplace.relations import queries, rules
from marketplace.relations.errors import (
    RelationCommitmentMissing,
    RelationFromRegistry,
    RelationNotFound,
    RelationOfItself,
    RelationTwice,
)
from marketplace.relations.events import RelationAdded, RelationEnded, RelationsDeclared, RelationsImported
from marketplace.relations.models import Relation, RelationStatement
from marketplace.relations.rules import Facts, Line

OWN, REGISTRY = "own", "registry"


def add(ctx: Ctx, *, kind: str, name: str, number: str, share: str = "") -> Relation:
    """Enter one relation of the actor's own organisation. share: per cent as text, of a shareholder only.

    Raises NotPermitted, RelationOfItself, RelationTwice, and what `rules.facts_of` raises, each with its field.
    """
    owner = _own(ctx)
    facts = rules.facts_of(kind=kind, name=name, number=number, share=share, today=shanghai_date(ctx.now))
    return _enter(ctx, owner, facts, OWN)


def end(ctx: Ctx, relation_id: str) -> Relation:
    """End one of the own relations. Raises RelationNotFound for somebody else's, RelationFromRegistry, NotPermitted."""
    owner = _own(ctx)
    row = queries.relation(ctx, relation_id)
    if row.organisation_id != owner:
        raise RelationNotFound
    if row.source != OWN:
        raise RelationFromRegistry
    _end(ctx, row)
    return row


def declare(ctx: Ctx, *, committed: bool) -> RelationStatement:
    """Declare under commitment that the own relations are complete, also when there are none.

    Raises RelationCommitmentMissing, NotPermitted.
    """
    owner = _own(ctx)
    if not committed:
        raise RelationCommitmentMissing(field="committed")
    row = queries.statement(ctx, owner)
    by = ctx.actor.login_id or ctx.actor.kind
    if row is None:
        row = RelationStatement(organisation_id=owner, declared_at=ctx.now, declared_by=by)
        ctx.session.add(row)
    row.declared_at, row.declared_by = ctx.now, by
    ctx.session.flush()
    ctx.record(RelationsDeclared(_subject(owner), len(queries.relations(ctx, owner))))
    return row


@dataclass(frozen=True, slots=True)
class RowProblem:
    """A line that cannot be taken over, and why."""

    line: int
    error: DomainError


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did, or would do."""

    organisations: int
    relations: int
    problems: tuple[RowProblem, ...]
    written: bool


def import_file(ctx: Ctx, content: bytes, *, dry_run: bool = True) -> ImportReport:
    """Take over what a registry says of the organisations in a file: it replaces what it said of them before.

    All or nothing: one bad line and nothing is written. dry_run: only check. Raises NotPermitted,
    RelationFileUnreadable.
    """
    ctx.require("relation.import")
    told: dict[str, dict[tuple[str, str], Facts]] = {}
    problems: list[RowProblem] = []
    for line in rules.lines_of(content):
        try:
            _read(ctx, line, told)
        except DomainError as error:
            problems.append(RowProblem(line.number, error))
    write = not dry_run and not problems
    count = sum(len(facts) for facts in told.values())
    if write:
        _replace(ctx, told)
        digest = hashlib.sha256(content).hexdigest()
        ctx.record(RelationsImported("relations/registry", len(told), count, digest))
    return ImportReport(len(told), count, tuple(problems), write)


def _read(ctx: Ctx, line: Line, told: dict[str, dict[tuple[str, str], Facts]]) -> None:
    owners = identity.capacities(ctx, line.uscc)  # the same unit may be here as an agency and as a buyer
    today = shanghai_date(ctx.now)
    facts = rules.facts_of(kind=line.kind, name=line.name, number=line.party, share=line.share, today=today)
    for owner in owners:
        key = _party(ctx, owner, facts)
        if (facts.kind, key) in told.setdefault(owner, {}):
            raise RelationTwice(field="number")
        told[owner][facts.kind, key] = facts


def _replace(ctx: Ctx, told: dict[str, dict[tuple[str, str], Facts]]) -> None:
    for owner, facts in told.items():
        old = update(Relation).where(Relation.organisation_id == owner, Relation.source == REGISTRY)
        old = old.where(Relation.live.is_(True)).values(live=None, ended_at=ctx.now)
        ctx.session.execute(
            old.where(Relation.live.is_(True))
            .values(live=None, ended_at=ctx.now)
            .execution_options(synchronize_session=False)
        )
        kept = {(row.kind, row.party_key) for row in queries.relations(ctx, owner)}
        for party, fact in facts.items():
            if party not in kept:
                _enter(ctx, owner, fact, REGISTRY)


def _party(ctx: Ctx, owner: str, facts: Facts) -> str:
    """The key of the party. Raises RelationOfItself."""
    key = queries.party_key(ctx, facts)
    if key == identity.organisation(ctx, owner).uscc:
        raise RelationOfItself(field="number")
    return key


def _enter(ctx: Ctx, owner: str, facts: Facts, source: str) -> Relation:
    key = _party(ctx, owner, facts)
    if any((known.kind, known.party_key) == (facts.kind, key) for known in queries.relations(ctx, owner)):
        raise RelationTwice(field="number")
    row = Relation(
        id=ctx.new_id(),
        organisation_id=owner,
        kind=facts.kind,
        party_key=key,
        name_sealed=ctx.keys.encrypt(facts.name.encode()),
        share_bp=facts.share_bp,
        source=source,
        live=True,
        added_at=ctx.now,
    )
    ctx.session.add(row)
    ctx.session.flush()
    ctx.record(RelationAdded(_subject(owner), row.id, row.kind, source, row.share_bp))
    return row


def _end(ctx: Ctx, row: Relation) -> None:
    row.live, row.ended_at = None, ctx.now
    ctx.session.flush()
    ctx.record(RelationEnded(_subject(row.organisation_id), row.id, row.kind, row.source))


def _own(ctx: Ctx) -> str:
    ctx.require("relation.declare")
    if ctx.actor.organisation_id is None:
        raise NotPermitted(permission="relation.declare")
    return ctx.actor.organisation_id


def _subject(organisation_id: str) -> str:
    return f"organisation/{organisation_id}"
