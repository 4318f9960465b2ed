"""A small HTTP/1.1 server for the sandbox: a thread for each connection, which the caller may keep for many requests.

It speaks what our callers and a browser speak, and answers at a fraction of what a general server would cost, since
both sides of a payment share the same processors in tests and benches.
"""

import io
import socket
import socketserver
import sys
import threading
from collections.abc import Iterable
from contextlib import suppress
from typing import Any
from urllib.parse import unquote, urlsplit

from marketplace.payments.gateways.links import said_something
from marketplace.payments.sandbox.gateway import LINK, Application

HEAD_LIMIT = 65_536  # bytes of one line


class Serving(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """Serves one WSGI application on one address."""

    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], application: Application) -> None:
        self.application = application
        self._lock = threading.Lock()
        self._links: dict[socket.socket, bool] = {}
        super().__init__(address, _Connection)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Take a connection in before its thread runs, so that callers are counted in the order in which they came."""
        self.mark(request, served=False)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """A connection has ended."""
        with self._lock:
            self._links.pop(request, None)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that hangs up is no trouble of ours; anything else is told."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)

    def mark(self, link: socket.socket, *, served: bool) -> None:
        """Whether a request of this connection is being served."""
        with self._lock:
            self._links[link] = served

    def callers(self) -> int:
        """Connections that are being served, or have said something that nobody has read yet."""
        with self._lock:
            links = dict(self._links)
            silent = [link for link, served in links.items() if not served and link.fileno() >= 0]
            heard = said_something(silent)
        return sum(links.values()) + heard

    def hang_up(self) -> None:
        """End every connection that is open."""
        with self._lock:
            for link in self._links:
                with suppress(OSError):
                    link.shutdown(socket.SHUT_RDWR)


class _Connection(socketserver.StreamRequestHandler):
    """One caller: request after request until one side ends it."""

    server: Serving
    disable_nagle_algorithm = True
    wbufsize = -1

    def handle(self) -> None:
        link = self.request
        while link.recv(1, socket.MSG_PEEK):
            self.server.mark(link, served=True)
            kept = self._serve()
            self.server.mark(link, served=False)
            if not kept:
                return

    def finish(self) -> None:
        with suppress(OSError):
            super().finish()

    def _serve(self) -> bool:
        line = self.rfile.readline(HEAD_LIMIT).split()
        if len(line) != 3:
            return False
        verb, target, version = (part.decode("latin-1") for part in line)
        headers = self._headers()
        environ = _environ(verb, target, headers)
        environ["wsgi.input"] = io.BytesIO(self.rfile.read(int(headers.get("content-length", "0"))))
        environ[LINK] = self.request
        kept = version == "HTTP/1.1" and headers.get("connection", "").lower() != "close"
        self._answer(environ, kept=kept)
        return kept

    def _headers(self) -> dict[str, str]:
        found: dict[str, str] = {}
        while line := self.rfile.readline(HEAD_LIMIT).strip():
            name, _, value = line.decode("latin-1").partition(":")
            found[name.strip().lower()] = value.strip()
        return found

    def _answer(self, environ: dict[str, Any], *, kept: bool) -> None:
        said: list[str] = []

        def start(status: str, headers: Iterable[tuple[str, str]], _trouble: Any = None) -> None:
            said[:] = [f"HTTP/1.1 {status}", *(f"{k}: {v}" for k, v in headers if k.lower() != "content-length")]

        told = self.server.application(environ, start)
        try:
            body = b"".join(told)
        finally:
            if hasattr(told, "close"):
                told.close()
        said += [f"Content-Length: {len(body)}", f"Connection: {'keep-alive' if kept else 'close'}", "", ""]
        self.wfile.write("\r\n".join(said).encode("latin-1") + (b"" if environ["REQUEST_METHOD"] == "HEAD" else body))
        self.wfile.flush()


def _environ(verb: str, target: str, headers: dict[str, str]) -> dict[str, Any]:
    parts = urlsplit(target)  # some callers name the whole address
    host, _, port = headers.get("host", "").partition(":")
    named = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
    return named | {
        "REQUEST_METHOD": verb,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote(parts.path or "/", "latin-1"),
        "QUERY_STRING": parts.query,
        "CONTENT_TYPE": headers.get("content-type", ""),
        "CONTENT_LENGTH": headers.get("content-length", ""),
        "SERVER_NAME": host,
        "SERVER_PORT": port or "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
