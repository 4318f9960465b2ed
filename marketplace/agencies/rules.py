"""Pure rules of entry, validity and standing."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from marketplace.agencies import errors
from marketplace.kernel.clock import shanghai_date
from marketplace.kernel.errors import DomainError, Translate
from marketplace.kernel.states import States

STANDING = States(
    "agency",
    {
        ("active", "leave"): "left",
        ("suspended", "leave"): "left",
        ("active", "expel"): "expelled",
        ("suspended", "expel"): "expelled",
        ("left", "expel"): "expelled",
        ("left", "enter"): "active",
        ("expelled", "enter"): "active",
    },
)
IN_MARKET = frozenset({"active", "suspended"})
STATUTORY_MODES = frozenset({"licence", "cma"})
EVERYTHING = "all"

COMMITMENTS = {
    "truth": "所填信息和所附材料真实、合法、有效",
    "content": "公开服务内容，按承诺的内容和质量提供服务",
    "time": "公开服务时限，按时完成服务",
    "fee": "公开收费标准，不串通、不恶意抬价或压价，不收取约定以外的费用",
    "conduct": "遵守法律和职业规范，廉洁执业、保守秘密，接受监督并承担违诺责任",
}

# Divisions of the first level (GB/T 2260): two digits, then the name.
_PROVINCES = (
    "11北京市 12天津市 13河北省 14山西省 15内蒙古自治区 21辽宁省 22吉林省 23黑龙江省 "
    "31上海市 32江苏省 33浙江省 34安徽省 35福建省 36江西省 37山东省 41河南省 "
    "42湖北省 43湖南省 44广东省 45广西壮族自治区 46海南省 50重庆市 51四川省 52贵州省 "
    "53云南省 54西藏自治区 61陕西省 62甘肃省 63青海省 64宁夏回族自治区 65新疆维吾尔自治区 "
    "71台湾省 81香港特别行政区 82澳门特别行政区"
)
PROVINCES = {f"{entry[:2]}0000": entry[2:] for entry in _PROVINCES.split()}

_PHONE = re.compile(r"(1\d{10}|0\d{2,3}-?\d{7,8}(-\d{1,6})?|400-?\d{3}-?\d{4})")
_REQUIRED = {
    "name": "机构名称",
    "legal_representative": "法定代表人（负责人、经营者）",
    "contact": "联系人",
    "phone": "联系电话",
}


@dataclass(frozen=True, slots=True)
class QualificationFacts:
    """A certificate as its holder states it. valid_to: last valid day, None is open-ended."""

    item_code: str
    title: str
    number: str
    holder: str
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class ScopeItem:
    """What entry needs to know of a catalogue item."""

    code: str
    name: str
    mode: str
    kept: bool


@dataclass(frozen=True, slots=True)
class Application:
    """The entry form."""

    name: str
    uscc: str
    entity_type: str
    region: str
    legal_representative: str
    contact: str
    phone: str
    scopes: tuple[str, ...]
    commitments: tuple[str, ...]
    qualifications: tuple[QualificationFacts, ...] = ()
    introduction: str = ""


@dataclass(frozen=True, slots=True)
class Demands:
    """What the rulebook and the catalogue demand of an entry."""

    entity_types: Collection[str]
    commitments: Sequence[str]
    items: Mapping[str, ScopeItem]
    today: date


@dataclass(frozen=True, slots=True)
class Bar:
    """One reason why an agency may not bid: Chinese format strings over the facts, for t().

    rule: the rulebook key that it applies, or empty. basis: law and article in words, or empty.
    """

    code: str
    message: str
    remedy: str
    facts: Mapping[str, str] = field(default_factory=dict)
    rule: str = ""
    basis: str = ""

    def __str__(self) -> str:
        return self.code

    @property
    def text(self) -> str:
        """The sentence in Chinese."""
        return self.say()

    def say(self, translate: Translate = str) -> str:
        """The sentence in the language of `translate`."""
        return translate(self.message).format_map({name: translate(fact) for name, fact in self.facts.items()})


def form_problems(form: Application, demands: Demands) -> list[DomainError]:
    """Every reason to refuse the form, each with its field; empty means: admit at once (入驻 by commitment)."""
    return [*_party_problems(form, demands), *_scope_problems(form, demands), *_commitment_problems(form, demands)]


def _party_problems(form: Application, demands: Demands) -> Iterator[DomainError]:
    yield from detail_problems({name: getattr(form, name) for name in _REQUIRED})
    if form.entity_type not in demands.entity_types:
        yield errors.EntityTypeUnknown(field="entity_type")
    if not known_region(form.region):
        yield errors.RegionUnknown(field="region", region=form.region)


def detail_problems(details: Mapping[str, str]) -> Iterator[DomainError]:
    """Blank details that an agency must give, and a telephone number that cannot be one."""
    for name, text in details.items():
        if name in _REQUIRED and not text.strip():
            yield errors.FieldMissing(field=name, label=_REQUIRED[name])
    phone = details["phone"].strip()
    if phone and not _PHONE.fullmatch(phone.replace(" ", "")):
        yield errors.PhoneInvalid(field="phone", phone=phone)


def _commitment_problems(form: Application, demands: Demands) -> Iterator[DomainError]:
    missing = [code for code in demands.commitments if code not in form.commitments]
    if missing:
        yield errors.CommitmentMissing(field="commitments", count=len(missing))


def _scope_problems(form: Application, demands: Demands) -> Iterator[DomainError]:
    if not form.scopes:
        yield errors.ScopeEmpty(field="scopes")
    for code in form.scopes:
        item = demands.items.get(code)
        if item is None or not item.kept:
            yield errors.ScopeUnknown(field="scopes", item=code)
        elif item.mode in STATUTORY_MODES and all(paper.item_code != code for paper in form.qualifications):
            yield errors.QualificationRequired(field=f"qualification_{code}", item=item.name)
    for paper in form.qualifications:
        yield from paper_problems(paper, form.name, demands.today, f"qualification_{paper.item_code}")


def paper_problems(paper: QualificationFacts, owner: str, today: date, at: str = "number") -> Iterator[DomainError]:
    """Reasons to refuse a certificate: blanks, dates, expiry, another holder. at: the form field to blame."""
    for label, text in (("证书名称", paper.title), ("证书编号", paper.number)):
        if not text.strip():
            yield errors.FieldMissing(field=at, label=label)
    if plain(paper.holder) != plain(owner):
        yield errors.QualificationHolderDiffers(field=at, holder=paper.holder)
    if paper.valid_to is not None and paper.valid_to < paper.valid_from:
        yield errors.QualificationDatesWrong(field=at)
    elif paper.valid_to is not None and paper.valid_to < today:
        yield errors.QualificationExpired(field=at, number=paper.number, valid_to=paper.valid_to.isoformat())


def person_problems(name: str, certificates: Sequence[Mapping[str, str]]) -> Iterator[DomainError]:
    """Blanks in the listing of a practitioner."""
    if not name.strip():
        yield errors.FieldMissing(field="name", label="姓名")
    if not certificates:
        yield errors.FieldMissing(field="certificate_title", label="执业证书")
    for paper in certificates:
        for key, label in (("title", "证书名称"), ("number", "证书编号")):
            if not paper.get(key, "").strip():
                yield errors.FieldMissing(field=f"certificate_{key}", label=label)


def known_region(code: str) -> bool:
    """Whether a six-digit division code (GB/T 2260) lies in a province that exists."""
    return len(code) == 6 and code.isascii() and code.isdigit() and f"{code[:2]}0000" in PROVINCES


def region_prefix(code: str) -> str:
    """The digits shared by everything inside a division: 320000 → 32, 320500 → 3205, 000000 → nothing."""
    return re.sub(r"(00){1,3}$", "", code)


def plain(text: str) -> str:
    """Text for comparing and searching: NFKC, no blanks, lower case."""
    return "".join(unicodedata.normalize("NFKC", text).split()).lower()


def covers(valid_from: date, valid_to: date | None, day: date) -> bool:
    """Whether a certificate is valid on a Shanghai day; both ends count."""
    return valid_from <= day and (valid_to is None or day <= valid_to)


def standing_after(standing: str, barred_everywhere: bool) -> str:
    """Standing once suspensions have changed; who has left or was expelled stays so."""
    if standing not in IN_MARKET:
        return standing
    return "suspended" if barred_everywhere else "active"


def warning_level(days_left: int, steps: Sequence[int]) -> int | None:
    """The tightest warning step (days) that a certificate has reached, None before the first."""
    reached = [step for step in steps if days_left <= step]
    return min(reached) if reached else None


def sampled(entropy: bytes, percent: int) -> bool:
    """Whether this entry is drawn for the after-check; entropy: at least 4 bytes."""
    return int.from_bytes(entropy, "big") % 100 < percent


def canonical_id_number(text: str, today: date) -> str:
    """An identity number (GB 11643) in its one form. Raises IdNumberInvalid."""
    number = unicodedata.normalize("NFKC", text).replace(" ", "").upper()
    if not re.fullmatch(r"[1-9]\d{16}[0-9X]", number, re.ASCII):
        raise errors.IdNumberInvalid(field="id_number")
    total = sum(int(digit) * (pow(2, 17 - place) % 11) for place, digit in enumerate(number[:17]))
    if "10X98765432"[total % 11] != number[17] or not _born_by(number[6:14], today):
        raise errors.IdNumberInvalid(field="id_number")
    return number


def _born_by(digits: str, today: date) -> bool:
    try:
        born = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    return today - timedelta(days=150 * 366) < born <= today


def standing_bars(standing: str, barred_until: datetime | None) -> Iterator[Bar]:
    """Bars that come from the agency's standing alone."""
    if standing == "left":
        yield Bar("agency.left", "本机构已退出服务超市", "可随时重新入驻后再参加报价")
    if standing == "expelled":
        day = shanghai_date(barred_until).isoformat() if barred_until else "—"
        yield Bar("agency.expelled", "本机构已被清退，{until}之前不得参加报价", "期满后可重新入驻", {"until": day})


