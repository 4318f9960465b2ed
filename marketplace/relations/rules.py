"""What makes two organisations too close, and how a row of a registry's file is read. Pure."""

import csv
import io
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from marketplace.agencies.errors import IdNumberInvalid
from marketplace.agencies.rules import canonical_id_number
from marketplace.identity.errors import UsccInvalid
from marketplace.identity.rules import canonical_uscc
from marketplace.relations.errors import (
    RelationFileUnreadable,
    RelationKindUnknown,
    RelationNameMissing,
    RelationNumberInvalid,
    RelationShareInvalid,
)

KINDS = {
    "legal_person": "法定代表人（负责人、经营者）",
    "executive": "董事、监事、高级管理人员",
    "shareholder": "股东（出资人）",
    "affiliated": "主管、隶属或者控股单位",
}
SELF = "self"
PEOPLE = frozenset({"legal_person", "executive"})
COMMITMENT = "本单位承诺：以上申报真实、完整，发生变化的及时更新；因漏报、瞒报应当回避而未回避的，愿承担相应责任。"
SAME, EXECUTIVE, SHAREHOLDER, AFFILIATED, OWNED = (
    "same_legal_person",
    "executive",
    "shareholder",
    "affiliated_unit",
    "authority_owned",
)
# By the procurement laws' analogy, and the law on approving authorities: what each cause rests on.
ANALOGY = "参照《中华人民共和国招标投标法实施条例》第三十四条（与招标人有利害关系的不得参加）"
BASIS = {
    **dict.fromkeys((SAME, EXECUTIVE, SHAREHOLDER, AFFILIATED), ANALOGY),
    OWNED: "《优化营商环境条例》第四十三条（审批机关所属、主管、举办的单位不得开展与本机关审批相关的中介服务）",
}


@dataclass(frozen=True, slots=True)
class Link:
    """One party that two organisations have in common, seen from both sides; SELF is the organisation itself.

    share_bp and other_share_bp: of shareholders, in hundredths of a per cent.
    """

    kind: str
    share_bp: int | None
    other_kind: str
    other_share_bp: int | None


def cause(link: Link, *, least_bp: int, authority: bool) -> str | None:
    """Why a common party keeps the two apart, or None. authority: the other one is the approving authority.

    least_bp: rulebook posting.avoidance_shareholder_pct in hundredths of a per cent.
    """
    kinds = {link.kind, link.other_kind}
    if kinds in ({SELF}, {"legal_person"}):
        return OWNED if authority and kinds == {SELF} else SAME
    if "affiliated" in kinds:
        return (OWNED if authority and link.kind == "affiliated" else AFFILIATED) if SELF in kinds else None
    if "shareholder" in kinds:
        enough = all(share is None or share >= least_bp for share in (link.share_bp, link.other_share_bp))
        holds = OWNED if authority and link.other_kind == SELF else SHAREHOLDER
        return holds if enough else None
    return EXECUTIVE if kinds <= PEOPLE else None


def causes(links: Collection[Link], *, least_bp: int, authority: bool, enforced: Collection[str]) -> list[str]:
    """Every enforced cause among the links, each once, in the order of BASIS."""
    found = {cause(link, least_bp=least_bp, authority=authority) for link in links}
    return [name for name in BASIS if name in found and name in enforced]


@dataclass(frozen=True, slots=True)
class Facts:
    """One relation as it is declared. number: identity number or unified social credit code, canonical."""

    kind: str
    name: str
    number: str
    person: bool
    share_bp: int | None = None


def facts_of(*, kind: str, name: str, number: str, share: str, today: date) -> Facts:
    """A relation from what was typed. share: per cent as text, only of shareholders.

    Raises, each with its field: RelationKindUnknown, RelationNameMissing, RelationNumberInvalid, RelationShareInvalid.
    """
    if kind not in KINDS:
        raise RelationKindUnknown(field="kind")
    name = " ".join(name.split())
    if not name:
        raise RelationNameMissing(field="name")
    person = kind in PEOPLE or (kind == "shareholder" and _is_person(number, today))
    try:
        canonical = canonical_id_number(number, today) if person else canonical_uscc(number)
    except (IdNumberInvalid, UsccInvalid):
        raise RelationNumberInvalid(field="number", kind=KINDS[kind]) from None
    return Facts(kind, name[:120], canonical, person, _share_bp(kind, share))


def _is_person(number: str, today: date) -> bool:
    try:
        canonical_id_number(number, today)
    except IdNumberInvalid:
        return False
    return True


def _share_bp(kind: str, text: str) -> int | None:
    text = text.strip().removesuffix("%")
    if kind != "shareholder":
        if text:
            raise RelationShareInvalid(field="share")
        return None
    try:
        share = Decimal(text) * 100
    except InvalidOperation:
        raise RelationShareInvalid(field="share") from None
    if not share.is_finite() or share != share.to_integral_value() or not 1 <= share <= 10000:
        raise RelationShareInvalid(field="share")
    return int(share)


COLUMNS = ("单位代码", "关系类型", "名称", "证件号码", "持股比例")
LARGEST = 5_000_000


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a registry's file, as text."""

    number: int
    uscc: str
    kind: str
    name: str
    party: str
    share: str


def lines_of(content: bytes) -> Iterator[Line]:
    """The lines of a file with COLUMNS; kinds by their code or their Chinese name. Raises RelationFileUnreadable."""
    if len(content) > LARGEST:
        raise RelationFileUnreadable(field="file", why="超过5MB")
    try:
        rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig")), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise RelationFileUnreadable(field="file", why=str(error)[:80]) from error
    if not rows or not set(COLUMNS) <= set(rows[0]):
        raise RelationFileUnreadable(field="file", why="缺少表头或没有内容")
    codes = {**{name: code for code, name in KINDS.items()}, **{code: code for code in KINDS}}
    for place, row in enumerate(rows, start=2):
        uscc, kind, name, party, share = ((row[column] or "").strip() for column in COLUMNS)
        yield Line(place, uscc, codes.get(kind, kind), name, party, share)
