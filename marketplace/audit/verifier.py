"""Check receipts, log proofs, tree heads, opening minutes, draws and rankings of the marketplace without trusting it.

One file, standard library only:  python verifier.py FILE.json [--key PUBLIC_KEY_HEX]
Exit code 0 means that everything in the file holds, 1 that something does not, 2 that nothing could be read, 3 that
what can be checked holds, but the file takes something on trust; it is named behind the part.
Sources: RFC 9162 (Merkle tree), RFC 8032 (Ed25519), RFC 5869 (HKDF), RFC 9380 (hashing to curves).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

BAD_HASH = "散列值长度或格式不正确"
BAD_SIZES = "树的大小或叶子序号不合理"
BAD_INCLUSION = "该事件不在这个树头所承诺的日志中"
BAD_CONSISTENCY = "新树头不是旧树头的延续，日志被改写过"
BAD_SIGNATURE = "签名与内容不符"
BAD_LEAF = "事件内容与叶子散列不符"
BAD_KEY = "签名公钥不是您指定的公钥"
BAD_ROOT = "证明与树头不属于同一棵树"
BAD_SHAPE = "文件内容不完整，无法核验"
BAD_ALGORITHM = "不认识的摇号算法"
BAD_COMMITMENT = "公布的种子与事先的承诺不符"
WITHHELD = "有一方未按承诺公布种子，已按规则以其承诺值代替"
BAD_RANDOMNESS = "盐值或随机文本不是由双方种子和候选名单得出"
BAD_POOL = "候选名单不属于本项目，或与冻结时的散列不符"
BAD_RANKING = "重新计算的排序与公布的排序不同"
BAD_PUBLIC = "公开来源的号码不完整，或不是名单冻结之后产生的"
BAD_BEACON = "drand信标的签名不是该网络在这一轮的签名"
BAD_OFFERS = "公布的报价与开启记录中的散列不符"
BAD_FORMAT = "不认识的选取记录格式或选取方式"
BAD_ENTRY = "摇号名单与有效报价不一致"
BAD_POINTS = "方案得分与评审人员公布的打分不一致"
NEEDS_DRAW = "排序须由摇号决定而没有摇号记录，或不须摇号而附有摇号记录"
NOT_THIS = "同一文件中的各部分不属于同一个采购项目"
# What a file takes on trust: not passed, not failed.
TRUST_NUMBERS = "开奖号码是否与官方公布的相同，本程序无从得知；请对照彩票机构公布的该期开奖公告"
TRUST_ISSUE = "该记录没有写明彩种和期次如何确定（旧格式），采用哪一期由录入人决定"
TRUST_ROOM = "竞价室中的名次由竞价过程决定，本程序没有重演；请下载竞价记录，用 marketplace auction verify 核验"


def hash_leaf(data: bytes) -> bytes:
    """Hash of a leaf: SHA-256(0x00 || data)."""
    return hashlib.sha256(b"\x00" + data).digest()


def hash_children(left: bytes, right: bytes) -> bytes:
    """Hash of an interior node: SHA-256(0x01 || left || right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def _all_hashes(values: Sequence[bytes]) -> bool:
    return all(len(value) == 32 for value in values)


def _climb(fn: int, sn: int) -> tuple[int, int]:
    while fn and not fn & 1:
        fn, sn = fn >> 1, sn >> 1
    return fn, sn


def check_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> list[str]:
    """Problems of an inclusion proof (RFC 9162, 2.1.3.2); empty when it holds."""
    if not _all_hashes([leaf, root, *path]):
        return [BAD_HASH]
    if not 0 <= index < size:
        return [BAD_SIZES]
    fn, sn, found = index, size - 1, leaf
    for step in path:
        if sn == 0:
            return [BAD_INCLUSION]
        if fn & 1 or fn == sn:
            found = hash_children(step, found)
            fn, sn = _climb(fn, sn)
        else:
            found = hash_children(found, step)
        fn, sn = fn >> 1, sn >> 1
    return [] if sn == 0 and found == root else [BAD_INCLUSION]


def check_consistency(
    first: int, first_root: bytes, second: int, second_root: bytes, path: Sequence[bytes]
) -> list[str]:
    """Problems of a consistency proof between two sizes (RFC 9162, 2.1.4.2); empty when it holds."""
    if not _all_hashes([first_root, second_root, *path]):
        return [BAD_HASH]
    if not 0 < first <= second:
        return [BAD_SIZES]
    if first == second:
        return [] if not path and first_root == second_root else [BAD_CONSISTENCY]
    if not path:
        return [BAD_CONSISTENCY]
    steps = [first_root, *path] if first & (first - 1) == 0 else list(path)
    return _walk_consistency(first - 1, second - 1, steps, (first_root, second_root))


def _walk_consistency(fn: int, sn: int, steps: Sequence[bytes], roots: tuple[bytes, bytes]) -> list[str]:
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    old = new = steps[0]
    for step in steps[1:]:
        if sn == 0:
            return [BAD_CONSISTENCY]
        if fn & 1 or fn == sn:
            old, new = hash_children(step, old), hash_children(step, new)
            fn, sn = _climb(fn, sn)
        else:
            new = hash_children(new, step)
        fn, sn = fn >> 1, sn >> 1
    return [] if sn == 0 and (old, new) == roots else [BAD_CONSISTENCY]


# --- Ed25519, RFC 8032 section 5.1: verification only, so constant time is not needed -----------------------------

_P = 2**255 - 19
_L = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, _P - 2, _P) % _P
_I = pow(2, (_P - 1) // 4, _P)
_Point = tuple[int, int, int, int]
_X = 15112221349535400772501151409588531511454012693041857206046113283949847762202
_Y = 4 * pow(5, _P - 2, _P) % _P
_BASE: _Point = (_X, _Y, 1, _X * _Y % _P)


def _add(a: _Point, b: _Point) -> _Point:
    e = (a[1] - a[0]) * (b[1] - b[0]) % _P
    f = (a[1] + a[0]) * (b[1] + b[0]) % _P
    g = 2 * a[3] * b[3] * _D % _P
    h = 2 * a[2] * b[2] % _P
    x, t, z, y = f - e, h - g, h + g, f + e
    return x * t % _P, z * y % _P, t * z % _P, x * y % _P


def _times(scalar: int, point: _Point) -> _Point:
    total: _Point = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            total = _add(total, point)
        point, scalar = _add(point, point), scalar >> 1
    return total


def _decode(data: bytes) -> _Point | None:
    number = int.from_bytes(data, "little")
    sign, y = number >> 255, number & ((1 << 255) - 1)
    if y >= _P:
        return None
    square = (y * y - 1) * pow(_D * y * y + 1, _P - 2, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * _I % _P
    if (x * x - square) % _P or (x == 0 and sign):
        return None
    x = _P - x if x & 1 != sign else x
    return x, y, 1, x * y % _P


def ed25519_holds(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the 64-byte signature of the message was made by the owner of the 32-byte public key."""
    if len(public_key) != 32 or len(signature) != 64:
        return False
    key, commitment = _decode(public_key), _decode(signature[:32])
    scalar = int.from_bytes(signature[32:], "little")
    if key is None or commitment is None or scalar >= _L:
        return False
    digest = hashlib.sha512(signature[:32] + public_key + message).digest()
    challenge = int.from_bytes(digest, "little") % _L
    a, b = _times(scalar, _BASE), _add(commitment, _times(challenge, key))
    return (a[0] * b[2] - b[0] * a[2]) % _P == 0 and (a[1] * b[2] - b[1] * a[2]) % _P == 0


# --- drand quicknet: BLS12-381 with signatures in G1, and hashing to it by RFC 9380 section 8.8.1 ---------------------

_QUICKNET = "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971"
_GENESIS, _PERIOD, _DELAY = 1692803367, 3, 60
_DST = b"BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_"
_Q = 0x1A0111EA397FE69A4B1BA7B6434BACD764774B84F38512BF6730D2A0F6B0F6241EABFFFEB153FFFFB9FEFFFFFFFFAAAB
_R = 0x73EDA753299D7D483339D80809A1D80553BDA402FFFE5BFEFFFFFFFF00000001
_T = 0xD201000000010000  # the parameter of the curve, without its sign
_Pair = tuple[int, int]  # a + bi of the field with q² elements
_Twist = tuple[_Pair, _Pair]
_Spot = tuple[int, int] | None  # a point of G1; None is the infinite one
_G2: _Twist = (
    (
        0x024AA2B2F08F0A91260805272DC51051C6E47AD4FA403B02B4510B647AE3D1770BAC0326A805BBEFD48056C8C121BDB8,
        0x13E02B6052719F607DACD3A088274F65596BD0D09920B61AB5DA61BBDC7F5049334CF11213945D57E5AC7D055D042B7E,
    ),
    (
        0x0CE5D527727D6E118CC9CDC6DA2E351AADFD9BAA8CBDD3A76D429A695160D12C923AC9CC3BACA289E193548608B82801,
        0x0606C4A02EA734CC32ACD2B02BC28B99CB3E287E85A763AF267492AB572E99AB3F370D275CEC1DA1AAA9075FF05F79BE,
    ),
)
_NETWORK: _Twist = (
    (
        0x0D1FEC758C921CC22B0E17E63AAF4BCB5ED66304DE9CF809BD274CA73BAB4AF5A6E9C76A4BC09E76EAE8991EF5ECE45A,
        0x03CF0F2896ADEE7EB8B5F01FCAD3912212C437E0073E911FB90022D3E760183C8C4B450B6A0A6C3AC6A5776A2D106451,
    ),
    (
        0x0E5DB2B6BFBB01C867749CADFFCA88B36C24F3012BA09FC4D3022C5C37DCE0F977D3ADB5D183C7477C442B1F04515273,
        0x01A714F2EDB74119A2F2B0D5A7C75BA902D163700A61BC224EDEDD8E63AEF7BE1AAF8E93D7A9718B047CCDDB3EB5D68B,
    ),
)
_NETWORK_KEY = f"{_NETWORK[0][1] | 1 << 383:096x}{_NETWORK[0][0]:096x}"
# The curve y² = x³ + Ax + B that is hashed to, and the x of the kernel of its isogeny of degree 11 to G1's curve.
_A = 0x144698A3B8E9433D693A02C96D4982B0EA985383EE66A8D8E8981AEFD881AC98936F8DA0E0F97F5CF428082D584C1D
_B = 0x12E2908D11688030018B12E8753EEE3B2016C1F0F24F4070A0B9C14FCEF35EF55A23215A316CEAA5D1CC48E98E172BE0
_KERNEL = (
    0x10EF325DD1E98BDF0D97A4C6B7F968ED7F31F2FBFF088ACB39D5319CFC261EA18773405F325612742F0C5D90634BCF4,
    0xD7F2D0D03AE035321EED4C1479D13251ABF0E9A96479623EB5380B575E319851FB5E5A8B43B9C1A46880F54BF2B2F7C,
    0x105249B4CAC630CE5AA18E6C1189A18C82019B4E12E491FBAC012C259CA3A67F638560B8BB416AF02A4724385ED0FC8E,
    0x140D41735B10CE710727CD9356905701A2B866B803BAA468948B7F423DDCC560C9A8F1CD5F8ED4297C37464FB8BFE4A7,
    0x1665A9C648E78314490A94F654D9B1039AB85847223BFAED9AA54F0F07736D122D1CECA1AC0E9123E753FDE16E97C3D7,
)


def _meet(a: _Spot, b: _Spot) -> _Spot:
    """a + b on y² = x³ + 4."""
    if a is None or b is None:
        return a or b
    if a[0] == b[0] and (a[1] + b[1]) % _Q == 0:
        return None
    rise, run = (3 * a[0] * a[0], 2 * a[1]) if a == b else (b[1] - a[1], b[0] - a[0])
    slope = rise * pow(run, -1, _Q) % _Q
    x = (slope * slope - a[0] - b[0]) % _Q
    return x, (slope * (a[0] - x) - a[1]) % _Q


def _often(scalar: int, point: _Spot) -> _Spot:
    total: _Spot = None
    while scalar:
        if scalar & 1:
            total = _meet(total, point)
        point, scalar = _meet(point, point), scalar >> 1
    return total


def _unpack(data: bytes) -> _Spot:
    """The point of G1 in 48 bytes; None for what is not one, or the infinite one."""
    number = int.from_bytes(data, "big")
    flags, x = number >> 381, number & ((1 << 381) - 1)
    if len(data) != 48 or flags not in (4, 5) or x >= _Q:
        return None
    y = pow(x**3 + 4, (_Q + 1) // 4, _Q)
    if (y * y - x**3 - 4) % _Q:
        return None
    point = x, y if (y > _Q // 2) is (flags == 5) else _Q - y
    return point if _often(_R, point) is None else None


def _wide(message: bytes) -> bytes:
    """128 bytes of a message: expand_message_xmd, RFC 9380 section 5.3.1."""
    end = _DST + bytes([len(_DST)])
    first = hashlib.sha256(bytes(64) + message + b"\x00\x80\x00" + end).digest()
    last = bytes(32)
    made = b""
    for n in range(1, 5):
        mixed = bytes(a ^ b for a, b in zip(first, last, strict=True))
        last = hashlib.sha256(mixed + bytes([n]) + end).digest()
        made += last
    return made


def _mapped(u: int) -> _Spot:
    """One number to a point of G1's curve: the simplified map of RFC 9380 section 6.6.2, then Vélu's isogeny."""
    step = 11 * u * u % _Q
    x = -_B * pow(_A, -1, _Q) * (1 + pow(step * step + step, -1, _Q)) % _Q
    y = pow(x**3 + _A * x + _B, (_Q + 1) // 4, _Q)
    if (y * y - x**3 - _A * x - _B) % _Q:
        x = step * x % _Q
        y = pow(x**3 + _A * x + _B, (_Q + 1) // 4, _Q)
    y = y if y & 1 == u & 1 else _Q - y
    left, slope = x, 1
    for k in _KERNEL:
        v, w, d = 2 * (3 * k * k + _A), 4 * (k**3 + _A * k + _B), pow(x - k, -1, _Q)
        left += v * d + w * d * d
        slope -= v * d * d + 2 * w * d**3
    return left * pow(121, -1, _Q) % _Q, y * slope * pow(1331, -1, _Q) % _Q


def _hashed(message: bytes) -> _Spot:
    wide = _wide(message)
    first, second = (int.from_bytes(wide[n : n + 64], "big") % _Q for n in (0, 64))
    return _often(_T + 1, _meet(_mapped(first), _mapped(second)))


def _by(a: _Pair, b: _Pair) -> _Pair:
    return (a[0] * b[0] - a[1] * b[1]) % _Q, (a[0] * b[1] + a[1] * b[0]) % _Q


def _less(a: _Pair, b: _Pair) -> _Pair:
    return a[0] - b[0], a[1] - b[1]


def _mul(a: Sequence[int], b: Sequence[int]) -> list[int]:
    """Product in the field with q¹² elements: polynomials in w, w¹² = 2w⁶ - 2; i is w⁶ - 1."""
    made = [0] * 23
    for i, x in enumerate(a):
        if x:
            for j, y in enumerate(b):
                made[i + j] += x * y
    for n in range(22, 11, -1):
        made[n - 6] += 2 * made[n]
        made[n - 12] -= 2 * made[n]
    return [number % _Q for number in made[:12]]


def _step(a: _Twist, b: _Twist, at: tuple[int, int]) -> tuple[list[int], _Twist]:
    """The line through two points of the twist at a point of G1, times w³, and their sum."""
    square = _by(a[0], a[0])
    rise = (3 * square[0], 3 * square[1]) if a == b else _less(b[1], a[1])
    run = (2 * a[1][0], 2 * a[1][1]) if a == b else _less(b[0], a[0])
    over = pow(run[0] ** 2 + run[1] ** 2, -1, _Q)
    slope = _by(rise, (run[0] * over, -run[1] * over))
    x = _less(_less(_by(slope, slope), a[0]), b[0])
    line = [0] * 12
    parts = _less(_by(slope, a[0]), a[1]), _by(slope, (-at[0], 0)), (at[1], 0)
    for n, (real, imaginary) in zip((0, 2, 3), parts, strict=True):
        line[n], line[n + 6] = (real - imaginary) % _Q, imaginary % _Q
    return line, (x, _less(_by(slope, _less(a[0], x)), a[1]))


def _miller(at: tuple[int, int], twist: _Twist) -> list[int]:
    found, point = [1] + [0] * 11, twist
    for bit in f"{_T:b}"[1:]:
        line, point = _step(point, point, at)
        found = _mul(_mul(found, found), line)
        if bit == "1":
            line, point = _step(point, twist, at)
            found = _mul(found, line)
    return found


@lru_cache(maxsize=256)
def drand_holds(number: int, signature: bytes) -> bool:
    """Whether a signature (48 bytes) is drand quicknet's for this round."""
    point = _unpack(signature)
    message = _hashed(hashlib.sha256(number.to_bytes(8, "big")).digest())
    if point is None or message is None:
        return False
    base = _mul(_miller(message, _NETWORK), _miller((point[0], _Q - point[1]), _G2))
    found = [1] + [0] * 11
    for bit in f"{(_Q**12 - 1) // _R:b}":
        found = _mul(found, found)
        found = _mul(found, base) if bit == "1" else found
    return found == [1] + [0] * 11


def read(text: str) -> object:
    """The JSON document in the text; numbers with a fraction are refused by ValueError."""
    return json.loads(text, parse_float=int, parse_constant=int)  # int() refuses "1.5" and "NaN"


def canonical(value: object) -> bytes:
    """The one byte form of a JSON value without fractions: sorted keys, UTF-8, no blanks."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def check_signed(document: Mapping[str, Any], key: str | None = None) -> list[str]:
    """Problems of a document whose `signature` covers all its other fields, `public_key` included."""
    if key and document["public_key"] != key:
        return [BAD_KEY]
    body = {name: value for name, value in document.items() if name != "signature"}
    public, signature = bytes.fromhex(document["public_key"]), bytes.fromhex(document["signature"])
    return [] if ed25519_holds(public, canonical(body), signature) else [BAD_SIGNATURE]


def rank(salt: bytes, randomness: str, labels: Sequence[str]) -> list[str]:
    """The labels in the order of Expand(Extract(salt, randomness), label)."""
    secret = hmac.digest(salt or bytes(32), randomness.encode(), "sha256")
    return sorted(labels, key=lambda label: (hmac.digest(secret, label.encode() + b"\x01", "sha256"), label))


def check_draw(record: Mapping[str, Any]) -> list[str]:
    """Problems of a draw record: commitments, public sources, frozen pool, ranking."""
    if record["algorithm"] != "hkdf-sha256-order":
        return [BAD_ALGORITHM]
    seeds, pool, withheld = record["seeds"], record["pool"], record.get("withheld", [])
    if not isinstance(pool, list):
        raise TypeError("a pool is a list")
    problems = [WITHHELD] if withheld else []
    hashed = {name: hashlib.sha256(bytes.fromhex(seed)).hexdigest() for name, seed in seeds.items()}
    opened = {name: seeds[name] if name in withheld else value for name, value in hashed.items()}
    if set(seeds) != {"operator", "regulator"} or opened != record["commitments"]:
        problems.append(BAD_COMMITMENT)
    texts = [_public_text(value, record) for value in record.get("public", [])]
    problems += _public_problems(record.get("public", []), texts)
    text = f"{seeds['regulator']}.{record['pool_hash']}/" + "".join(part or "" for part in texts)
    if (record["salt"], record["randomness"]) != (seeds["operator"], text):
        problems.append(BAD_RANDOMNESS)
    frozen = hashlib.sha256("\n".join(pool).encode()).hexdigest()
    strangers = [label for label in pool if not label.endswith("/" + record["tender"])]
    if frozen != record["pool_hash"] or pool != sorted(set(pool)) or strangers:
        problems.append(BAD_POOL)
    if rank(bytes.fromhex(record["salt"]), record["randomness"], pool) != record["order"]:
        problems.append(BAD_RANKING)
    return problems


def _micros(text: str) -> int:
    """An aware ISO instant as microseconds since 1970; ValueError for anything else."""
    found = re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?([+-]\d\d:\d\d|Z)", text, re.ASCII)
    if found is None:
        raise ValueError(text)
    whole, part, zone = found.groups()
    at = datetime.fromisoformat(whole + zone.replace("Z", "+00:00"))
    return round(at.timestamp()) * 1_000_000 + int((part or "").ljust(6, "0"))


# Game → groups of (how many, least, greatest), digits of the year in its issues.
_DIGIT = (1, 0, 9)
_GAMES = {
    "fc3d": ((_DIGIT,) * 3, 4),
    "ssq": (((6, 1, 33), (1, 1, 16)), 4),
    "pl3": ((_DIGIT,) * 3, 2),
    "pl5": ((_DIGIT,) * 5, 2),
}
_EPOCH, _DAY, _BEIJING = date(1970, 1, 1).toordinal(), 86_400_000_000, 28_800_000_000


def _lottery_fits(value: Mapping[str, Any], terms: Mapping[str, Any] | None, frozen: int) -> bool:
    """Whether the numbers are of the drawing that counts, in the shape of the game."""
    groups, drawn_at = value["numbers"], _micros(value["drawn_at"])
    if terms is None and "game" not in value:
        fits = groups and all(g and g == sorted(g) and g[0] >= 0 and g[-1] <= 99 for g in groups)
        return bool(fits) and drawn_at > frozen
    if terms is None or value["game"] != terms["game"] or value["game"] not in _GAMES:
        return False
    shape = _GAMES[value["game"]][0]
    fits = len(groups) == len(shape) and all(_is_group(g, *rule) for g, rule in zip(groups, shape, strict=True))
    return fits and (value["issue"], drawn_at) == _drawing(terms, frozen)


def _is_group(group: Sequence[int], many: int, least: int, greatest: int) -> bool:
    return group == sorted(set(group)) and len(group) == many and group[0] >= least and group[-1] <= greatest


def _drawing(terms: Mapping[str, Any], frozen: int) -> tuple[str, int]:
    """Issue and instant (microseconds) of the first drawing at least `lead_minutes` after the freezing."""
    lead, weekdays = _whole(terms["lead_minutes"]), [_whole(day) for day in terms["days"]]
    spans = [re.fullmatch(r"(\d{4}-\d\d-\d\d)/(\d{4}-\d\d-\d\d)", span, re.ASCII) for span in terms["closed"]]
    clock = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)", terms["time"], re.ASCII)
    if lead < 0 or clock is None or None in spans:
        raise ValueError("no calendar")
    closed = [[date.fromisoformat(day).toordinal() for day in span.groups()] for span in spans if span]
    after = (int(clock[1]) * 60 + int(clock[2])) * 60_000_000 - _BEIJING
    earliest = frozen + lead * 60_000_000
    first = (earliest + _BEIJING) // _DAY + _EPOCH

    def held(day: int) -> bool:
        return (day - 1) % 7 + 1 in weekdays and not any(a <= day <= b for a, b in closed)

    found = next(d for d in range(first, first + 400) if held(d) and (d - _EPOCH) * _DAY + after >= earliest)
    year = date.fromordinal(found).year
    count = sum(held(day) for day in range(date(year, 1, 1).toordinal(), found + 1))
    return f"{year:04}"[4 - _GAMES[terms["game"]][1] :] + f"{count:03}", (found - _EPOCH) * _DAY + after


def _public_text(value: Mapping[str, Any], record: Mapping[str, Any]) -> str | None:
    """What a public source adds to the randomness; None for what cannot have come after the freezing."""
    frozen = _micros(record["frozen_at"])
    if value["source"] == "lottery":
        fits = _lottery_fits(value, record.get("lottery"), frozen)
        text = "".join("".join(f"{_whole(number)}." for number in group) + "/" for group in value["numbers"])
        return text if fits else None
    if value["source"] != "drand":
        return None
    after = frozen + (_DELAY - _GENESIS) * 1_000_000
    wanted = -(-after // (_PERIOD * 1_000_000)) + 1
    digest = hashlib.sha256(bytes.fromhex(value["signature"])).hexdigest()
    chain = value["chain"], value["public_key"]
    fits = (*chain, value["round"], value["randomness"]) == (_QUICKNET, _NETWORK_KEY, wanted, digest)
    return f"{value['randomness']}./" if fits else None


def _public_problems(public: Sequence[Mapping[str, Any]], texts: Sequence[str | None]) -> list[str]:
    if None in texts or len({value["source"] for value in public}) < len(public):
        return [BAD_PUBLIC]
    return [] if all(_beacon_holds(value) for value in public) else [BAD_BEACON]


def _beacon_holds(value: Mapping[str, Any]) -> bool:
    return value["source"] != "drand" or drand_holds(value["round"], bytes.fromhex(value["signature"]))


# --- rankings: each method as the keys by which offers are ordered, ascending; equal keys are ordered by the draw -----

Offers = Sequence[Mapping[str, Any]]
Numbers = dict[str, dict[str, int]]
Keys = tuple[list[Any], dict[str, int], Numbers]
_GRADES = {5: "five", 4: "four", 3: "three", 2: "two", 1: "one", None: "new"}


def half_up(numerator: int, denominator: int) -> int:
    """numerator / denominator to the nearest integer, halves up. ValueError for what is no share."""
    if numerator < 0 or denominator <= 0:
        raise ValueError("no share")
    return (2 * numerator + denominator) // (2 * denominator)


def _whole(value: object) -> int:
    if type(value) is not int:
        raise TypeError("not a whole number")
    return value


def _cost(offer: Mapping[str, Any]) -> int:
    return _whole(offer["price_fen"]) if offer["rate_bp"] is None else 10_000 - _whole(offer["rate_bp"])


def _one(offers: Offers, params: Mapping[str, Any]) -> Keys:
    if len(offers) != 1:
        raise ValueError("a direct selection has one offer")
    return [0], {}, {}


def _chance(offers: Offers, params: Mapping[str, Any]) -> Keys:
    return [0 for _ in offers], {}, {}


def _tickets(offers: Offers, params: Mapping[str, Any]) -> Keys:
    held = {offer["label"]: params["tickets"][_GRADES[offer["stars"]]] for offer in offers}
    return [0 for _ in offers], {"tickets": sum(held.values())}, {label: {"tickets": n} for label, n in held.items()}


def _lowest(offers: Offers, params: Mapping[str, Any]) -> Keys:
    return [_cost(offer) for offer in offers], {}, {}


def _average(offers: Offers, params: Mapping[str, Any]) -> Keys:
    values = [_whole(offer["price_fen"] if offer["rate_bp"] is None else offer["rate_bp"]) for offer in offers]
    kept, trim_from = sorted(values), _whole(params["trim_from"])
    if params["variant"] == "B" and len(kept) >= max(trim_from, 3):
        kept = kept[1:-1]
    mean = half_up(sum(kept), len(kept))
    away = [abs(value - mean) for value in values]
    lower = params["tie"] == "lower"
    keys = [(d, _cost(offer)) if lower else (d,) for d, offer in zip(away, offers, strict=True)]
    numbers = {offer["label"]: {"distance": d} for d, offer in zip(away, offers, strict=True)}
    return keys, {"mean": mean}, numbers


def _merit(offers: Offers, params: Mapping[str, Any]) -> Keys:
    lowest = min(_cost(offer) for offer in offers)
    shortest = min(max(offer["days"], 1) for offer in offers)
    keys, numbers = [], {}
    for offer in offers:
        points = offer["points"]
        parts = {
            "price": half_up(10_000 * lowest, _cost(offer)),
            "credit": 100 * offer["credit"],
            "time": half_up(10_000 * shortest, max(offer["days"], 1)),
            "plan": half_up(100 * sum(points), len(points)) if points else 0,
        }
        score = sum(params["weights"][part] * value for part, value in parts.items())
        keys.append((-score, _cost(offer), -offer["credit"]))
        numbers[offer["label"]] = {**parts, "score": score}
    return keys, {}, numbers


def _inquiry(offers: Offers, params: Mapping[str, Any]) -> Keys:
    return [(not offer["named"], _cost(offer)) for offer in offers], {}, {}


def _room(offers: Offers, params: Mapping[str, Any]) -> Keys:
    return [(_whole(offer["price_fen"]), _whole(offer["place"])) for offer in offers], {}, {}


def _shortlist(offers: Offers, params: Mapping[str, Any]) -> Keys:
    costs, size = sorted(_cost(offer) for offer in offers), _whole(params["size"])
    if size < 1:
        raise ValueError("a shortlist of nobody")
    edge = costs[min(size, len(costs)) - 1]
    return [0 if _cost(offer) <= edge else _cost(offer) for offer in offers], {"edge": edge}, {}


METHODS: dict[str, Callable[[Offers, Mapping[str, Any]], Keys]] = {
    "direct": _one,
    "random": _chance,
    "weighted": _tickets,
    "lowest": _lowest,
    "average": _average,
    "merit": _merit,
    "inquiry": _inquiry,
    "bidding": _room,
    "shortlist": _shortlist,
}
ALWAYS_DRAWN = ("random", "weighted")


def _entered(record: Mapping[str, Any]) -> dict[str, list[str]]:
    """Label of each valid offer → what stands for it in the pool: itself, or one label a ticket."""
    names = {offer["label"]: [offer["label"]] for offer in record["offers"]}
    if record["method"] != "weighted":
        return names
    for offer in record["offers"]:
        code, _, number = offer["label"].rpartition("/")
        held = record["params"]["tickets"][_GRADES[offer["stars"]]]
        names[offer["label"]] = [f"{code}#{ticket}/{number}" for ticket in range(1, held + 1)]
    return names


def check_ranking(record: Mapping[str, Any]) -> list[str]:
    """Problems of a ranking record: points, draw, order, and every number by which offers were ordered.

    The sentences that give the reasons are not checked, only what they say in numbers.
    """
    if record["format"] != "marketplace-ranking/1" or record["method"] not in METHODS:
        return [BAD_FORMAT]
    offers, draw, problems = record["offers"], record["draw"], []
    given = [[sheet["points"][offer["label"]] for sheet in record["assessors"]] for offer in offers]
    if given != [offer["points"] for offer in offers]:
        problems.append(BAD_POINTS)
    keys, figures, numbers = METHODS[record["method"]](offers, record["params"])
    drawn = len(set(keys)) < len(keys) or record["method"] in ALWAYS_DRAWN
    if drawn is (draw is None):
        return [*problems, NEEDS_DRAW]
    places = {offer["label"]: 0 for offer in offers}
    if draw is not None:
        names = _entered(record)
        problems += check_draw(draw)
        if draw["tender"] != record["tender"] or draw["pool"] != sorted(n for part in names.values() for n in part):
            return [*problems, BAD_ENTRY]
        places = {label: min(draw["order"].index(name) for name in part) for label, part in names.items()}
    found = sorted(zip(keys, (offer["label"] for offer in offers), strict=True), key=lambda p: (p[0], places[p[1]]))
    again = [{"label": label, "numbers": numbers.get(label, {})} for _, label in found]
    shown = [{"label": row["label"], "numbers": row["numbers"]} for row in record["order"]]
    return problems if (again, figures) == (shown, record["figures"]) else [*problems, BAD_RANKING]


def check_minutes(part: Mapping[str, Any], key: str | None) -> list[str]:
    """Problems of the minutes of an opening: signature, and the offers that are published beside them."""
    if key and part["public_key"] != key:
        return [BAD_KEY]
    public, signature = bytes.fromhex(part["public_key"]), bytes.fromhex(part["signature"])
    problems = [] if ed25519_holds(public, canonical(part["minutes"]), signature) else [BAD_SIGNATURE]
    digest = hashlib.sha256(canonical(part["offers"])).hexdigest()
    return problems if digest == part["minutes"]["offers_digest"] else [*problems, BAD_OFFERS]


Check = Callable[[Mapping[str, Any], "str | None"], list[str]]


def _check_receipt(part: Mapping[str, Any], key: str | None) -> list[str]:
    problems = check_signed(part, key)
    wrong = "event" in part and hash_leaf(canonical(part["event"])).hex() != part["leaf"]
    return problems + ([BAD_LEAF] if wrong else [])


def _check_inclusion(part: Mapping[str, Any], _: str | None) -> list[str]:
    path = [bytes.fromhex(step) for step in part["path"]]
    leaf, root = bytes.fromhex(part["leaf"]), bytes.fromhex(part["root"])
    return check_inclusion(leaf, part["index"], part["size"], path, root)


def _check_consistency(part: Mapping[str, Any], key: str | None) -> list[str]:
    first, second = part["first"], part["second"]
    path = [bytes.fromhex(step) for step in part["path"]]
    roots = bytes.fromhex(first["root"]), bytes.fromhex(second["root"])
    signed = check_signed(first, key) + check_signed(second, key)
    return signed + check_consistency(first["size"], roots[0], second["size"], roots[1], path)


CHECKS: dict[str, Check] = {
    "receipt": _check_receipt,
    "inclusion": _check_inclusion,
    "head": check_signed,
    "consistency": _check_consistency,
    "minutes": check_minutes,
    "draw": lambda part, _: check_draw(part),
    "ranking": lambda part, _: check_ranking(part),
}


def parts_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """The named parts of a file: a bundle has them by name, a bare part is known by its fields."""
    named = {name: document[name] for name in CHECKS if isinstance(document.get(name), Mapping)}
    if named and not {"signature", "method"} & set(document):
        return named
    marks = {
        "minutes": "minutes",
        "ranking": "method",
        "draw": "algorithm",
        "consistency": "first",
        "inclusion": "path",
        "head": "root",
        "receipt": "leaf",
    }
    return next(({name: document} for name, mark in marks.items() if mark in document), {})


def check_document(document: object, key: str | None = None) -> dict[str, list[str]]:
    """Problems by part; a part with an empty list holds; an empty answer means that nothing was recognised."""
    if not isinstance(document, Mapping):
        return {}
    parts = parts_of(document)
    found = {name: _guarded(CHECKS[name], part, key) for name, part in parts.items()}
    for name, problem in _mismatches(parts):
        found[name].append(problem)
    return found


def trusted(document: object) -> dict[str, list[str]]:
    """What was not checked and must be believed or looked up elsewhere, by part; only parts that have some."""
    if not isinstance(document, Mapping):
        return {}
    found = {name: _trusted(part) for name, part in parts_of(document).items() if name in {"draw", "ranking"}}
    return {name: sentences for name, sentences in found.items() if sentences}


def _trusted(part: Mapping[str, Any]) -> list[str]:
    draw = part.get("draw") if isinstance(part.get("draw"), Mapping) else part
    public = draw.get("public") if isinstance(draw, Mapping) else None
    entered = [value for value in public if isinstance(value, Mapping)] if isinstance(public, list) else []
    numbers = any(value.get("source") == "lottery" for value in entered)
    old = numbers and isinstance(draw, Mapping) and draw.get("lottery") is None
    return [TRUST_ROOM] * (part.get("method") == "bidding") + [TRUST_NUMBERS] * numbers + [TRUST_ISSUE] * old


def _guarded(check: Check, part: Mapping[str, Any], key: str | None) -> list[str]:
    try:
        return check(part, key)
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, StopIteration):
        return [BAD_SHAPE]


def _mismatches(parts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Parts that hold each for itself but do not belong together."""
    receipt, inclusion, head = (parts.get(name) for name in ("receipt", "inclusion", "head"))
    strange = receipt and inclusion and receipt.get("leaf") != inclusion.get("leaf")
    foreign = inclusion and head and any(inclusion.get(name) != head.get(name) for name in ("root", "size"))
    mixed = [
        name for name in ("minutes", "draw", "receipt") if name in parts and _tender(name, parts) != _tender("", parts)
    ]
    return (
        [("inclusion", BAD_LEAF)] * bool(strange)
        + [("inclusion", BAD_ROOT)] * bool(foreign)
        + [(name, NOT_THIS) for name in mixed if "ranking" in parts]
    )


def _tender(name: str, parts: Mapping[str, Any]) -> object:
    """Which tender a part speaks of; the ranking's for an empty name."""
    part = parts.get(name or "ranking", {})
    inner = part.get("minutes") if name == "minutes" else part
    return inner.get("tender") if isinstance(inner, Mapping) else None


def main(arguments: Sequence[str]) -> int:
    """Check one file; print every part and problem; the exit code is the verdict."""
    words = list(arguments)
    key = words.pop(words.index("--key") + 1) if "--key" in words[:-1] else None
    files = [word for word in words if word != "--key"]
    if len(files) != 1:
        sys.stdout.write(f"{__doc__}\n")
        return 2
    try:
        document = read(Path(files[0]).read_text(encoding="utf-8"))
        found, open_ = check_document(document, key), trusted(document)
    except (OSError, ValueError, RecursionError) as broken:
        sys.stdout.write(f"无法读取：{broken}\n")
        return 2
    lines = [f"{name}: {verdict(problems, open_.get(name, []))}" for name, problems in found.items()]
    sys.stdout.write("\n".join(lines or [BAD_SHAPE]) + "\n")
    return (1 if any(found.values()) else 3 if open_ else 0) if found else 2


def verdict(problems: Sequence[str], left: Sequence[str]) -> str:
    """One part in words. left: what was taken on trust."""
    said = "；".join(problems) or ("其余通过" if left else "通过")
    return "。未核验：".join([said, "；".join(left)] if left else [said])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