def suspension_bar(reach: str, reason: str, until: datetime | None, item_name: str) -> Bar:
    """The bar of one running suspension."""
    end = shanghai_date(until).isoformat() if until else ""
    facts = {"what": "全部服务" if reach == EVERYTHING else item_name, "reason": reason, "until": end}
    if until is None:
        return Bar("agency.suspended", "“{what}”已被暂停，原因：{reason}", "消除暂停原因后自动恢复", facts)
    text = "“{what}”已被暂停至{until}，原因：{reason}"
    return Bar("agency.suspended", text, "到期自动恢复；有异议的可向监管部门申诉", facts)


def scope_bars(item: ScopeItem, held: bool, papers: Sequence[tuple[date, date | None]], day: date) -> Iterator[Bar]:
    """Bars that come from the item: scope not declared, no certificate, or none that is valid on that day."""
    facts = {"item": item.name, "day": day.isoformat()}
    if not held:
        text = "服务范围未包含“{item}”"
        yield Bar("agency.scope_missing", text, "在“服务范围”中添加该事项，添加后立即生效", facts)
    if item.mode not in STATUTORY_MODES or any(covers(start, end, day) for start, end in papers):
        return
    if not papers:
        yield Bar("agency.qualification_missing", "未登记“{item}”依法所需的资质", "在“资质证书”中登记有效证书", facts)
    else:
        text = "“{item}”的资质在{day}不在有效期内"
        yield Bar("agency.qualification_expired", text, "办理延续后在“资质证书”中登记新的有效期", facts)
