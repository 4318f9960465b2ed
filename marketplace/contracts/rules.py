"""Pure rules of contracts: states, milestone plans, clocks, and what a deliverable may be."""

import re
import unicodedata
import zipfile
import zlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import IO

from marketplace.contracts.errors import (
    FileBroken,
    FileEmpty,
    FileEncrypted,
    FileExplodes,
    FileHasMacro,
    FileInfected,
    FileIsProgram,
    FileMismatch,
    FileNameRefused,
    FileUnknown,
    LateRateTooLow,
    PaymentDaysTooLong,
    PayWhenPaid,
    PeriodInvalid,
    ReasonMissing,
    SharesIncomplete,
)
from marketplace.kernel.states import States

WHOLE_BP = 10_000
MEGABYTE = 1024 * 1024

CONTRACT = States(
    "contract",
    {
        ("pending", "confirm"): "pending",
        ("pending", "revise"): "pending",
        ("pending", "return"): "returned",
        ("returned", "revise"): "pending",
        ("pending", "sign"): "active",
        ("active", "change"): "active",
        ("active", "complete"): "complete",
        ("active", "terminate"): "terminated",
    },
)

CHANGE = States(
    "contract_change",
    {
        ("proposed", "agree"): "agreed",
        ("proposed", "refuse"): "refused",
        ("proposed", "withdraw"): "withdrawn",
        ("proposed", "lapse"): "lapsed",
    },
)
UNACCEPTED = ("scheduled", "delivered", "returned")

MILESTONE = States(
    "milestone",
    {
        ("scheduled", "deliver"): "delivered",
        ("delivered", "deliver"): "delivered",
        ("returned", "deliver"): "delivered",
        ("delivered", "accept"): "met",
        ("delivered", "return"): "returned",
        ("scheduled", "abandon"): "notMet",
        ("delivered", "abandon"): "notMet",
        ("returned", "abandon"): "notMet",
    },
)


@dataclass(frozen=True, slots=True)
class MilestonePlan:
    """One planned milestone. share_bp: basis points of the amount; due_on: Shanghai day."""

    title: str
    share_bp: int
    due_on: date


def check_plan(starts_on: date, ends_on: date, plan: Sequence[MilestonePlan]) -> None:
    """Raise PeriodInvalid or SharesIncomplete unless the plan fills the contract exactly."""
    if ends_on < starts_on or any(not starts_on <= part.due_on <= ends_on for part in plan):
        raise PeriodInvalid(field="ends_on")
    total = sum(part.share_bp for part in plan)
    if total != WHOLE_BP or any(part.share_bp <= 0 for part in plan):
        raise SharesIncomplete(field="milestones", percent=f"{total / 100:g}")


