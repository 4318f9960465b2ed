"""Replay history: recorded tenders through the very same verbs on a simulated clock, compared with their awards."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from marketplace.agencies import service as agencies
from marketplace.agencies.rules import COMMITMENTS
from marketplace.buyers import service as buyers
from marketplace.catalogue import queries as catalogue
from marketplace.identity.rules import PERMISSIONS, make_uscc
from marketplace.integration.ocds import BidRecord, TenderRecord
from marketplace.integration.replay_report import Report, sort_of
from marketplace.integration.replay_ways import DRAWN, REGION, Ways
from marketplace.kernel.clock import SimulatedClock
from marketplace.kernel.context import Ctx, Runtime
from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import yuan
from marketplace.kernel.ports import Actor
from marketplace.rulebook import queries as rulebook
from marketplace.selection import queries as selection
from marketplace.tenders import queries
from marketplace.tenders import service as tenders
from marketplace.tenders.models import Award

BATCH = 100
# By then no line of bids is waited for any more, whatever opening.drain_seconds says.
DRAINED = timedelta(minutes=3)
SERVICE_WORKDAYS = 20


@dataclass
class Replay:
    """One run. clock belongs to runtime; variant: of the method, empty for the rulebook's own."""

    runtime: Runtime
    clock: SimulatedClock
    method: str
    report: Report
    variant: str = ""
    item_code: str = ""
    agencies: dict[str, Actor] = field(default_factory=dict)
    buyers: dict[str, Actor] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    ways: Ways = field(init=False)

    def __post_init__(self) -> None:
        self.ways = Ways(self.runtime, self.clock, self.method, self.variant)

    def play(self, records: Sequence[TenderRecord], progress: Callable[[int], None]) -> None:
        """Play every record, in batches that are open at the same time; progress is told how many are done."""
        with self.runtime.work(write=False) as ctx:
            open_to_all = catalogue.items(mode="conditions", kept=True)
            self.item_code = ctx.session.scalars(open_to_all.limit(1)).one().code
        self.ways.prepare()
        self._agency(BidRecord("spare", "", 0))  # an inquiry draws one that was not named
        for start in range(0, len(records), BATCH):
            batch = records[start : start + BATCH]
            self._play_batch([record for record in batch if self._is_usable(record)])
            progress(len(batch))

    def _is_usable(self, record: TenderRecord) -> bool:
        self.report.tenders += 1
        self.report.currency = self.report.currency or record.currency
        if record.problems:
            self.report.records.append({"ocid": record.ocid, "problems": record.problems})
        if self.method == "direct" and not self._winning(record):
            self.report.without_award.append({"ocid": record.ocid, "why": "nobody to select directly"})
            self.report.undecided["nobody to select directly"] += 1
            return False
        self.report.undecided["no usable bid in the record"] += not record.bids
        return bool(record.bids)

    def _winning(self, record: TenderRecord) -> BidRecord | None:
        """The recorded winner's bid, if it is a usable one."""
        return next((bid for bid in record.bids if bid.tenderer in record.winners and not bid.excluded_because), None)

    def _winners_id(self, record: TenderRecord) -> str | None:
        found = self._winning(record)
        return None if found is None else self._id_of(found)

    def _play_batch(self, batch: list[TenderRecord]) -> None:
        published: dict[str, TenderRecord] = {}
        for record in batch:
            with self._explained(record, ends=True):
                published[self._publish(record)] = record
        self.runtime.settle()  # whoever has to be drawn before the bids is drawn
        for tender_id, record in published.items():
            for bid in [self._winning(record)] if self.method == "direct" else record.bids:
                if bid is None:
                    continue
                with self._explained(record):
                    self._bid(tender_id, record, bid)
        for _ in range(2):  # the second round closes what was extended because too few had come
            self.clock.set(max([self._closes_at(id) for id in published], default=self.clock()) + DRAINED)
            self.runtime.settle(rounds=BATCH)
        for tender_id, record in published.items():
            with self._explained(record):
                self._screen(tender_id, record)
                self.ways.answer(tender_id, self._buyer(record), self._winners_id(record))
        self.ways.wait(list(published))
        for tender_id, record in published.items():
            with self._explained(record):
                self._compare(tender_id, record)

    def _explained(self, record: TenderRecord, *, ends: bool = False) -> "_Explained":
        return _Explained(self.report, record, ends=ends)

    def _publish(self, record: TenderRecord) -> str:
        actor = self._buyer(record)
        ceiling = record.largest_fen
        codes = list(dict.fromkeys(self._uscc(bid) for bid in record.bids))
        more = self.ways.facts(codes, self._winners_id(record))
        with self.runtime.work(actor) as ctx:
            book = rulebook.rules_at(ctx, REGION, ctx.now)
            days = book["posting.signup_min_workdays"] + 1
            made = tenders.draft(
                ctx,
                title=record.title[:200],
                item_code=self.item_code,
                region=REGION,
                content=record.description,
                fund_source="social",
                payer="buyer",
                ceiling_fen=ceiling,
                fixed_price_fen=self._fixed_price(record),
                method=self.method,
                service_workdays=SERVICE_WORKDAYS,
                screening=self.method != "bidding" and any(bid.excluded_because for bid in record.bids),
                **more,
            )
            tenders.publish(ctx, made.id, closes_at=rulebook.add_workdays(ctx, ctx.now, days))
            return made.id

    def _fixed_price(self, record: TenderRecord) -> int | None:
        """A random draw decides between equals: everybody offers the ceiling."""
        return record.largest_fen if self.method in DRAWN else None

    def _bid(self, tender_id: str, record: TenderRecord, bid: BidRecord) -> None:
        price = self._fixed_price(record) or bid.amount_fen
        with self.runtime.work(self._agency(bid)) as ctx:
            tenders.place_bid(ctx, tender_id, price_fen=price, days=SERVICE_WORKDAYS)
        self.report.bids += 1

    def _closes_at(self, tender_id: str) -> datetime:
        with self.runtime.work(write=False) as ctx:
            closes_at = queries.tender(ctx, tender_id).closes_at
            assert closes_at is not None
            return closes_at

    def _screen(self, tender_id: str, record: TenderRecord) -> None:
        """Exclude what the record calls disqualified, for the recorded reason, then award."""
        excluded = {self._id_of(bid): bid.excluded_because for bid in record.bids if bid.excluded_because}
        with self.runtime.work(write=False) as ctx:
            waits = queries.tender(ctx, tender_id).stage == "opened"
        if not excluded or not waits:
            return
        with self.runtime.work(self._buyer(record)) as ctx:
            for offer in queries.offers(ctx, tender_id):
                reason = excluded.get(str(offer.agency_id))
                if reason and offer.status == "valid":
                    tenders.exclude_offer(ctx, offer.id, reason=reason)
        with self.runtime.work(self._buyer(record)) as ctx:
            tenders.award(ctx, tender_id)
        self.runtime.settle()

    def _compare(self, tender_id: str, record: TenderRecord) -> None:
        with self.runtime.work(write=False) as ctx:
            award = queries.live_award(ctx, tender_id)
            ours = None if award is None else self._tenderer_of(award.agency_id)
            self._count_chance(ctx, tender_id, award)
        if award is None or ours is None or not record.winners:
            if record.winners or ours is not None:
                words = "the record has no award" if ours else "nobody was left to award to"
                self.report.without_award.append({"ocid": record.ocid, "why": words})
            self.report.awarded += bool(record.winners)
            if record.winners:
                self._disagree(record, None, "nobody was left to award to")
            return
        self.report.awarded += 1
        bids = {bid.tenderer: bid.amount_fen for bid in record.bids}
        theirs = next(iter(record.winners))
        if theirs in bids:
            self.report.compare(award.price_fen, bids[theirs], record.largest_fen)
        if ours in record.winners:
            self.report.agree += 1
        elif bids[ours] == bids.get(theirs):
            self.report.ties += 1
        else:
            self._disagree(record, ours, _why(record, ours, theirs, bids))

    def _count_chance(self, ctx: Ctx, tender_id: str, award: Award | None) -> None:
        """What came of the tender, and whether chance had a say in it."""
        tender = queries.tender(ctx, tender_id)
        if award is None:
            self.report.undecided[sort_of(tender.ended_reason or tender.stage)] += 1
            return
        self.report.decided += 1
        if selection.draw_or_none(ctx, tender_id) is not None:
            valid = [offer.price_fen for offer in queries.offers(ctx, tender_id) if offer.status == "valid"]
            self.report.drawn += 1
            self.report.tied_first += valid.count(award.price_fen) > 1

    def _disagree(self, record: TenderRecord, ours: str | None, why: str) -> None:
        theirs = ",".join(sorted(record.winners))
        self.report.disagree.append({"ocid": record.ocid, "ours": ours or "", "theirs": theirs, "why": why})

    def _tenderer_of(self, agency_id: str) -> str:
        return next(tenderer for tenderer, actor in self.agencies.items() if actor.organisation_id == agency_id)

    def _uscc(self, bid: BidRecord) -> str:
        self._agency(bid)
        return make_uscc(f"agency {bid.tenderer}")

    def _id_of(self, bid: BidRecord) -> str:
        return str(self._agency(bid).organisation_id)

    def _agency(self, bid: BidRecord) -> Actor:
        if bid.tenderer not in self.agencies:
            with self.runtime.work() as ctx:
                made = agencies.apply(
                    ctx,
                    name=f"{bid.name[:80]} ({bid.tenderer[:20]})",
                    uscc=make_uscc(f"agency {bid.tenderer}"),
                    entity_type="legal_person",
                    region=REGION,
                    legal_representative="历史数据",
                    contact="历史数据",
                    phone="13900000000",
                    scopes=[self.item_code],
                    commitments=list(COMMITMENTS),
                )
                self.agencies[bid.tenderer] = _actor(made.id, made.name, "agency")
        return self.agencies[bid.tenderer]

    def _buyer(self, record: TenderRecord) -> Actor:
        if record.buyer not in self.buyers:
            with self.runtime.work() as ctx:
                made = buyers.register(
                    ctx,
                    kind="enterprise",
                    name=f"{record.buyer_name[:80]} ({record.buyer[:20]})",
                    uscc=make_uscc(f"buyer {record.buyer}"),
                    region=REGION,
                    contact="历史数据",
                    phone="13900000000",
                )
                self.buyers[record.buyer] = _actor(made.id, made.name, "buyer")
        return self.buyers[record.buyer]


class _Explained:
    """A refusal is written beside the record and the run goes on."""

    def __init__(self, report: Report, record: TenderRecord, *, ends: bool = False) -> None:
        self._report, self._record, self._ends = report, record, ends

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> bool:
        if not isinstance(error, DomainError):
            return False
        self._report.records.append({"ocid": self._record.ocid, "problems": [str(error)]})
        self._report.undecided[sort_of(error.code)] += self._ends
        return True


def _actor(organisation_id: str, name: str, role: str) -> Actor:
    return Actor(None, name, organisation_id, name, frozenset({role}), PERMISSIONS[role])


def _why(record: TenderRecord, ours: str, theirs: str, bids: dict[str, int]) -> str:
    if theirs not in bids:
        return f"the record awards to {theirs}, who has no usable bid in it"
    excluded = {bid.tenderer: bid.excluded_because for bid in record.bids if bid.excluded_because}
    if theirs in excluded:
        return f"the record awards to {theirs} although it says: {excluded[theirs]}"
    order = "lower" if bids[ours] < bids[theirs] else "higher"
    return (
        f"{ours} bid {yuan(bids[ours])}, {order} than the awarded {yuan(bids[theirs])}, and the record names no reason"
    )
