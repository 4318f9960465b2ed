"""Why an agency may not bid in a tender: asked before bidding, at bidding, and for all bidders at closing."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain, product

from sqlalchemy import bindparam, select

from marketplace.agencies.models import Agency
from marketplace.agencies.queries import fitness
from marketplace.agencies.rules import Bar
from marketplace.catalogue import queries as catalogue
from marketplace.identity import queries as identity
from marketplace.identity.models import Organisation
from marketplace.kernel.context import Ctx
from marketplace.kernel.errors import DomainError
from marketplace.relations import queries as relations
from marketplace.relations import rules as closeness
from marketplace.rulebook import queries as rulebook
from marketplace.rulebook.rules import Rules
from marketplace.tenders.models import Tender
from marketplace.tenders.queries.asking import invitations

CHUNK = 400
MOST = 1000
AUTO, LEAST, FIRST = (
    "posting.avoidance_auto",
    "posting.avoidance_shareholder_pct",
    "posting.avoidance_declared_first",
)

_CODES = select(Agency.id, Agency.uscc).where(
    Agency.id.in_(bindparam("ids", expanding=True)), Agency.uscc.in_(bindparam("codes", expanding=True))
)

AVOID = {
    closeness.SAME: "贵机构与{party}为同一法人，或者法定代表人相同",
    closeness.EXECUTIVE: "贵机构与{party}有共同的负责人或者高级管理人员",
    closeness.SHAREHOLDER: "贵机构与{party}存在持股关系，或者有共同股东，比例达到{pct}%",
    closeness.AFFILIATED: "贵机构与{party}存在主管、隶属或者控股关系",
    closeness.OWNED: "贵机构由本项目的审批部门（{party}）所属、主管或者举办",
}
NAMED_REMEDY = "对回避理由有异议的，可向项目业主反映"
AVOID_REMEDY = "关系已经变化的，请在“关联关系”中更新；登记机关数据有误的，请联系运营机构更正"
# Which rule a bar applies, where the agencies' own rules do not say it.
RULE_OF = {
    "agency.left": "exit.voluntary_reentry_anytime",
    "agency.expelled": "exit.reentry_years.other",
    "agency.suspended": "exit.reach",
    "agency.qualification_expired": "certificate.expired_action",
    "tender.not_invited": "threshold.direct_max_yuan",
}


def rules_for(ctx: Ctx, found: Tender) -> Rules:
    """The rules that the tender was born under; for a draft those in force now."""
    if found.ruleset_id:
        return rulebook.rules_of(ctx, found.ruleset_id)
    return rulebook.rules_at(ctx, found.region, ctx.now)


def authorities(ctx: Ctx) -> list[tuple[str, str]]:
    """Departments that may approve what a service is for, as (id, name)."""
    found = ctx.session.scalars(identity.organisations("department").order_by(Organisation.name).limit(MOST))
    return [(row.id, row.name) for row in found]


def eligibility(ctx: Ctx, found: Tender, agency_id: str) -> list[Bar]:
    """Every reason why the agency may not bid in this tender; empty means that it may. Raises AgencyNotFound."""
    return eligibility_many(ctx, found, [agency_id])[agency_id]


def eligibility_many(ctx: Ctx, found: Tender, agency_ids: Iterable[str]) -> dict[str, list[Bar]]:
    """The same for many agencies: the bars of each by its id. Raises AgencyNotFound."""
    return eligibility_of(ctx, [(found, agency_ids)])[0]


def eligibility_of(ctx: Ctx, asked: Iterable[tuple[Tender, Iterable[str]]]) -> list[dict[str, list[Bar]]]:
    """The same for several tenders, each with its agencies, by a few statements for all. Raises AgencyNotFound.

    Source: rulebook posting.avoidance_auto, posting.avoidance_shareholder_pct, posting.avoidance_declared_first.
    """
    cases = [Case(place, found, list(dict.fromkeys(ids))) for place, (found, ids) in enumerate(asked)]
    bars = _unfit(ctx, cases)
    for guard in (_declared, _close, _silent, _uninvited, _not_on_list):
        for place, id, bar in guard(ctx, cases):
            bars[place][id].append(bar)
    return bars


@dataclass(frozen=True, slots=True)
class Case:
    """One tender and the agencies about which is asked. place: among the tenders that are asked about together."""

    place: int
    tender: Tender
    ids: list[str]


Named = Iterator[tuple[int, str, Bar]]


def _all(cases: Iterable[Case]) -> list[str]:
    return list(dict.fromkeys(id for case in cases for id in case.ids))


def _unfit(ctx: Ctx, cases: list[Case]) -> list[dict[str, list[Bar]]]:
    """What the agencies' own rules say: asked once for all tenders of one item that close at one instant."""
    alike: dict[tuple[str, datetime], list[Case]] = defaultdict(list)
    for case in cases:
        alike[case.tender.item_code, case.tender.closes_at or ctx.now].append(case)
    bars: list[dict[str, list[Bar]]] = [{} for _ in cases]
    for (item_code, at), some in alike.items():
        known = fitness.bars_many(ctx, _all(some), item_code, at)
        for case in some:
            bars[case.place] = {id: list(known[id]) for id in case.ids}
    return bars


