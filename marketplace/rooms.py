"""The rooms process: holds the streams of all who watch an auction, and drives its stages several times a second.

One process, one event loop, one thread for the database; a viewer costs a socket and no thread. It serves nothing but
public faces. Quotes go to the web processes; without this process every page still works by asking again.
"""

import asyncio
import logging
import re
import resource
import signal
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

import click

from marketplace.auctions import queries
from marketplace.auctions.deadlines import Progress, drive_some
from marketplace.auctions.rules import stream_event
from marketplace.kernel.context import Runtime
from marketplace.web import terminal

log = logging.getLogger("marketplace.rooms")

POLL_SECONDS = 0.2
BEAT_SECONDS = 15  # a line now and then, so that no proxy thinks the stream dead
HEADER_SECONDS = 10
HEADER_BYTES = 16_384
BACKLOG_BYTES = 262_144  # who reads so slowly is let go, and gets the present state when it comes again
RETRY_MS = 2000
CHUNK = 400
EVENTS = re.compile(rb"GET (?:/[^ ?]*)?/auctions/([^/ ?]{1,96})/events(?:\?[^ ]*)? HTTP/1\.[01]\r\n")
HEALTH = re.compile(rb"GET [^ ?]*/healthz HTTP/1\.[01]\r\n")
STREAM = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nCache-Control: no-store\r\n"
    b"X-Accel-Buffering: no\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n"
)
FINE = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n"
NOTHING = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
FULL = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Board:
    """What is shown at present, and who looks at it."""

    def __init__(self, runtime: Runtime, most: int) -> None:
        self.runtime, self.most = runtime, most
        self.viewers: dict[str, set[Viewer]] = {}
        self.faces: dict[str, dict[str, Any]] = {}
        self.wake = asyncio.Event()

    @property
    def crowd(self) -> int:
        """How many are looking."""
        return sum(map(len, self.viewers.values()))

    def enter(self, viewer: "Viewer") -> None:
        """Somebody looks at a room; the present state is shown at once when it is known."""
        self.viewers.setdefault(viewer.number, set()).add(viewer)
        if viewer.number in self.faces:
            viewer.say(self.event(viewer.number))
        else:
            self.wake.set()

    def leave(self, viewer: "Viewer") -> None:
        """Somebody is gone; a room that nobody looks at is forgotten."""
        left = self.viewers.get(viewer.number, set())
        left.discard(viewer)
        if not left:
            self.viewers.pop(viewer.number, None)
            self.faces.pop(viewer.number, None)

    def close(self) -> None:
        """Hang up on everybody; they come again."""
        for viewers in list(self.viewers.values()):
            for viewer in list(viewers):
                viewer.end(b"")

    def event(self, number: str) -> bytes:
        """The present state of a room as an event."""
        return stream_event(self.faces[number], self.runtime.clock(), RETRY_MS)

    def show(self, faces: dict[str, dict[str, Any]], unknown: Iterable[str]) -> None:
        """Tell everybody what is new; whoever waits for a room that is none is told so."""
        for number, face in faces.items():
            if number not in self.viewers or self.faces.get(number, {}).get("version") == face["version"]:
                continue
            self.faces[number] = face
            said = self.event(number)
            for viewer in list(self.viewers[number]):
                viewer.say(said)
        for number in unknown:
            for viewer in list(self.viewers.get(number, ())):
                viewer.end(b"")

    def look(self) -> tuple[Progress, list[str]]:
        """Drive a batch of what is due; when no more is, read what others changed. Runs in the database's thread.

        What is new, and numbers that are no room's.
        """
        done = drive_some(self.runtime)
        if done.more:  # what was just moved need not be read, and what others changed can wait for the rest of it
            return done, []
        numbers = list(self.viewers)
        changed: dict[str, dict[str, Any]] = dict(done.faces)
        unknown: list[str] = []
        with self.runtime.work(write=False) as ctx:
            for at in range(0, len(numbers), CHUNK):
                part = numbers[at : at + CHUNK]
                known = queries.versions(ctx, part)
                unknown += [number for number in part if number not in known]
                seen = {**self.faces, **done.faces}
                stale = [n for n, version in known.items() if seen.get(n, {}).get("version") != version]
                changed.update(queries.faces(ctx, stale) if stale else {})
        return replace(done, faces=changed), unknown


