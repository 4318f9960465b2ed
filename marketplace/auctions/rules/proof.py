"""The check of a room's audit file: whoever replays the entries must come to the same stages and standings."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from nacl.public import PrivateKey, SealedBox

from marketplace.auctions.rules.journal import Entry, digest_of, step_entry
from marketplace.auctions.rules.room import Room, scheduled
from marketplace.auctions.rules.sealed import Envelope, is_sealed, opener, public_half, value_in
from marketplace.auctions.rules.stages import advance, quote
from marketplace.auctions.rules.terms import terms_of
from marketplace.kernel.errors import DomainError

FORMAT = "auction-1"

BAD_FORMAT = "不是竞价过程文件，或版本不认识"
BAD_SHAPE = "第{serial}条记录不完整，无法核验"
BAD_DIGEST = "记录与文件所载的散列不符"
BAD_FIRST = "第一条记录不是竞价安排"
BAD_STEP = "第{serial}条记录：按规则此时应为{wanted}，文件记录为{found}"
BAD_QUOTE = "第{serial}条记录：该报价按规则不能接受（{why}）"
BAD_STANDINGS = "按规则重新计算的名次与文件不同"
BAD_SEATS = "参加者名单与竞价座位不符"
NOT_ENDED = "记录没有到竞价结束"
BAD_KEY = "公布的私钥与记录的密封公钥不是一对"
BAD_ENVELOPE = "第{serial}条记录：信封里的内容与记录的报价不符"
BAD_REFUSAL = "第{serial}条记录：信封里是有效的报价，不应当不计"


@dataclass(frozen=True, slots=True)
class Opener:
    """What repeats the opening of the envelopes too: the tender's number and the box of the published key."""

    number: str
    box: SealedBox[PrivateKey]


def replay(entries: Sequence[Entry], opener: Opener | None = None) -> tuple[Room | None, list[str]]:
    """Repeat a room from its entries: the room at the end, and every entry that the rules do not bear out.

    opener: repeats the opening of the envelopes too; without one what the journal says was in them is believed.
    """
    if not entries or entries[0].get("kind") != "scheduled":
        return None, [BAD_FIRST]
    room = _first(entries[0])
    for serial, entry in enumerate(entries[1:], 2):
        room, problem = _REPEAT.get(entry["kind"], _repeat_step)(room, entry, opener)
        if problem:  # everything after it would only repeat the complaint
            return room, [problem.format(serial=serial)]
    return room, []


def _first(entry: Entry) -> Room:
    entries = {e["seat"]: (e["value"], datetime.fromisoformat(e["at"])) for e in entry["entries"]}
    return scheduled(terms_of(entry["terms"]), entries, datetime.fromisoformat(entry["starts_at"]))


def _repeat_quote(room: Room, entry: Entry, opener: Opener | None) -> tuple[Room, str]:
    if opener is not None and is_sealed(room) and _inside(room, entry, opener) != entry["value"]:
        return room, BAD_ENVELOPE
    try:
        return quote(room, entry["seat"], entry["value"], datetime.fromisoformat(entry["received_at"])), ""
    except DomainError as refusal:
        return room, _literal(BAD_QUOTE, why=refusal.text)


def _repeat_refusal(room: Room, entry: Entry, opener: Opener | None) -> tuple[Room, str]:
    """What did not count changes nothing; with the key anybody can see that it had to be so."""
    value = None if opener is None else _inside(room, entry, opener)
    if value is not None:
        try:
            quote(room, entry["seat"], value, datetime.fromisoformat(entry["received_at"]))
        except (DomainError, IndexError):
            return room, ""
        return room, BAD_REFUSAL
    return room, ""


def _inside(room: Room, entry: Entry, opener: Opener) -> int | None:
    if room.stage is None or "envelope" not in entry:
        return None
    received_at = datetime.fromisoformat(entry["received_at"])
    one = Envelope(room.stage.number, entry["seat"], received_at, entry["envelope"], entry["digest"])
    return value_in(opener.box, opener.number, one)[0]


def _repeat_key(room: Room, entry: Entry, opener: Opener | None) -> tuple[Room, str]:
    return room, ""


def _repeat_step(room: Room, entry: Entry, opener: Opener | None) -> tuple[Room, str]:
    at = datetime.fromisoformat(entry["at"])
    moved = advance(room, at)
    wanted = step_entry(moved, at) if moved is not room else {"kind": "（无变化）"}
    if wanted != entry:
        return room, _literal(BAD_STEP, wanted=_told(wanted), found=_told(entry))
    return moved, ""


_REPEAT: dict[str, Callable[[Room, Entry, Opener | None], tuple[Room, str]]] = {
    "quote": _repeat_quote,
    "refused": _repeat_refusal,
    "key": _repeat_key,
}


def _literal(text: str, **facts: str) -> str:
    """Everything but the serial filled in."""
    whole = {name: value.replace("{", "{{").replace("}", "}}") for name, value in facts.items()}
    return text.format(serial="{serial}", **whole)


def _told(entry: Entry) -> str:
    facts = {name: value for name, value in entry.items() if name not in {"at", "shown"}}
    return json.dumps(facts, ensure_ascii=False, sort_keys=True)


def verify_audit(file: object) -> list[str]:
    """Problems of a published audit file; an empty list means that every step can be recomputed."""
    if not isinstance(file, Mapping) or file.get("format") != FORMAT or not isinstance(file.get("entries"), list):
        return [BAD_FORMAT]
    return [problem for check in _CHECKS for problem in check(file)]


def _digest_problems(file: Entry) -> list[str]:
    return [] if digest_of(file["entries"]) == file.get("digest") else [BAD_DIGEST]


def _step_problems(file: Entry) -> list[str]:
    try:
        opener = _opener(file)
        room, problems = replay(file["entries"], opener)
    except _KeyError:
        return [BAD_KEY]
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        return [BAD_SHAPE.format(serial=f"（{type(error).__name__}）")]
    if problems or room is None:
        return problems
    return [] if room.status == "ended" else [NOT_ENDED]


class _KeyError(Exception):
    """The published private half does not belong to the key that the journal names."""


def _opener(file: Entry) -> Opener | None:
    """What opens the envelopes of a file again, or None for a room that never had a sealed stage."""
    keys = [entry["envelope_key"] for entry in file["entries"] if entry["kind"] == "key"]
    if not keys:
        return None
    private = str(file.get("envelope_key"))
    try:
        if {public_half(private)} != set(keys):
            raise _KeyError
    except ValueError as error:
        raise _KeyError from error
    return Opener(file["tender"], opener(private))


def _seat_problems(file: Entry) -> list[str]:
    try:
        numbers = [seat["seat"] for seat in file["seats"]]
        known = [entry["seat"] for entry in file["entries"][0]["entries"]]
        same = sorted(numbers) == sorted(known) and len({seat["uscc"] for seat in file["seats"]}) == len(numbers)
    except (KeyError, TypeError, IndexError):
        same = False
    return [] if same else [BAD_SEATS]


_CHECKS: tuple[Callable[[Entry], list[str]], ...] = (_digest_problems, _step_problems, _seat_problems)