def shares(amounts_fen: Sequence[int]) -> list[int]:
    """Each amount's share of their sum in basis points, by largest remainder: they fill the whole, none is nothing."""
    whole = sum(amounts_fen)
    parts = [max(amount * WHOLE_BP // whole, 1) for amount in amounts_fen]
    missing = WHOLE_BP - sum(parts)
    by_remainder = sorted(range(len(parts)), key=lambda i: (-(amounts_fen[i] * WHOLE_BP % whole), i))
    for index in by_remainder[: max(missing, 0)]:
        parts[index] += 1
    parts[amounts_fen.index(max(amounts_fen))] += min(missing, 0)
    return parts


_PAY_WHEN_PAID = re.compile(
    r"背靠背|(?:收到|取得)[^。；\n]{0,20}(?:款项|资金|拨款|付款|回款)后[^。；\n]{0,10}(?:支付|付款|付清)"
    r"|以[^。；\n]{0,20}(?:付款|支付|拨付|到账|到位)[^。；\n]{0,4}(?:为|作为)[^。；\n]{0,6}(?:前提|条件)"
)


def check_terms(days: int | None, rate_bp: int | None, content: str, *, most_days: int, lpr_bp: int) -> None:
    """Raise unless the agreed terms of payment are lawful (State Council Order 802).

    days: calendar days from acceptance; rate_bp: interest a year. Raises PaymentDaysTooLong, LateRateTooLow,
    PayWhenPaid.
    """
    if days is not None and not 0 <= days <= most_days:
        raise PaymentDaysTooLong(field="payment_days", most=most_days)
    if rate_bp is not None and rate_bp < lpr_bp:
        raise LateRateTooLow(field="late_rate_bp", least=f"{lpr_bp / 100:g}")
    if found := _PAY_WHEN_PAID.search(content):
        raise PayWhenPaid(field="content", words=found[0][:40])


def required(reason: str) -> str:
    """A reason without its surrounding spaces. Raises ReasonMissing."""
    if not reason.strip():
        raise ReasonMissing(field="reason")
    return reason.strip()


def payment_due(accepted_at: datetime, days: int) -> datetime:
    """The last moment to pay. days: calendar days from passed acceptance (payment.days; State Council Order 802)."""
    return accepted_at + timedelta(days=days)


def days_past(due_at: datetime, at: datetime) -> int:
    """Whole days after a due moment, counting a begun day; 0 while it has not passed."""
    return max(0, -((due_at - at) // timedelta(days=1))) if at > due_at else 0


def days_late(late_since: datetime, delivered_at: datetime | None, status: str, now: datetime) -> int:
    """Days between the missed date and the delivery, or until now while it is still awaited."""
    if delivered_at is None or status in {"scheduled", "returned"}:
        return days_past(late_since, now)
    return days_past(late_since, delivered_at)


# --- deliverables: the type is what the content says, and the name has to agree -------------------------------------

MEDIA = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "png": "image/png",
    "jpg": "image/jpeg",
    "ofd": "application/ofd",
    "zip": "application/zip",
}
_MAGIC = {b"%PDF-": "pdf", b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpg", b"PK\x03\x04": "zip"}
# A member that only one kind of package has.
_PACKAGES = {"word/document.xml": "docx", "xl/workbook.xml": "xlsx", "OFD.xml": "ofd"}
_ALIASES = {"jpeg": "jpg"}
_PROGRAMS = (b"MZ", b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe", b"#!")
_PROGRAM_SUFFIXES = frozenset({"exe", "dll", "com", "bat", "cmd", "sh", "scr", "msi", "js", "vbs", "ps1", "jar", "hta"})
_TEST_VIRUS = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!"
_HEAD_BYTES = 68
_MOST_ENTRIES = 2_000
_MOST_GROWTH = 100  # a text compresses about 10 times, a bomb a thousand
_SMALL = MEGABYTE  # below this size a high ratio harms nobody


def clean_name(name: str) -> str:
    """The last part of an uploaded file's name without control characters, at most 200 characters."""
    base = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    base = "".join(c for c in base if c.isprintable() and c not in '<>:"|?*').strip(" .")
    return base if len(base) <= 200 else base[-200:]


def inspect(name: str, content: IO[bytes], *, max_bytes: int, forbidden: Collection[str]) -> str:
    """The kind of a file by its content ("pdf"); reads `content` from its start.

    name: a clean name; max_bytes: file.max_mb; forbidden: file.forbidden_suffixes. Raises FileRefused.
    """
    suffixes = [_ALIASES.get(part, part) for part in name.lower().split(".")[1:]]
    banned = _PROGRAM_SUFFIXES | {part.lower() for part in forbidden}
    if not suffixes or banned & set(suffixes):
        raise FileNameRefused(field="file")
    content.seek(0)
    head = content.read(_HEAD_BYTES)
    if not head:
        raise FileEmpty(field="file")
    _check_head(head)
    kind = next((kind for magic, kind in _MAGIC.items() if head.startswith(magic)), "")
    if kind == "zip":
        kind = _inspect_package(content, max_bytes, banned)
    if not kind:
        raise FileUnknown(field="file")
    if suffixes[-1] != kind:
        raise FileMismatch(field="file", kind=kind)
    return kind


def _check_head(head: bytes) -> None:
    if head.startswith(_PROGRAMS):
        raise FileIsProgram(field="file")
    if head.startswith(_TEST_VIRUS):
        raise FileInfected(field="file")


def _inspect_package(content: IO[bytes], max_bytes: int, banned: Collection[str]) -> str:
    try:
        with zipfile.ZipFile(content) as package:
            entries = package.infolist()
            _check_growth(entries, max_bytes, size=content.seek(0, 2))
            _check_entries(package, entries, banned)
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError, EOFError, zlib.error) as error:
        raise FileBroken(field="file") from error
    names = {entry.filename for entry in entries}
    return next((kind for member, kind in _PACKAGES.items() if member in names), "zip")


def _check_growth(entries: Sequence[zipfile.ZipInfo], max_bytes: int, *, size: int) -> None:
    inflated = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    # Members that overlap (packed > size) unpack the same bytes again and again.
    bomb = inflated > max_bytes or packed > size or (inflated > _SMALL and inflated > size * _MOST_GROWTH)
    if bomb or len(entries) > _MOST_ENTRIES:
        raise FileExplodes(field="file")


def _check_entries(package: zipfile.ZipFile, entries: Sequence[zipfile.ZipInfo], banned: Collection[str]) -> None:
    for entry in entries:
        if entry.is_dir():
            continue
        if entry.flag_bits & 0x1:
            raise FileEncrypted(field="file")
        name = entry.filename.lower()
        if name.endswith(("vbaproject.bin", "vbadata.xml")) or "macrosheets/" in name:
            raise FileHasMacro(field="file")
        if name.rsplit(".", 1)[-1] in banned:
            raise FileIsProgram(field="file")
        with package.open(entry) as member:
            _check_head(member.read(_HEAD_BYTES))


def room_for_increase(amount_fen: int, increased_fen: int, reduced_fen: int, most_bp: int) -> int:
    """How much a contract may still grow, in fen: a share of what it was signed at, less what it has grown by.

    amount_fen: what it amounts to now. most_bp: basis points (rulebook contract.increase_max_bp).
    """
    signed_fen = amount_fen - increased_fen + reduced_fen
    return max(signed_fen * most_bp // WHOLE_BP - increased_fen, 0)
