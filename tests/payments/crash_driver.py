"""A payer in a process of its own that kills or stops itself at a chosen point; run by test_crash and test_crash_matrix.

Reads lines {"orders", "at", "kill_at", "stop", "wire_seconds"}; for each forks a child that opens the market and takes
the orders to the wire together. Points are found by wrapping, not by hand: both sides of every commit, and of the wire
the moments before connecting, after it, when the request has left, and when the answer is there; for the treasury,
both sides of every file it writes. Answers with {"killed", "failed", "points", "pid"}; a child that stopped itself is
reported at once and goes on when a line asks {"wake": pid}. {"warm": orders} pays them here, without points, so that
children inherit compiled statements.
"""

import json
import os
import signal
import sys
import threading
from datetime import datetime
from pathlib import Path

from flask import Flask
from sqlalchemy.orm import Session

from marketplace import Marketplace
from marketplace.kernel.clock import SimulatedClock
from marketplace.payments import flight, rules
from marketplace.payments.gateways import treasury, wire

settings, folder = json.loads(sys.argv[1]), Path(sys.argv[2])
app = Flask("crash")
app.config.update(settings)
# Opened once; no connection is open when a child is forked.
runtime = Marketplace(holds_keys=True).init_app(app)


class Points:
    """Counts what a life passes; at one number it ends or stops."""

    def __init__(self, log: Path, at: int, number: signal.Signals) -> None:
        self.log, self.at, self.signal, self.seen, self.lock = log, at, number, 0, threading.Lock()

    def pass_(self, name: str) -> None:
        with self.lock:
            self.seen += 1
            with self.log.open("a") as stream:
                stream.write(name + "\n")
            if self.seen == self.at:
                os.kill(os.getpid(), self.signal)

    def around(self, owner: object, name: str, before: str, after: str) -> None:
        """Make one function a pair of points."""
        honest = getattr(owner, name)

        def watched(*args: object, **facts: object) -> object:
            if before:
                self.pass_(before)
            told = honest(*args, **facts)
            if after:
                self.pass_(after)
            return told

        setattr(owner, name, watched)


def pay(asked: dict, log: Path) -> None:
    """Open the market and take the orders as far as they go, or die at the point with that number."""
    points = Points(log, asked["kill_at"], signal.SIGSTOP if asked.get("stop") else signal.SIGKILL)
    points.around(Session, "commit", "before commit", "after commit")
    points.around(wire, "_connect", "before connecting", "after connecting")
    points.around(wire, "_answer", "after the request", "after the answer")
    points.around(treasury.os, "link", "before the file", "after the file")
    rules.WIRE_SECONDS = asked.get("wire_seconds", rules.WIRE_SECONDS)
    runtime.clock = SimulatedClock(datetime.fromisoformat(asked["at"]))
    flight.Flight(runtime, asked.get("in_flight", 1)).run(asked["orders"])


def live(asked: dict, number: int) -> dict:
    """One life of the payer, and how it ended."""
    log = folder / f"points-{os.getpid()}-{number}"
    child = os.fork()
    if not child:
        try:
            pay(asked, log)
        finally:
            sys.stdout.flush()
            os._exit(0 if sys.exc_info()[0] is None else 1)
    _, status = os.waitpid(child, os.WUNTRACED)
    return {
        "pid": child,
        "stopped": os.WIFSTOPPED(status),
        "killed": os.WIFSIGNALED(status),
        "failed": os.WIFEXITED(status) and os.WEXITSTATUS(status) != 0,
        "points": log.read_text().split("\n")[:-1] if log.exists() else [],
    }


def wake(pid: int) -> dict:
    """Let a stopped life go on to its end."""
    os.kill(pid, signal.SIGCONT)
    _, status = os.waitpid(pid, 0)
    return {"failed": status != 0}


def warm(asked: dict) -> dict:
    """Pay honestly in this process and close every connection."""
    runtime.clock = SimulatedClock(datetime.fromisoformat(asked["at"]))
    flight.Flight(runtime, 1).run(asked["warm"])
    runtime.sessions.kw["bind"].dispose()
    return {"failed": False}


def answer(asked: dict, number: int) -> dict:
    """What one line asks for."""
    if "wake" in asked:
        return wake(asked["wake"])
    return warm(asked) if "warm" in asked else live(asked, number)


for number, line in enumerate(sys.stdin):
    told = answer(json.loads(line), number)
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()
