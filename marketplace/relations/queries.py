"""Reading relations: one's own, and the links between agencies and a buyer that keep them apart."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import BindParameter, ColumnElement, Select, bindparam, exists, literal, null, or_, select, union_all
from sqlalchemy.orm import aliased

from marketplace.identity.models import Organisation
from marketplace.kernel.context import Ctx
from marketplace.relations import rules
from marketplace.relations.errors import RelationNotFound
from marketplace.relations.models import Relation, RelationStatement
from marketplace.relations.rules import Link

CHUNK = 400


def relation(ctx: Ctx, id: str) -> Relation:
    """One relation that lasts. Raises RelationNotFound."""
    found = ctx.session.get(Relation, id)
    if found is None or not found.live:
        raise RelationNotFound
    return found


def relations(ctx: Ctx, organisation_id: str) -> list[Relation]:
    """The relations of an organisation that last, in the order of entry."""
    wanted = select(Relation).where(Relation.organisation_id == organisation_id, Relation.live.is_(True))
    return list(ctx.session.scalars(wanted.order_by(Relation.id)))


def statement(ctx: Ctx, organisation_id: str) -> RelationStatement | None:
    """When the organisation declared that its relations are complete, or None."""
    return ctx.session.get(RelationStatement, organisation_id)


def undeclared(ctx: Ctx, organisation_ids: Collection[str]) -> set[str]:
    """Those of the organisations that never declared their relations."""
    owner = RelationStatement.organisation_id
    chunks = [list(organisation_ids)[start : start + CHUNK] for start in range(0, len(organisation_ids), CHUNK)]
    known = {id for ids in chunks for id in ctx.session.scalars(select(owner).where(owner.in_(ids)))}
    return set(organisation_ids) - known


def name(ctx: Ctx, row: Relation) -> str:
    """The party's name in plain: for the organisation itself and the operator."""
    return ctx.keys.decrypt(row.name_sealed).decode()


def party_key(ctx: Ctx, facts: rules.Facts) -> str:
    """Under what a party is found: a unit's code, or the keyed index of a person's identity number."""
    return ctx.keys.index("person", facts.number) if facts.person else facts.number


def _common() -> Select[str, str, str, int | None, str, int | None]:
    """Every party that agencies have in common with others: one statement, built once, by index on both sides."""
    mine: BindParameter[str] = bindparam("ids", expanding=True)
    theirs: BindParameter[str] = bindparam("others", expanding=True)
    a, b, firm, other = aliased(Relation), aliased(Relation), aliased(Organisation), aliased(Organisation)
    itself, nothing = literal(rules.SELF), null()
    shared = (
        select(a.organisation_id, b.organisation_id, a.kind, a.share_bp, b.kind, b.share_bp)
        .join(b, b.party_key == a.party_key)
        .where(a.live.is_(True), b.live.is_(True), a.organisation_id.in_(mine), b.organisation_id.in_(theirs))
    )
    named = (
        select(a.organisation_id, other.id, a.kind, a.share_bp, itself, nothing)
        .join(other, other.uscc == a.party_key)
        .where(a.live.is_(True), a.organisation_id.in_(mine), other.id.in_(theirs))
    )
    naming = (
        select(firm.id, b.organisation_id, itself, nothing, b.kind, b.share_bp)
        .join(b, b.party_key == firm.uscc)
        .where(b.live.is_(True), firm.id.in_(mine), b.organisation_id.in_(theirs))
    )
    same = (
        select(firm.id, other.id, itself, nothing, itself, nothing)
        .join(other, other.uscc == firm.uscc)
        .where(firm.id.in_(mine), other.id.in_(theirs))
    )
    return union_all(shared, named, naming, same)  # type: ignore[return-value]


_COMMON = _common()


def links(ctx: Ctx, agency_ids: Iterable[str], others: Iterable[str]) -> dict[tuple[str, str], list[Link]]:
    """What each agency has in common with each of the others: by (agency, other), only where there is something."""
    asked, with_whom = list(agency_ids), list(others)
    found: dict[tuple[str, str], list[Link]] = defaultdict(list)
    for start in range(0, len(asked), CHUNK):
        rows = ctx.session.execute(_COMMON, {"ids": asked[start : start + CHUNK], "others": with_whom})
        for agency, other, kind, share, other_kind, other_share in rows:
            found[agency, other].append(Link(kind, share, other_kind, other_share))
    return dict(found)


def are_linked(
    agency: ColumnElement[str], uscc: ColumnElement[str], others: Sequence[ColumnElement[str | None]]
) -> ColumnElement[bool]:
    """In a statement: whether the agency has anything in common with any of the others, of whatever kind.

    uscc: of the agency's organisation. What it is, `links` says.
    """
    mine, theirs, other = aliased(Relation), aliased(Relation), aliased(Organisation)
    own = (mine.organisation_id == agency, mine.live.is_(True))
    of_others = (theirs.organisation_id.in_(others), theirs.live.is_(True))
    return or_(
        exists().where(other.id.in_(others), other.uscc == uscc),
        exists().where(*own, mine.party_key == other.uscc, other.id.in_(others)),
        exists().where(*of_others, theirs.party_key == uscc),
        exists().where(*own, mine.party_key == theirs.party_key, *of_others),
    )


def has_declared(organisation: ColumnElement[str]) -> ColumnElement[bool]:
    """In a statement: whether the organisation ever declared its relations."""
    return exists().where(RelationStatement.organisation_id == organisation)
