"""A load generator of our own: prepared requests over keep-alive connections, closed loop or by a timetable."""

import re
import selectors
import socket
import time
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
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
    return _all(port, requests, connections, None)


def timed(port: int, requests: Sequence[bytes], *, rate: float, connections: int) -> list[Answer]:
    """Send `rate` requests per second whatever the answers do; the wait counts from when a request was due."""
    return _all(port, requests, connections, rate)


@dataclass
class _Line:
    """One connection and the request that is on it."""

    wire: socket.socket
    place: int = 0
    due: float = 0.0
    sent: float = 0.0
    got: bytes = b""

    def send(self, place: int, request: bytes, due: float) -> None:
        self.place, self.due, self.got = place, due, b""
        self.wire.sendall(request)
        self.sent = time.time()

    def answer(self) -> Answer | None:
        """Take what has come; the answer when it is whole."""
        more = self.wire.recv(READ_LIMIT)
        if not more:
            raise ConnectionError("the server hung up before its answer was whole")
        self.got += more
        head, found, body = self.got.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if not found or len(body) < (int(length[1]) if length else 0):
            return None
        return Answer(self.place, int(head[9:12]), body, self.sent, (time.perf_counter() - self.due) * 1000)


def _all(port: int, requests: Sequence[bytes], connections: int, rate: float | None) -> list[Answer]:
    # One thread and one look at all sockets: what the generator takes of the cores, the server has not.
    answers: list[Answer] = []
    with ExitStack() as stack, selectors.DefaultSelector() as ready:
        idle = deque[_Line]()
        for _ in range(connections):
            wire = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
            wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            idle.append(_Line(wire))
            ready.register(wire, selectors.EVENT_READ, idle[-1])
        begin, waiting = time.perf_counter(), deque(enumerate(requests))
        while len(answers) < len(requests):
            ahead = _send_due(waiting, idle, begin, rate)
            for key, _ in ready.select(ahead):
                if (whole := key.data.answer()) is not None:
                    answers.append(whole)
                    idle.append(key.data)
    return answers


def _send_due(waiting: deque[tuple[int, bytes]], idle: deque[_Line], begin: float, rate: float | None) -> float | None:
    """Send what is due while there are lines; seconds until the next is due, or None to wait for an answer."""
    while waiting and idle:
        place, request = waiting[0]
        now = time.perf_counter()
        due = now if rate is None else begin + place / rate
        if due > now:
            return due - now
        waiting.popleft()
        idle.popleft().send(place, request, due)
    return None


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which a share of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
