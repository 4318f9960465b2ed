"""Connections to a provider that outlive one exchange, as long as somebody asks for that, and no longer.

What is kept saves a handshake for each payment. It proves nothing: a request that fails on a kept connection may have
arrived, like on a fresh one, and its outcome is as unknown.
"""

import select
import socket
import threading
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

IDLE_SECONDS = 4.0  # servers end what is idle after five seconds at the least; a race with that end is not worth it
Address = tuple[str, str, int]


def said_something(links: Collection[socket.socket]) -> int:
    """How many of the connections can be read at once. By poll: select knows no more than 1,024 open files."""
    asked = select.poll()
    for link in links:
        asked.register(link, select.POLLIN)
    return len(asked.poll(0))


@dataclass
class Links:
    """Idle connections by scheme, host and port, kept while there is a user."""

    users: int = 0
    idle: dict[Address, list[tuple[socket.socket, float]]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Keep connections within this block; the last block to end closes them."""
        with self.lock:
            self.users += 1
        try:
            yield
        finally:
            with self.lock:
                self.users -= 1
                ended = [] if self.users else [link for known in self.idle.values() for link, _ in known]
                if not self.users:
                    self.idle.clear()
            for link in ended:
                link.close()

    @property
    def manner(self) -> str:
        """What a request says of its connection."""
        return "keep-alive" if self.users else "close"

    def take(self, address: Address) -> socket.socket | None:
        """A connection on which nothing has happened since its last answer, or None."""
        while True:
            with self.lock:
                known = self.idle.get(address)
                if not known:
                    return None
                link, since = known.pop()
            # What can be read already is the end of it, or something that nobody asked for.
            if time.monotonic() - since < IDLE_SECONDS and not said_something([link]):
                return link
            link.close()

    def give_back(self, address: Address, link: socket.socket) -> None:
        """Keep a connection whose answer was read to its last byte, or close it where nobody keeps any."""
        with self.lock:
            if self.users:
                self.idle.setdefault(address, []).append((link, time.monotonic()))
                return
        link.close()


LINKS = Links()
