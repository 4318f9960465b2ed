"""Who may do what, which codes, names and passwords are sound, and when a sign-in is over. Pure."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from itertools import pairwise

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from marketplace.identity import errors


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_BUYER = _words(
    "tender.draft tender.publish tender.cancel award.confirm contract.draw contract.confirm delivery.accept "
    "review.write complaint.file objection.decide buyer.edit relation.declare"
)
PERMISSIONS: dict[str, frozenset[str]] = {
    "agency": _words(
        "agency.edit bid.place bid.withdraw award.accept award.decline contract.confirm contract.deliver "
        "review.reply objection.file complaint.file invoice.file agency.leave collection.refund relation.declare"
    ),
    "buyer": _BUYER | {"collection.pay"},
    "department": _BUYER | {"budget.read", "payment.make", "payment.read", "share.hand_in"},
    "finance": _words("budget.read budget.write payment.make payment.approve payment.read"),
    "authority": _words(
        "complaint.decide finding.decide exit.decide credit.read supervision.read catalogue.edit agency.check "
        "objection.decide credit.write share.hand_in"
    ),
    "operator": _words(
        "agency.check catalogue.edit rulebook.publish calendar.edit operations.read organisation.create share.hand_in "
        "relation.import"
    ),
    "settlement": _words("reconcile.read reconcile.write reconcile.approve collection.read collection.allocate"),
    "assessor": _words("tender.score"),
    "auditor": _words("ledger.read audit.read payment.read budget.read reconcile.read collection.read"),
    "sysadmin": _words("system.configure token.manage"),
    "secadmin": _words("login.create login.lock membership.grant"),
    "auditadmin": frozenset({"audit.read"}),
}
ROLES_OF_KIND: dict[str, frozenset[str]] = {
    "agency": frozenset({"agency"}),
    "enterprise": frozenset({"buyer", "assessor"}),
    "department": frozenset({"department", "finance", "assessor"}),
    "authority": frozenset({"authority", "assessor"}),
    "operator": frozenset({"operator", "settlement", "assessor", "sysadmin", "secadmin", "auditadmin"}),
    "auditor": frozenset({"auditor"}),
}
ADMINISTRATORS = frozenset({"sysadmin", "secadmin", "auditadmin"})
# Registration gives agency and buyer; the operator or a department itself gives department; the rest is for secadmin.
MAY_GRANT: dict[str, frozenset[str]] = {
    "department": frozenset({"organisation.create", "membership.grant", "buyer.edit"}),
    "finance": frozenset({"organisation.create", "membership.grant"}),
    **{
        role: frozenset({"membership.grant"})
        for role in ("authority", "operator", "settlement", "assessor", "auditor", *ADMINISTRATORS)
    },
}


def permissions_of(roles: Iterable[str]) -> frozenset[str]:
    """Everything that a set of roles may do."""
    return _permissions_of(frozenset(roles))


@cache
def _permissions_of(roles: frozenset[str]) -> frozenset[str]:
    return frozenset().union(*(PERMISSIONS[role] for role in roles))


def check_role(role: str, kind: str, held: Iterable[str]) -> None:
    """Raise unless `role` suits an organisation of `kind` and leaves the three administrators apart (GB/T 22239 8.1.5).

    held: all roles of the login, in every organisation.
    """
    if role not in PERMISSIONS:
        raise errors.RoleUnknown(field="role", role=role)
    if role not in ROLES_OF_KIND[kind]:
        raise errors.RoleNotForKind(field="role", role=role)
    if role in ADMINISTRATORS and ADMINISTRATORS & set(held) - {role}:
        raise errors.AdministratorsApart(field="role")


USCC_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_OUTER = tuple(pow(3, place, 31) for place in range(17))
_INNER = (3, 7, 9, 10, 5, 8, 4, 2)
_SHAPE = re.compile(rf"[1-9ANY][{USCC_LETTERS}]\d{{6}}[{USCC_LETTERS}]{{10}}", re.ASCII)


def _outer_check(body: str) -> str:
    return USCC_LETTERS[-sum(USCC_LETTERS.index(c) * w for c, w in zip(body, _OUTER, strict=True)) % 31]


def _inner_check(body: str) -> str:
    digit = -sum(int(c, 36) * w for c, w in zip(body, _INNER, strict=True)) % 11
    return "X" if digit == 10 else str(digit)


def canonical_uscc(text: str) -> str:
    """The 18 characters of a unified social credit code: NFKC, upper case, no spaces.

    Raises UsccInvalid. Source: GB 32100-2015 (last character) and GB 11714-1997 (characters 9 to 17).
    """
    code = "".join(unicodedata.normalize("NFKC", text).upper().split())
    if len(code) != 18:
        raise errors.UsccLengthWrong(field="uscc", length=len(code))
    if not _SHAPE.fullmatch(code):
        raise errors.UsccLettersWrong(field="uscc")
    if not code[8:16].strip("0"):
        raise errors.UsccEmpty(field="uscc")
    if _inner_check(code[8:16]) != code[16]:
        raise errors.UsccInnerWrong(field="uscc")
    if _outer_check(code[:17]) != code[17]:
        raise errors.UsccOuterWrong(field="uscc")
    return code


def make_uscc(seed: str, *, register: str = "91", region: str = "320000") -> str:
    """A code that is well-formed and belongs to nobody we know: for samples and tests. Same seed, same code."""
    number = int.from_bytes(hashlib.sha256(f"{register}{region}{seed}".encode()).digest(), "big") % 10**8 or 1
    body = f"{number:08d}"
    code = f"{register}{region}{body}{_inner_check(body)}"
    return code + _outer_check(code)


def canonical_username(text: str) -> str:
    """The one spelling under which a login is found: NFKC, lower case, trimmed."""
    return unicodedata.normalize("NFKC", text).strip().lower()


def check_username(text: str) -> str:
    """The canonical user name of a new login. Raises UsernameInvalid."""
    name = canonical_username(text)
    if not re.fullmatch(r"[^\W\d_][\w.-]{1,31}", name):
        raise errors.UsernameInvalid(field="username")
    return name


def check_name(text: str, *, field: str = "name") -> str:
    """A name of 2 to 100 characters without control characters. Raises NameInvalid."""
    name = " ".join(unicodedata.normalize("NFC", text).split())
    if not 2 <= len(name) <= 100 or not name.isprintable():
        raise errors.NameInvalid(field=field)
    return name


def check_kind(kind: str) -> str:
    """Raise KindUnknown unless the market knows this kind of organisation."""
    if kind not in ROLES_OF_KIND:
        raise errors.KindUnknown(field="kind", given=kind)
    return kind


def check_region(region: str) -> str:
    """A division code of six digits (GB/T 2260). Raises RegionInvalid."""
    if not re.fullmatch(r"[0-9]{6}", region):
        raise errors.RegionInvalid(field="region")
    return region


PASSWORD_LEAST = 12
PASSWORD_MOST = 256
REMAINDER_LEAST = 7
# Words that attackers try first, longest first so that a long one is not hidden by its part.
COMMON = sorted(
    _words(
        "password passw0rd p@ssword p@ssw0rd passwd qwerty qwertyuiop asdfgh asdfghjkl zxcvbn zxcvbnm qazwsx "
        "1qaz2wsx 3edc4rfv 1q2w3e4r 1q2w3e4r5t qweasd qweasdzxc zaq12wsx admin administrator root welcome letmein "
        "iloveyou woaini woaini1314 5201314 1314520 monkey dragon football baseball master shadow sunshine princess "
        "superman batman trustno1 starwars computer internet secret changeme default guest test login manager system "
        "huawei taobao alipay zhongguo beijing shanghai nihao mima mimamima hello world abc123 a1b2c3 love summer "
        "winter spring autumn marketplace zhongjie zhongjiechaoshi chaoshi caigou zhengfu zhengwu toubiao zhaobiao "
        "中介超市 中介服务超市 网上中介服务超市 中介 超市 密码 管理员 政务 采购 招标"
    ),
    key=lambda word: (len(word), word),
    reverse=True,
)


def _shrunk(text: str) -> str:
    """Runs of one character or of neighbours (1111, 1234, dcba) shrink to one character."""
    kept = text[:1]
    for before, here in pairwise(text):
        if ord(here) - ord(before) not in {-1, 0, 1}:
            kept += here
    return kept


def check_password(password: str, *, context: Iterable[str] = ()) -> None:
    """Raise unless the password is long enough and not made of what is guessed first (ASVS 5.0 6.2).

    context: words about the person and the organisation, refused as parts.
    """
    if len(password) < PASSWORD_LEAST:
        raise errors.PasswordTooShort(field="password", least=PASSWORD_LEAST)
    if len(password) > PASSWORD_MOST:
        raise errors.PasswordTooLong(field="password", most=PASSWORD_MOST)
    rest = unicodedata.normalize("NFKC", password).lower()
    own = {canonical_username(word) for word in context}
    for word in [*sorted((word for word in own if len(word) > 1), key=len, reverse=True), *COMMON]:
        rest = rest.replace(word, "")
    if len(_shrunk(rest)) < REMAINDER_LEAST or len(set(rest)) < REMAINDER_LEAST - 1:
        raise errors.PasswordTooCommon(field="password")


IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
# Uses are noted by whole steps: to the microsecond they would tell, beside the instant of a sealed bid, whose it is.
SIGN_IN_STEP, TOKEN_STEP = timedelta(minutes=5), timedelta(days=1)
SLOW_FROM = 5
LOCK_FROM = 10
PAUSE = timedelta(minutes=15)
TOKEN_PREFIX = "mkt_"  # noqa: S105 - a public mark that lets scanners find lost tokens, not a secret
TOKEN_DAYS_MOST = 365
# OWASP's second choice for argon2id: 19 MiB, two passes, one lane. Older hashes are renewed at sign-in.
STRONG = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
HASHER = STRONG


def is_alive(began_at: datetime, seen_at: datetime, ended_at: datetime | None, now: datetime) -> bool:
    """Whether a sign-in still counts: not ended, used within 30 minutes (to five), begun within 12 hours."""
    return ended_at is None and now - seen_at < IDLE and now - began_at < ABSOLUTE


def after_failure(failures: int, last_at: datetime | None, now: datetime) -> tuple[int, datetime | None]:
    """The count after one more failure and the instant before which nothing is tried.

    Five slow down (2, 4, 8 … seconds), ten pause for 15 minutes; a quarter of an hour without failure forgets.
    """
    if last_at is None or now - last_at >= PAUSE:
        failures = 0
    failures += 1
    if failures >= LOCK_FROM:
        return failures, now + PAUSE
    if failures >= SLOW_FROM:
        return failures, now + timedelta(seconds=2 ** (failures - SLOW_FROM + 1))
    return failures, None


@dataclass(frozen=True, slots=True)
class Attempt:
    """How a sign-in went. A refusal is a result, not an exception, so that the failure is counted and kept."""

    token: str | None
    login_id: str | None = None
    retry_at: datetime | None = None

    def refusal(self) -> errors.SignInRefused | None:
        """The one refusal, whatever was wrong; None after success."""
        return None if self.token else errors.SignInRefused()


def hash_password(password: str, salt: bytes) -> str:
    """The argon2id hash that is stored; salt: 16 random bytes."""
    return HASHER.hash(password, salt=salt)


@cache
def _nobody() -> str:
    return hash_password("", bytes(16))


def password_matches(known: str | None, password: str) -> bool:
    """Whether a password fits its hash; without a hash the same work is done and the answer is no."""
    try:
        return HASHER.verify(known or _nobody(), password) and known is not None
    except VerificationError:
        return False


def is_outdated(known: str) -> bool:
    """Whether a hash was made with weaker parameters than today's."""
    return HASHER.check_needs_rehash(known)


def digest(secret: str) -> str:
    """What is stored instead of a random secret of 32 bytes."""
    return hashlib.sha256(secret.encode()).hexdigest()
