"""A load generator of our own: prepared requests over keep-alive connections, closed loop or by a timetable."""

import asyncio
import re
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import orjson

_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
READ_LIMIT = 2**20


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer. place: of its request. sent: wall time when its last byte was written. wait_ms: since it was due."""

    place: int
    status: int
    body: bytes
    sent: float
    wait_ms: float


def post(path: str, body: Mapping[str, object], **headers: str) -> bytes:
    """The bytes of a request with a JSON body; underscores in names of headers stand for hyphens."""
    text = orjson.dumps(body)
    lines = [f"POST {path} HTTP/1.1", "Host: localhost", "Content-Type: application/json"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, f"Content-Length: {len(text)}", "", ""]).encode() + text


def closed(port: int, requests: Sequence[bytes], connections: int = 16) -> list[Answer]:
    """Send all requests, each connection the next one when it has its answer."""
    return asyncio.run(_all(port, requests, connections, None))


def timed(port: int, requests: Sequence[bytes], *, rate: float, connections: int) -> list[Answer]:
    """Send `rate` requests per second whatever the answers do; the wait counts from when a request was due."""
    return asyncio.run(_all(port, requests, connections, rate))


async def _all(port: int, requests: Sequence[bytes], connections: int, rate: float | None) -> list[Answer]:
    waiting = deque(enumerate(requests))
    answers: list[Answer] = []
    opened = [await asyncio.open_connection("127.0.0.1", port, limit=READ_LIMIT) for _ in range(connections)]
    begin = time.perf_counter()
    await asyncio.gather(*(_talk(*pair, waiting, answers, begin, rate) for pair in opened))
    for _, writer in opened:
        writer.close()
    return answers


async def _talk(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    waiting: deque[tuple[int, bytes]],
    answers: list[Answer],
    begin: float,
    rate: float | None,
) -> None:
    while waiting:
        place, request = waiting.popleft()
        due = time.perf_counter()
        if rate is not None:
            due = begin + place / rate
            if (ahead := due - time.perf_counter()) > 0:
                await asyncio.sleep(ahead)
        writer.write(request)
        sent = time.time()
        status, body = await _answer(reader)
        answers.append(Answer(place, status, body, sent, (time.perf_counter() - due) * 1000))


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    length = _LENGTH.search(head)
    body = await reader.readexactly(int(length[1])) if length else b""
    return int(head[9:12]), body


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which a share of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
