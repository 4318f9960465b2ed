"""Answers as they come over a connection, and connections that are kept between answers."""

import fcntl
import socket
import threading
import time
from contextlib import closing, contextmanager
from urllib.parse import urlsplit

import pytest

from marketplace.payments.gateways import wire
from marketplace.payments.gateways.hearing import hear
from marketplace.payments.gateways.links import LINKS, said_something

pytestmark = pytest.mark.once

OK = b"HTTP/1.1 200 OK\r\n"


def heard(*raw, limit=1000):
    ours, far = socket.socketpair()
    with closing(ours), closing(far):
        for part in raw:
            far.sendall(part)
        far.shutdown(socket.SHUT_WR)
        return hear(ours, time.monotonic() + 5, limit)


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (OK + b"Content-Length: 3\r\n\r\nyes", (200, b"yes", True)),
        (OK + b"Content-Length: 3\r\nConnection: Close\r\n\r\nyes", (200, b"yes", False)),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nyes", (200, b"yes", False)),
        (OK + b"Content-Length: 3\r\n\r\nyes, and more", (200, b"yes", False)),
        (OK + b"\r\nto the end", (200, b"to the end", False)),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n2;x=y\r\nye\r\n1\r\ns\r\n0\r\nX: y\r\n\r\n", (200, b"yes", True)),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 502\r\nContent-Length: 0\r\n\r\n", (502, b"", True)),
        (b"HTTP/1.1 204 No Content\r\n\r\n", (204, b"", True)),
    ],
)
def test_an_answer_is_read_to_its_last_byte_and_no_further(raw, told):
    assert heard(raw) == told
    assert heard(*(raw[at : at + 1] for at in range(len(raw)))) == told


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"yes\r\n\r\n",
        OK,
        OK + b"no header\r\n\r\n",
        OK + b"Content-Length: 4\r\n\r\nyes",
        OK + b"Content-Length: -3\r\n\r\nyes",
        OK + b"Content-Length: 3\r\nContent-Length: 2\r\n\r\nyes",
        OK + b"Content-Length: 1001\r\n\r\n" + b"x" * 1001,
        OK + b"\r\n" + b"x" * 1001,
        OK + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n3\r\nyes\r\n0\r\n\r\n",
        OK + b"Transfer-Encoding: gzip\r\n\r\nyes",
        OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nyes",
        OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nyess\r\n0\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\nno\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"3e8\r\n" + b"x" * 1000 + b"\r\n1\r\nx\r\n0\r\n\r\n",
        OK + b"X: " + b"x" * 70_000,
    ],
)
def test_what_is_no_whole_answer_is_none(raw):
    with pytest.raises(ValueError, match=r"answer|header|length|chunk|body"):
        heard(raw)


@contextmanager
def far_side(*answers):
    """Answers one request after the other, on as many connections as it takes; counts these."""
    links, left = [], list(answers)

    def serve():
        while left:
            link, _ = listener.accept()
            links.append(link)
            with link:
                while left and link.recv(65_536):
                    answer = left.pop(0)
                    link.sendall(answer)
                    if b"close" in answer:
                        break

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        yield urlsplit(f"http://127.0.0.1:{listener.getsockname()[1]}/"), links
        thread.join(5)


def ask(parts):
    return wire.post(parts, {}, {"a": "b"}, deadline=time.monotonic() + 5)


YES = OK + b"Content-Length: 3\r\n\r\nyes"


def test_a_kept_connection_serves_many_exchanges_and_is_closed_with_the_last_block():
    with far_side(YES, YES, YES) as (parts, links):
        with LINKS.kept():
            with LINKS.kept():
                assert ask(parts).body == ask(parts).body == b"yes"
            assert ask(parts).status == 200
            assert len(links) == 1
            assert [len(known) for known in LINKS.idle.values()] == [1]
        assert not LINKS.idle


def test_nothing_is_kept_where_nobody_asks_for_it():
    with far_side(YES, YES) as (parts, links):
        assert [ask(parts).body, ask(parts).body] == [b"yes", b"yes"]
        assert len(links) == 2


@pytest.mark.parametrize("first", [YES + b"more", OK + b"Content-Length: 3\r\nConnection: close\r\n\r\nyes"])
def test_a_connection_that_says_more_or_ends_is_not_used_again(first):
    with far_side(first, YES) as (parts, links), LINKS.kept():
        assert ask(parts).body == b"yes"
        assert ask(parts).body == b"yes"
        assert len(links) == 2


def test_a_connection_that_ended_while_it_was_idle_is_replaced():
    with far_side(YES, YES) as (parts, links), LINKS.kept():
        ask(parts)
        links[0].shutdown(socket.SHUT_RDWR)
        assert ask(parts).body == b"yes"
        assert len(links) == 2


def test_a_connection_that_was_idle_for_long_is_replaced(monkeypatch):
    with far_side(YES, YES) as (parts, links), LINKS.kept():
        ask(parts)
        monkeypatch.setattr("marketplace.payments.gateways.links.IDLE_SECONDS", 0.0)
        assert ask(parts).body == b"yes"
        assert len(links) == 2


def test_a_process_with_thousands_of_open_files_still_hears():
    near, far = socket.socketpair()
    with near, far:
        high = fcntl.fcntl(near.fileno(), fcntl.F_DUPFD, 1500)
        with socket.socket(fileno=high) as link:
            assert link.fileno() >= 1500
            assert said_something([link]) == 0
            far.sendall(b"x")
            assert said_something([link]) == 1
