"""The audit file of a room, and its check: whoever replays the entries must come to the same stages and standings."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from marketplace.auctions.rules import room as rooms
from marketplace.auctions.rules.room import Room
from marketplace.auctions.rules.stages import advance, final, quote
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

Entry = Mapping[str, Any]


def digest_of(entries: Sequence[Entry]) -> str:
    """SHA-256 of the canonical JSON of all entries, hex: what the event at the end names."""
    text = json.dumps(list(entries), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def scheduled_entry(room: Room, at: datetime) -> dict[str, Any]:
    """The first entry: terms, entry quotes by number, and the start."""
    entries = [{"seat": seat.number, "value": seat.value, "at": seat.at.isoformat()} for seat in room.seats]
    return {
        "kind": "scheduled",
        "at": at.isoformat(),
        "starts_at": room.starts_at.isoformat(),
        "terms": rooms.terms_json(room.terms),
        "entries": entries,
    }


def step_entry(room: Room, at: datetime) -> dict[str, Any]:
    """What a step of the clock at `at` led to: another start, a stage, or the end with its standings."""
    entry: dict[str, Any] = {"at": at.isoformat()}
    if room.status == "scheduled":
        return {**entry, "kind": "rescheduled", "starts_at": room.starts_at.isoformat()}
    if room.status == "running":
        return {**entry, "kind": "stage", "stage": rooms.stage_json(room.stage), "shown": list(room.shown)}
    assert room.ended_at is not None
    return {**entry, "kind": "ended", "ended_at": room.ended_at.isoformat(), "standings": standings(room)}


def quote_entry(number: int, value: int, received_at: datetime, at: datetime) -> dict[str, Any]:
    """An accepted quote: who, how much, when it was received in full and when it was written."""
    return {
        "kind": "quote",
        "at": at.isoformat(),
        "seat": number,
        "value": value,
        "received_at": received_at.isoformat(),
    }


def standings(room: Room) -> list[dict[str, Any]]:
    """The final standings, best first. place: shared where the draw decides."""
    place = rooms.places(room)
    return [
        {"seat": seat.number, "value": seat.value, "at": seat.at.isoformat(), "place": place[seat.number]}
        for seat in final(room)
    ]


def replay(entries: Sequence[Entry]) -> tuple[Room | None, list[str]]:
    """Repeat a room from its entries: the room at the end, and every entry that the rules do not bear out."""
    if not entries or entries[0].get("kind") != "scheduled":
        return None, [BAD_FIRST]
    room = _first(entries[0])
    for serial, entry in enumerate(entries[1:], 2):
        room, problem = (_repeat_quote if entry["kind"] == "quote" else _repeat_step)(room, entry, serial)
        if problem:  # everything after it would only repeat the complaint
            return room, [problem]
    return room, []


def _first(entry: Entry) -> Room:
    entries = {e["seat"]: (e["value"], datetime.fromisoformat(e["at"])) for e in entry["entries"]}
    return rooms.scheduled(rooms.terms_of(entry["terms"]), entries, datetime.fromisoformat(entry["starts_at"]))


def _repeat_quote(room: Room, entry: Entry, serial: int) -> tuple[Room, str]:
    try:
        changed = quote(room, entry["seat"], entry["value"], datetime.fromisoformat(entry["received_at"]))
    except DomainError as refusal:
        return room, BAD_QUOTE.format(serial=serial, why=refusal.text)
    return changed, ""


def _repeat_step(room: Room, entry: Entry, serial: int) -> tuple[Room, str]:
    at = datetime.fromisoformat(entry["at"])
    moved = advance(room, at)
    wanted = step_entry(moved, at) if moved is not room else {"kind": "（无变化）"}
    if wanted != entry:
        return room, BAD_STEP.format(serial=serial, wanted=_told(wanted), found=_told(entry))
    return moved, ""


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
        room, problems = replay(file["entries"])
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        return [BAD_SHAPE.format(serial=f"（{type(error).__name__}）")]
    if problems or room is None:
        return problems
    return [] if room.status == "ended" else [NOT_ENDED]


def _seat_problems(file: Entry) -> list[str]:
    try:
        numbers = [seat["seat"] for seat in file["seats"]]
        known = [entry["seat"] for entry in file["entries"][0]["entries"]]
        same = sorted(numbers) == sorted(known) and len({seat["uscc"] for seat in file["seats"]}) == len(numbers)
    except (KeyError, TypeError, IndexError):
        same = False
    return [] if same else [BAD_SEATS]


_CHECKS: tuple[Callable[[Entry], list[str]], ...] = (_digest_problems, _step_problems, _seat_problems)