class Viewer(asyncio.Protocol):
    """One connection: reads one request, then is written to until it goes away."""

    def __init__(self, board: Board) -> None:
        self.board, self.number, self.heard = board, "", b""
        self.started = False
        self.transport: asyncio.WriteTransport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Whoever says nothing for too long is let go."""
        assert isinstance(transport, asyncio.WriteTransport)
        self.transport = transport
        self.patience = asyncio.get_running_loop().call_later(HEADER_SECONDS, transport.close)

    def data_received(self, data: bytes) -> None:
        """Collect the request; what comes after it is ignored."""
        if self.started:
            return
        self.heard += data
        if len(self.heard) > HEADER_BYTES:
            self.end(NOTHING)
        elif b"\r\n\r\n" in self.heard:
            self.answer()

    def answer(self) -> None:
        """Open the stream of a room, or say what else there is."""
        self.patience.cancel()
        self.started = True
        asked = EVENTS.match(self.heard)
        fine, self.heard = HEALTH.match(self.heard), b""
        if asked is None:
            self.end(FINE if fine else NOTHING)
        elif self.board.crowd >= self.board.most:
            self.end(FULL)
        else:
            self.number = unquote(asked[1].decode("ascii", "replace"))
            self.transport.write(STREAM)
            self.board.enter(self)

    def say(self, event: bytes) -> None:
        """Send one event; whoever does not keep up is let go."""
        if self.transport.get_write_buffer_size() > BACKLOG_BYTES:
            self.transport.abort()
        elif not self.transport.is_closing():
            self.transport.write(event)

    def end(self, last: bytes) -> None:
        """Say the last word and hang up."""
        self.started = True
        if last:
            self.transport.write(last)
        self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Gone; it may come again and finds everything as it is then."""
        self.patience.cancel()
        if self.number:
            self.board.leave(self)


async def watch(board: Board, poll: float) -> None:
    """Look again and again; a database that is away for a moment must not end the process."""
    loop, pool = asyncio.get_running_loop(), ThreadPoolExecutor(1, "rooms-database")
    ahead: asyncio.Future[Any] | None = None
    while True:
        rest = poll
        try:
            done, unknown = await (ahead or loop.run_in_executor(pool, board.look))
            # The next batch is moved while this one is shown.
            ahead = loop.run_in_executor(pool, board.look) if done.more else None
            board.show(done.faces, unknown)
            rest = poll if done.rest is None else max(0.0, min(poll, done.rest))
        except Exception:
            log.exception("looking failed; the next time comes soon")
            ahead = None
        if ahead is not None:
            continue
        board.wake.clear()
        try:
            await asyncio.wait_for(board.wake.wait(), rest)
        except TimeoutError:
            continue


async def beat(board: Board) -> None:
    """Keep quiet streams alive."""
    while True:
        await asyncio.sleep(BEAT_SECONDS)
        for viewers in list(board.viewers.values()):
            for viewer in list(viewers):
                viewer.say(b":\n\n")


async def open_doors(board: Board, host: str, port: int) -> asyncio.Server:
    """Listen for viewers; returns the server so that the caller can close it."""
    loop = asyncio.get_running_loop()
    return await loop.create_server(lambda: Viewer(board), host, port, backlog=4096)


async def serve(runtime: Runtime, host: str, port: int, *, poll: float = POLL_SECONDS, most: int = 20_000) -> None:
    """Serve until SIGTERM or SIGINT."""
    _allow_many_sockets()
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    board = Board(runtime, most)
    server = await open_doors(board, host, port)
    tasks = [asyncio.create_task(watch(board, poll)), asyncio.create_task(beat(board))]
    click.echo(f"rooms: http://{host}:{server.sockets[0].getsockname()[1]}; Ctrl-C ends")
    await stop.wait()
    server.close()
    board.close()
    for task in tasks:
        task.cancel()


def _allow_many_sockets() -> None:
    """As many open files as the machine's operator allows this process."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


@click.command("rooms")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8001, show_default=True, help="Port; the proxy sends */auctions/*/events here.")
@click.option("--most", default=20_000, show_default=True, help="Most viewers at once; more are asked to come again.")
def command(host: str, port: int, most: int) -> None:
    """Hold the streams of the auction rooms and drive their stages; run it beside `serve` and `worker`."""
    asyncio.run(serve(terminal.runtime(), host, port, most=most))
