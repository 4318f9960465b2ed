"""The arithmetic of a draw: commitments, the frozen pool, and a check that anyone can run on a published record."""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from marketplace.kernel.draw import rank
from marketplace.selection.sources import SOURCES

FORMAT = "marketplace-draw/1"
ALGORITHM = "hkdf-sha256-order"
OPERATOR, REGULATOR = "operator", "regulator"
KEEPERS = (OPERATOR, REGULATOR)
SEED_BYTES = 32
NAMES = {OPERATOR: "运营机构", REGULATOR: "监管部门", **{code: source.label for code, source in SOURCES.items()}}

BAD_ALGORITHM = "不认识的摇号算法"
BAD_SHAPE = "记录内容不完整，无法核验"
BAD_COMMITMENT = "{keeper}公布的种子与事先公布的承诺不符"
WITHHELD = "{keeper}的种子未能与承诺对上，已按规则以其承诺值代替，并已登记为事件"
BAD_KEEPERS = "承诺与种子的保管方不一致"
BAD_POOL = "候选名单与冻结时的散列不符"
BAD_LABELS = "候选名单中有标签不属于本采购项目"
BAD_SALT = "盐值不是运营机构的种子"
BAD_RANDOMNESS = "随机文本不是由监管方种子和候选名单散列组成"
BAD_PUBLIC = "公开来源“{source}”的号码或签名不成立，或不是名单冻结之后产生的"
MISSED = "公开来源“{source}”逾期没有录入，已按规则不计入，并已登记为事件"
BAD_ORDER = "重新计算的排序与公布的排序不同"

_HEX = re.compile(r"(?:[0-9a-f]{2})+")


def label_of(uscc: str, number: str) -> str:
    """The label of one candidate: nothing in it can be chosen after the seeds were committed to."""
    return f"{uscc}/{number}"


def commitment_of(seed: bytes) -> str:
    """What is published with the notice: SHA-256 of a seed, hex."""
    return hashlib.sha256(seed).hexdigest()


def pool_hash_of(pool: Sequence[str]) -> str:
    """SHA-256 of the sorted labels joined by newline, hex."""
    return hashlib.sha256("\n".join(pool).encode()).hexdigest()


def randomness_of(regulator_seed: bytes, pool_hash: str, texts: Sequence[str] = ()) -> str:
    """The randomness text: the regulator's seed, the frozen pool, each public source, in the form of RFC 3797."""
    return f"{regulator_seed.hex()}.{pool_hash}/" + "".join(texts)


def resolve(seeds: Mapping[str, bytes | None], commitments: Mapping[str, str]) -> tuple[dict[str, bytes], list[str]]:
    """Seeds to draw with and the keepers whose seed is replaced by its own commitment (the fixed fallback).

    seeds: keeper → revealed seed, None when it could not be revealed. commitments: keeper → SHA-256 hex.
    """
    used: dict[str, bytes] = {}
    withheld: list[str] = []
    for keeper, commitment in commitments.items():
        seed = seeds.get(keeper)
        if seed is None or commitment_of(seed) != commitment:
            withheld.append(keeper)
            seed = bytes.fromhex(commitment)
        used[keeper] = seed
    return used, withheld


def draw_record(
    number: str,
    seeds: Mapping[str, bytes],
    withheld: Sequence[str],
    commitments: Mapping[str, str],
    labels: Sequence[str],
    public: Sequence[Mapping[str, Any]] = (),
    **around: Any,
) -> dict[str, Any]:
    """The public record of one draw. seeds: of both keepers. labels: the candidates, in any order.

    public: the numbers of the public sources, in the order of the notice. around: facts that do not enter the order
    (`excluded`, `frozen_at`, `missed`).
    """
    pool = sorted(labels)
    pool_hash = pool_hash_of(pool)
    texts = [SOURCES[value["source"]].text(value) for value in public]
    salt, randomness = seeds[OPERATOR], randomness_of(seeds[REGULATOR], pool_hash, texts)
    record: dict[str, Any] = {
        "format": FORMAT,
        "algorithm": ALGORITHM,
        "tender": number,
        "salt": salt.hex(),
        "randomness": randomness,
        "commitments": dict(commitments),
        "seeds": {keeper: seed.hex() for keeper, seed in seeds.items()},
        "pool": pool,
        "pool_hash": pool_hash,
        "public": [dict(value) for value in public],
        "order": rank(salt, randomness, pool),
        **around,
    }
    if withheld:
        record["withheld"] = list(withheld)
    return record


