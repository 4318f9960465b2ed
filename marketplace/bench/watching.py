"""The crowd of A1 in a process of its own: opens streams, notes when each state came, and says how late it was."""

import asyncio
import json
import sys
import time
from datetime import datetime
from typing import Self

CONNECTIONS_AT_ONCE = 200


class Watcher(asyncio.Protocol):
    """One stream; keeps the instant of each event and when the next was due, and reads nothing else of it."""

    def __init__(self, number: str) -> None:
        self.number = number
        self.buffer = b""
        self.seen: list[tuple[float, bytes]] = []

    def me(self) -> Self:
        """What a connection is given to talk to."""
        return self

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the stream."""
        assert isinstance(transport, asyncio.WriteTransport)
        transport.write(f"GET /auctions/{self.number}/events HTTP/1.1\r\nHost: x\r\n\r\n".encode())

    def data_received(self, data: bytes) -> None:
        """Note the time first."""
        now = time.time()
        *whole, self.buffer = (self.buffer + data).split(b"\n\n")
        for part in whole:
            at = part.find(b'"next_at":')
            if at >= 0:
                self.seen.append((now, part[at + 10 : at + 50]))

    def late_ms(self) -> list[float]:
        """How long after it was due each state came."""
        return [
            (now - due.timestamp()) * 1000
            for (_, said), (now, _) in zip(self.seen, self.seen[1:], strict=False)
            if (due := _instant(said)) is not None
        ]


def _instant(said: bytes) -> datetime | None:
    return datetime.fromisoformat(said.split(b'"')[1].decode()) if said.startswith(b'"') else None


async def watch(port: int, each: int, seconds: float, numbers: list[str]) -> list[Watcher]:
    """Open all streams, a few hundred at once, and look until the time is over."""
    loop, until = asyncio.get_running_loop(), time.monotonic() + seconds
    watchers = [Watcher(number) for number in numbers for _ in range(each)]
    for at in range(0, len(watchers), CONNECTIONS_AT_ONCE):
        some = watchers[at : at + CONNECTIONS_AT_ONCE]
        await asyncio.gather(*(loop.create_connection(one.me, "127.0.0.1", port) for one in some))
    await asyncio.sleep(max(0.0, until - time.monotonic()))
    return watchers


def main() -> None:
    """Arguments: port, viewers of each room, seconds. The numbers come as JSON on standard input."""
    port, each, seconds = (int(word) for word in sys.argv[1:4])
    watchers = asyncio.run(watch(port, each, seconds, json.load(sys.stdin)))
    late = [ms for watcher in watchers for ms in watcher.late_ms()]
    silent = sum(len(watcher.seen) < 2 for watcher in watchers)
    json.dump({"late_ms": late, "silent": silent}, sys.stdout)


if __name__ == "__main__":
    main()