def _declared(ctx: Ctx, cases: list[Case]) -> Named:
    """Those that the notice itself names; nothing is asked when none names anybody."""
    naming = [case for case in cases if case.tender.avoidances]
    codes = {avoided["uscc"] for case in naming for avoided in case.tender.avoidances}
    named: dict[str, str] = {}
    asked = _all(naming)
    for start in range(0, len(asked), CHUNK):
        known = {"ids": asked[start : start + CHUNK], "codes": list(codes)}
        named |= {row.id: row.uscc for row in ctx.session.execute(_CODES, known)}
    for case in naming:
        reasons = {avoided["uscc"]: avoided["reason"] for avoided in case.tender.avoidances}
        for id in case.ids:
            if named.get(id) in reasons:
                text, facts = "公告列明须回避：{reason}", {"reason": reasons[named[id]]}
                yield case.place, id, Bar("tender.avoidance", text, NAMED_REMEDY, facts, AUTO, closeness.ANALOGY)


def _close(ctx: Ctx, cases: list[Case]) -> Named:
    """Those that are too close to the buyer, or to the authority that approves."""
    others = {case.place: _others(case.tender) for case in cases}
    links = relations.links(ctx, _all(cases), dict.fromkeys(chain.from_iterable(others.values())))
    if not links:
        return
    for case in cases:
        book, authority = rules_for(ctx, case.tender), _authority(case.tender)
        for id, other in product(case.ids, others[case.place]):
            found, enforced = links.get((id, other), []), book[AUTO]
            known = {"least_bp": book[LEAST] * 100, "authority": other == authority, "enforced": enforced}
            for cause in closeness.causes(found, **known) if found else ():
                facts = {"party": identity.organisation(ctx, other).name, "pct": str(book[LEAST])}
                basis = closeness.BASIS[cause]
                yield case.place, id, Bar("tender.avoidance", AVOID[cause], AVOID_REMEDY, facts, AUTO, basis)


def _authority(found: Tender) -> str | None:
    return found.buyer_id if found.government_commissioned else found.authority_id


def _others(found: Tender) -> list[str]:
    return [id for id in dict.fromkeys((found.buyer_id, _authority(found))) if id is not None]


def _silent(ctx: Ctx, cases: list[Case]) -> Named:
    """Those that have not declared their relations, where that is demanded."""
    books = {case.place: rules_for(ctx, case.tender) for case in cases}
    demanding = [case for case in cases if FIRST in books[case.place] and books[case.place][FIRST]]
    silent = relations.undeclared(ctx, _all(demanding))
    for case in demanding:
        for id in case.ids:
            if id in silent:
                remedy = "请在“关联关系”中核对并提交申报，提交后立即生效"
                yield case.place, id, Bar("relation.undeclared", "贵机构尚未申报关联关系", remedy, {}, FIRST)


def _uninvited(ctx: Ctx, cases: list[Case]) -> Named:
    remedy = "请查看其他正在报名的公告"
    for case in cases:
        invited = case.tender.direct_agency_id
        for id in case.ids if invited is not None else ():
            if id != invited:
                yield case.place, id, Bar("tender.not_invited", "本项目为直接选取，已指定其他机构", remedy)


def _not_on_list(ctx: Ctx, cases: list[Case]) -> Named:
    """Those that are not invited to an inquiry: one statement for each, and none for other methods."""
    for case in cases:
        if not case.tender.invite_draw:
            continue
        listed = {row.agency_id for row in invitations(ctx, case.tender)}
        for id in case.ids:
            if id not in listed:
                text, remedy = "本项目为询比选取，只接受受邀机构报价", "请查看其他正在报名的公告"
                yield case.place, id, Bar("tender.not_on_list", text, remedy, {}, "inquiry.invited_min")


@dataclass(frozen=True, slots=True)
class Reason:
    """A bar with the rule by name and where it comes from, in both languages; empty where no rule is applied."""

    bar: Bar
    rule: str
    title: str
    title_en: str
    source: str
    source_en: str


def explained(ctx: Ctx, found: Tender, bars: Sequence[Bar]) -> list[Reason]:
    """The bars with rule, title, source and article, as the notice's own version of the rules has them."""
    if not bars:
        return []
    book, item = rules_for(ctx, found), _basis(ctx, found.item_code)
    return [_reason(replace(bar, basis=bar.basis or item.get(bar.code, "")), book) for bar in bars]


def _basis(ctx: Ctx, item_code: str) -> dict[str, str]:
    """The legal basis of the catalogue item stands behind every demand for a scope or a certificate."""
    try:
        basis = catalogue.item(ctx, item_code).basis
    except DomainError:
        return {}
    codes = ("agency.scope_missing", "agency.qualification_missing", "agency.qualification_expired")
    return dict.fromkeys(codes, basis)


def _reason(bar: Bar, book: Rules) -> Reason:
    rule = bar.rule or RULE_OF.get(bar.code, "")
    definition = rulebook.defaults().definitions.get(rule)
    if definition is None or rule not in book:
        return Reason(bar, "", "", "", "", "")
    source = book.entry(rule).source
    words = rulebook.source_text(source), rulebook.source_text(source, english=True)
    return Reason(bar, rule, definition.title, definition.title_en, *words)