def verify_draw(record: object) -> list[str]:
    """Problems of a published draw record; an empty list means that it can be recomputed in every step."""
    if not isinstance(record, Mapping):
        return [BAD_SHAPE]
    if record.get("algorithm") != ALGORITHM:
        return [BAD_ALGORITHM]
    if not _well_formed(record):
        return [BAD_SHAPE]
    return [
        *incidents(record),
        *_seed_problems(record),
        *_public_problems(record),
        *_pool_problems(record),
        *_order_problems(record),
    ]


def in_words(problem: str, translate: Callable[[str], str]) -> str:
    """A problem in the reader's language, whoever it names included. translate: of a source text."""
    for template in (BAD_COMMITMENT, BAD_PUBLIC, WITHHELD, MISSED):
        for code, name in NAMES.items():
            if problem == template.format(keeper=code, source=code):
                return translate(template).format(keeper=translate(name), source=translate(name))
    return translate(problem)


def incidents(record: Mapping[str, Any]) -> list[str]:
    """What went wrong in a draw that was nevertheless held by rule: seeds and public sources that did not come."""
    withheld = [WITHHELD.format(keeper=keeper) for keeper in record.get("withheld", [])]
    return withheld + [MISSED.format(source=code) for code in record.get("missed", [])]


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _is_hexes(value: object) -> bool:
    return isinstance(value, Mapping) and all(isinstance(v, str) and _HEX.fullmatch(v) for v in value.values())


def _well_formed(record: Mapping[str, Any]) -> bool:
    texts = all(isinstance(record.get(name), str) for name in ("tender", "salt", "randomness", "pool_hash"))
    lists = all(_is_texts(record.get(name)) for name in ("pool", "order"))
    maps = all(_is_hexes(record.get(name)) for name in ("commitments", "seeds"))
    public = all(isinstance(value, Mapping) for value in record.get("public", []))
    return (
        texts
        and lists
        and maps
        and public
        and _is_texts(record.get("withheld", []))
        and bool(_HEX.fullmatch(record["salt"]))
    )


def _seed_problems(record: Mapping[str, Any]) -> list[str]:
    commitments, seeds = record["commitments"], record["seeds"]
    if set(commitments) != set(KEEPERS) or set(seeds) != set(KEEPERS):
        return [BAD_KEEPERS]
    problems = []
    for keeper in KEEPERS:
        if keeper in record.get("withheld", []):
            honest = seeds[keeper] == commitments[keeper]
        else:
            honest = commitment_of(bytes.fromhex(seeds[keeper])) == commitments[keeper]
        if not honest:
            problems.append(BAD_COMMITMENT.format(keeper=keeper))
    if record["salt"] != seeds[OPERATOR]:
        problems.append(BAD_SALT)
    if not record["randomness"].startswith(f"{seeds[REGULATOR]}.{record['pool_hash']}/"):
        problems.append(BAD_RANDOMNESS)
    return problems


def _public_problems(record: Mapping[str, Any]) -> list[str]:
    problems, texts = [], []
    met: set[object] = set()
    for value in record.get("public", []):
        text = None if value.get("source") in met else _public_text(record, value)
        met.add(value.get("source"))
        texts.append(text or "")
        if text is None:
            problems.append(BAD_PUBLIC.format(source=value.get("source")))
    if "".join(record["randomness"].partition("/")[2:]) != "".join(texts) and BAD_RANDOMNESS not in problems:
        problems.append(BAD_RANDOMNESS)
    return problems


def _public_text(record: Mapping[str, Any], value: Mapping[str, Any]) -> str | None:
    """The part of the randomness that a public source gives; None for what cannot have come after the freezing."""
    try:
        source = SOURCES[value["source"]]
        frozen_at, terms = datetime.fromisoformat(record["frozen_at"]), record.get("lottery") or {}
        return source.text(value) if source.follows(value, frozen_at, terms) else None
    except (LookupError, TypeError, ValueError, AttributeError):
        return None


def _pool_problems(record: Mapping[str, Any]) -> list[str]:
    pool = record["pool"]
    problems = []
    if pool != sorted(set(pool)) or pool_hash_of(pool) != record["pool_hash"]:
        problems.append(BAD_POOL)
    if any(label.rpartition("/")[2] != record["tender"] for label in pool):
        problems.append(BAD_LABELS)
    return problems


def _order_problems(record: Mapping[str, Any]) -> list[str]:
    pool = list(dict.fromkeys(record["pool"]))
    same = rank(bytes.fromhex(record["salt"]), record["randomness"], pool) == record["order"]
    return [] if same else [BAD_ORDER]


# Roles whose logins speak for a keeper's seed.
SPEAKS_FOR = {"operator": OPERATOR, "authority": REGULATOR}


def keepers_of(roles: Iterable[str]) -> frozenset[str]:
    """The keepers whose seed somebody with these roles may reveal."""
    return frozenset(SPEAKS_FOR[role] for role in roles if role in SPEAKS_FOR)
