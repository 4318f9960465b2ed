"""How an answer is read from a connection: HTTP/1.1 as providers speak it, under one deadline and with a largest size.

Whatever is not plainly an answer is a ValueError; the caller then knows nothing, which is the safe side.
"""

import re
import socket
import time
from dataclasses import dataclass, field

HEAD_LIMIT = 65_536  # bytes of status and headers, or of one line
_STATUS = re.compile(rb"HTTP/1\.([01]) (\d{3})(?: [^\r\n]*)?", re.ASCII)
_ONCE = frozenset({b"content-length", b"transfer-encoding"})  # said twice, they must say the same
_SIZE = re.compile(rb"[0-9a-fA-F]{1,8}", re.ASCII)


def left(deadline: float) -> float:
    """Seconds until a deadline (time.monotonic). Raises TimeoutError when it has passed."""
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise TimeoutError
    return seconds


@dataclass
class _Hearing:
    """What came and was not taken yet. Each read gets only what is left of the deadline: dripping bytes buy no time."""

    link: socket.socket
    deadline: float
    limit: int
    came: bytearray = field(default_factory=bytearray)

    def more(self) -> bool:
        self.link.settimeout(left(self.deadline))
        got = self.link.recv(65_536)
        self.came += got
        return bool(got)

    def until(self, mark: bytes) -> bytes:
        """Up to a mark, which is taken as well."""
        while (at := self.came.find(mark)) < 0:
            if len(self.came) > HEAD_LIMIT or not self.more():
                raise ValueError("the answer ends early")
        return self.take(at + len(mark))[: -len(mark)]

    def exactly(self, size: int) -> bytes:
        if size > self.limit:
            raise ValueError("answer too long")
        while len(self.came) < size:
            if not self.more():
                raise ValueError("the answer ends early")
        return self.take(size)

    def all(self) -> bytes:
        while len(self.came) <= self.limit and self.more():
            pass
        if len(self.came) > self.limit:
            raise ValueError("answer too long")
        return self.take(len(self.came))

    def take(self, size: int) -> bytes:
        taken = bytes(self.came[:size])
        del self.came[:size]
        return taken


def hear(link: socket.socket, deadline: float, limit: int) -> tuple[int, bytes, bool]:
    """Status, body, and whether the connection is good for another request: all was read, and nothing came after it.

    limit: the largest body. Raises ValueError for what is no answer, OSError for trouble on the way.
    """
    heard = _Hearing(link, deadline, limit)
    status, kept, headers = _head(heard.until(b"\r\n\r\n"))
    while status < 200:  # "go on" and the like come before the answer
        status, kept, headers = _head(heard.until(b"\r\n\r\n"))
    length = headers.get(b"content-length", b"")
    if status in {204, 304}:
        body = b""
    elif headers.get(b"transfer-encoding", b"identity").lower() != b"identity":
        body = _chunks(heard, headers)
    elif length:
        if not length.isdigit():
            raise ValueError("not a length")
        body = heard.exactly(int(length))
    else:
        body, kept = heard.all(), False
    return status, body, kept and not heard.came


def _head(text: bytes) -> tuple[int, bool, dict[bytes, bytes]]:
    first, *lines = text.split(b"\r\n")
    found = _STATUS.fullmatch(first)
    if found is None:
        raise ValueError("not an answer")
    headers: dict[bytes, bytes] = {}
    for line in lines:
        name, colon, value = line.partition(b":")
        name, value = name.lower(), value.strip()
        if not colon or (name in _ONCE and headers.get(name, value) != value):
            raise ValueError("not a header")
        headers[name] = value
    kept = found[1] == b"1" and headers.get(b"connection", b"").lower() != b"close"
    return int(found[2]), kept, headers


def _chunks(heard: _Hearing, headers: dict[bytes, bytes]) -> bytes:
    if headers[b"transfer-encoding"].lower() != b"chunked" or b"content-length" in headers:
        raise ValueError("not a way to send a body")
    body = bytearray()
    while size := _size(heard.until(b"\r\n")):
        body += heard.exactly(size)
        if heard.exactly(2) != b"\r\n":
            raise ValueError("not a chunk")
        if len(body) > heard.limit:
            raise ValueError("answer too long")
    while heard.until(b"\r\n"):  # what may follow the last chunk says nothing to us
        pass
    return bytes(body)


def _size(line: bytes) -> int:
    digits = line.partition(b";")[0].strip()
    if not _SIZE.fullmatch(digits):
        raise ValueError("not a chunk")
    return int(digits, 16)
