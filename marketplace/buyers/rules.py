"""What a buyer must tell, and until when a delegate acts. Pure."""

import re
import unicodedata
from datetime import date, datetime, timedelta

from marketplace.buyers.errors import (
    BuyerCommitmentMissing,
    BuyerDetailMissing,
    BuyerKindUnknown,
    BuyerPhoneInvalid,
    DelegateTermInvalid,
)
from marketplace.kernel.clock import at_shanghai

KINDS = {"enterprise": "企业", "department": "部门"}
ROLE_OF_KIND = {"enterprise": "buyer", "department": "department"}
COMMITMENT = (
    "本单位承诺：所填信息真实有效；依法公平选取中介服务机构，不指定、不排斥；按合同约定验收并及时付款；"
    "接受监督，违诺愿承担相应责任。"
)
_PHONE = re.compile(r"1[3-9]\d{9}|0\d{2,3}-?\d{7,8}(-\d{1,6})?", re.ASCII)


def check_kind(kind: str) -> str:
    """Raise BuyerKindUnknown unless this is an enterprise or a department."""
    if kind not in KINDS:
        raise BuyerKindUnknown(field="kind")
    return kind


def check_commitment(kind: str, *, committed: bool) -> None:
    """An enterprise enters by commitment; a department is set up by the operator. Raises BuyerCommitmentMissing."""
    if kind == "enterprise" and not committed:
        raise BuyerCommitmentMissing(field="committed")


def check_detail(text: str, *, field: str) -> str:
    """A detail that must be told, tidied. Raises BuyerDetailMissing."""
    tidy = " ".join(unicodedata.normalize("NFC", text).split())
    if not tidy:
        raise BuyerDetailMissing(field=field)
    return tidy


def canonical_phone(text: str) -> str:
    """A mobile or landline number without spaces. Raises BuyerPhoneInvalid."""
    phone = "".join(unicodedata.normalize("NFKC", text).split())
    if not _PHONE.fullmatch(phone):
        raise BuyerPhoneInvalid(field="phone")
    return phone


def check_term(valid_until: date, today: date) -> None:
    """A delegation ends today at the earliest (days of Shanghai). Raises DelegateTermInvalid."""
    if valid_until < today:
        raise DelegateTermInvalid(field="valid_until")


def term_ends(valid_until: date) -> datetime:
    """The instant after the last day of a delegation: midnight in Shanghai."""
    return at_shanghai(valid_until + timedelta(days=1), 0)


def acts(valid_until: date, ended_at: datetime | None, now: datetime) -> bool:
    """Whether a delegate may act now."""
    return ended_at is None and now < term_ends(valid_until)
