"""Reading reviews, entries, grades and appeals."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, func, select, union

from marketplace.agencies.models import Agency, ServiceScope
from marketplace.contracts import queries as contracts
from marketplace.contracts.errors import ContractNotFound
from marketplace.contracts.models import Contract, Milestone
from marketplace.credit.errors import (
    AlreadyReviewed,
    AppealNotFound,
    EntryNotFound,
    ReviewNotFound,
    ReviewNotOpen,
    ReviewWindowClosed,
)
from marketplace.credit.models import Appeal, Grade, Review, ScoreEntry, Silence
from marketplace.credit.rules import COUNTED, Facts, Incident, Marks
from marketplace.kernel.context import Ctx

_ABOUT = {"contract": Contract.id, "milestone": Milestone.id, "review": Review.id}
RANKING_KEY = (Agency.score_points, Agency.id)
GRADE_KEY = (Grade.seq,)


@dataclass(frozen=True, slots=True)
class Figures:
    """Public statistics of reviewing: written, silent and blocked ones."""

    written: int
    silent: int
    blocked: int

    @property
    def silent_percent(self) -> int:
        """Share of contracts whose buyer did not rate, in whole percent."""
        whole = self.written + self.silent
        return self.silent * 100 // whole if whole else 0


def review(ctx: Ctx, id: str) -> Review:
    """One review. Raises ReviewNotFound."""
    found = ctx.session.get(Review, id)
    if found is None:
        raise ReviewNotFound
    return found


def sources(ctx: Ctx, references: Iterable[str]) -> dict[str, Contract]:
    """The contract behind each reference like contract/…, milestone/… or review/…; others are left out."""
    found: dict[str, Contract] = {}
    for kind, key in _ABOUT.items():
        ids = {text.partition("/")[2] for text in references if text.startswith(f"{kind}/")}
        rows = select(key, Contract).where(key.in_(ids))
        if kind != "contract":
            rows = rows.join(Contract, Contract.id == key.class_.contract_id)
        found |= {f"{kind}/{id}": contract for id, contract in ctx.session.execute(rows)} if ids else {}
    return found


def review_of(ctx: Ctx, contract_id: str) -> Review | None:
    """The review of a contract, if it was written."""
    return ctx.session.scalar(select(Review).where(Review.contract_id == contract_id))


def reviewable(ctx: Ctx, contract_id: str) -> Contract:
    """A finished contract of the actor's that may be rated now.

    Raises ContractNotFound, ReviewNotOpen, AlreadyReviewed, ReviewWindowClosed.
    """
    contract = contracts.contract(ctx, contract_id)
    if contract.buyer_id != ctx.actor.organisation_id:
        raise ContractNotFound
    if contract.status != "complete" or contract.review_due_at is None:
        raise ReviewNotOpen
    if review_of(ctx, contract_id) is not None:
        raise AlreadyReviewed
    if ctx.now >= contract.review_due_at:
        raise ReviewWindowClosed
    return contract


def own_review(ctx: Ctx, id: str) -> Review:
    """A review of the actor's own agency. Raises ReviewNotFound for anybody else's, as if it were not there."""
    found = review(ctx, id)
    if found.agency_id != ctx.actor.organisation_id:
        raise ReviewNotFound
    return found


def entry(ctx: Ctx, id: str) -> ScoreEntry:
    """One entry. Raises EntryNotFound."""
    found = ctx.session.get(ScoreEntry, id)
    if found is None:
        raise EntryNotFound
    return found


def own_entry(ctx: Ctx, id: str) -> ScoreEntry:
    """An entry of the actor's own agency. Raises EntryNotFound."""
    found = entry(ctx, id)
    if found.agency_id != ctx.actor.organisation_id:
        raise EntryNotFound
    return found


def entry_of(ctx: Ctx, agency_id: str, kind: str, reference: str) -> ScoreEntry | None:
    """The entry of one fact, if it was recorded."""
    return ctx.session.scalar(
        select(ScoreEntry).where(
            ScoreEntry.agency_id == agency_id, ScoreEntry.kind == kind, ScoreEntry.reference == reference
        )
    )


def appeal(ctx: Ctx, id: str) -> Appeal:
    """One appeal. Raises AppealNotFound."""
    found = ctx.session.get(Appeal, id)
    if found is None:
        raise AppealNotFound
    return found


