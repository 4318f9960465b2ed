"""Records of outside sources: checked row by row, tried without entering, entered once."""

import hashlib
from dataclasses import dataclass

from marketplace.agencies import queries as agencies
from marketplace.credit import queries, rules
from marketplace.credit.errors import FeedUnknown
from marketplace.credit.events import FeedImported
from marketplace.credit.ports import FeedProblem, FeedRecord
from marketplace.credit.service import record_incident
from marketplace.kernel.clock import at_shanghai
from marketplace.kernel.context import Ctx


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did, or would do. known: records entered before; problems: rows left out, each with its reason."""

    recorded: int
    known: int
    problems: tuple[FeedProblem, ...]
    dry_run: bool


def import_feed(ctx: Ctx, *, feed: str, content: bytes, dry_run: bool = True) -> ImportReport:
    """Enter the records of an outside source; rows with a problem are left out and reported.

    dry_run: check every row, enter none. Importing the same file again enters nothing twice.
    Raises FeedUnknown, FeedUnreadable.
    """
    ctx.require("credit.write")
    source = ctx.plugins["credit_feeds"].get(feed)
    if source is None:
        raise FeedUnknown(name=feed)
    read = source.read(content)
    problems = list(read.problems)
    sound = []
    for record in read.records:
        problem = _problem(ctx, record)
        if problem is None:
            sound.append(record)
        else:
            problems.append(problem)
    # A fact that stands twice in the file, or was entered before, is entered once.
    fresh = {_key(ctx, record): record for record in sound if not _known(ctx, record)}
    known = len(sound) - len(fresh)
    report = ImportReport(len(fresh), known, tuple(sorted(problems, key=lambda problem: problem.row)), dry_run)
    if not dry_run:
        _enter_all(ctx, feed, list(fresh.values()), report, hashlib.sha256(content).hexdigest())
    return report


def _reference(record: FeedRecord) -> str:
    return f"{record.authority} {record.reference}"[:120]


def _key(ctx: Ctx, record: FeedRecord) -> tuple[str, str, str]:
    return agencies.by_uscc(ctx, record.uscc).id, record.kind, _reference(record)


def _known(ctx: Ctx, record: FeedRecord) -> bool:
    agency_id, kind, reference = _key(ctx, record)
    return queries.entry_of(ctx, agency_id, kind, reference) is not None


def _problem(ctx: Ctx, record: FeedRecord) -> FeedProblem | None:
    if agencies.find_by_uscc(ctx, record.uscc) is None:
        return FeedProblem(record.row, "统一社会信用代码", "没有找到该机构")
    if record.kind not in rules.DEDUCT + rules.ADD:
        return FeedProblem(record.row, "类别", "评分规则中没有这一类别")
    if at_shanghai(record.decided_on) > ctx.now:
        return FeedProblem(record.row, "认定日期", "认定日期晚于今天，未认定的事实不计分")
    return None


def _enter_all(ctx: Ctx, feed: str, records: list[FeedRecord], report: ImportReport, sha256: str) -> None:
    for record in records:
        record_incident(
            ctx,
            agency_id=agencies.by_uscc(ctx, record.uscc).id,
            kind=record.kind,
            reference=_reference(record),
            decided_at=at_shanghai(record.decided_on),
            note=record.note,
        )
    ctx.record(
        FeedImported(
            subject=f"credit-feed/{feed}",
            feed=feed,
            recorded=report.recorded,
            known=report.known,
            refused=len(report.problems),
            sha256=sha256,
        )
    )