def appeal_of(ctx: Ctx, subject: str, subject_id: str) -> Appeal | None:
    """The appeal against an entry or a review, if there is one."""
    return ctx.session.scalar(select(Appeal).where(Appeal.subject == subject, Appeal.subject_id == subject_id))


def contested(ctx: Ctx, found: Appeal) -> Review | ScoreEntry:
    """What an appeal is about."""
    return review(ctx, found.subject_id) if found.subject == "review" else entry(ctx, found.subject_id)


def facts_of(ctx: Ctx, agency_id: str) -> Facts:
    """Everything that an agency's score depends on."""
    reviews = ctx.session.scalars(select(Review).where(Review.agency_id == agency_id, Review.state == COUNTED))
    incidents = ctx.session.scalars(select(ScoreEntry).where(ScoreEntry.agency_id == agency_id))
    return Facts(
        tuple(Marks(f"review/{row.id}", row.marks, row.written_at) for row in reviews),
        tuple(Incident(row.reference, row.kind, row.points, row.decided_at, row.state) for row in incidents),
    )


def grade_of(ctx: Ctx, agency_id: str) -> Grade | None:
    """The present grade; None for an agency that was never graded."""
    return ctx.session.scalar(select(Grade).where(Grade.agency_id == agency_id).order_by(Grade.seq.desc()).limit(1))


def grades(agency_id: str) -> Select[Grade]:
    """The history of an agency's grades; key (seq,)."""
    return select(Grade).where(Grade.agency_id == agency_id)


def entries(agency_id: str) -> Select[ScoreEntry]:
    """The decided facts of an agency; key (id,)."""
    return select(ScoreEntry).where(ScoreEntry.agency_id == agency_id)


def ratings(agency_id: str | None = None, buyer_id: str | None = None) -> Select[Review]:
    """Reviews, of everybody or of one side; key (id,)."""
    wanted = select(Review)
    if agency_id is not None:
        wanted = wanted.where(Review.agency_id == agency_id)
    return wanted if buyer_id is None else wanted.where(Review.buyer_id == buyer_id)


def open_appeals() -> Select[Appeal]:
    """Appeals that wait for a decision; key (due_at, id)."""
    return select(Appeal).where(Appeal.status == "pending")


def appeals(agency_id: str) -> Select[Appeal]:
    """The appeals of an agency; key (id,)."""
    return select(Appeal).where(Appeal.agency_id == agency_id)


def ranking(item_code: str | None = None) -> Select[Agency]:
    """Graded agencies in good standing, best first; key (score_points, id), descending."""
    wanted = select(Agency).where(Agency.standing == "active", Agency.score_points.is_not(None))
    if item_code is None:
        return wanted
    return wanted.where(Agency.id.in_(select(ServiceScope.agency_id).where(ServiceScope.item_code == item_code)))


def graded_agencies(ctx: Ctx) -> Sequence[str]:
    """Ids of agencies with anything to score, in order."""
    known = union(select(Review.agency_id), select(ScoreEntry.agency_id)).subquery()
    return ctx.session.scalars(select(known.c.agency_id).order_by(known.c.agency_id)).all()


def figures(ctx: Ctx, agency_id: str | None = None) -> Figures:
    """How reviewing goes, in the market or at one agency."""
    written = select(func.count()).select_from(Review)
    silent = select(func.count()).select_from(Silence)
    if agency_id is not None:
        written, silent = written.where(Review.agency_id == agency_id), silent.where(Silence.agency_id == agency_id)
    return Figures(
        ctx.session.scalar(written) or 0,
        ctx.session.scalar(silent) or 0,
        ctx.session.scalar(written.where(Review.blocked_at.is_not(None))) or 0,
    )


def contracts_of(ctx: Ctx, reviews: Iterable[Review]) -> dict[str, Contract]:
    """The contracts of some reviews: contract id → contract."""
    wanted = {row.contract_id for row in reviews}
    return {row.id: row for row in ctx.session.scalars(select(Contract).where(Contract.id.in_(wanted)))}


def appealed(ctx: Ctx, agency_id: str) -> dict[str, Appeal]:
    """The appeals of an agency by what they contest."""
    return {row.subject_id: row for row in ctx.session.scalars(appeals(agency_id))}


def agency_names(ctx: Ctx, ids: Iterable[str]) -> dict[str, str]:
    """Agency id → name."""
    found = ctx.session.execute(select(Agency.id, Agency.name).where(Agency.id.in_(set(ids))))
    return {row.id: row.name for row in found}
