"""A payer in a process of its own that kills itself at a chosen point; run by test_crash.

Reads lines {"order", "kill_at", "minutes"}; for each forks a child that opens the market and takes the order to the
wire. Points are the commits of the database and the two sides of every exchange, found by wrapping, not by hand.
Answers with {"killed": bool, "points": [names passed]}.
"""

import json
import os
import signal
import sys
from datetime import datetime
from pathlib import Path

from flask import Flask
from sqlalchemy.orm import Session

from marketplace import Marketplace
from marketplace.kernel.clock import SimulatedClock
from marketplace.payments import sender
from marketplace.payments.gateways import wire

settings, folder = json.loads(sys.argv[1]), Path(sys.argv[2])
app = Flask("crash")
app.config.update(settings)
# Opened once; no connection exists before a child is forked.
runtime = Marketplace(holds_keys=True).init_app(app)


def pay(order_id: str, at: str, kill_at: int, log: Path) -> None:
    """Open the market and take one order as far as it goes, or die at the point with that number."""
    seen = 0

    def point(name: str) -> None:
        nonlocal seen
        seen += 1
        with log.open("a") as stream:
            stream.write(name + "\n")
        if seen == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    runtime.clock = SimulatedClock(datetime.fromisoformat(at))
    commit, post = Session.commit, wire.post

    def committing(self: Session) -> None:
        point("before commit")
        commit(self)
        point("after commit")

    def posting(*args: object, **facts: object) -> wire.Reply:
        point("before the wire")
        reply = post(*args, **facts)
        point("after the wire")
        return reply

    Session.commit, wire.post = committing, posting
    sender.run_once(runtime, order_id)


for number, line in enumerate(sys.stdin):
    asked = json.loads(line)
    log = folder / f"points-{os.getpid()}-{number}"
    child = os.fork()
    if not child:
        try:
            pay(asked["order"], asked["at"], asked["kill_at"], log)
        finally:
            sys.stdout.flush()
            os._exit(0 if sys.exc_info()[0] is None else 1)
    _, status = os.waitpid(child, 0)
    answer = {
        "killed": os.WIFSIGNALED(status),
        "failed": os.WIFEXITED(status) and os.WEXITSTATUS(status) != 0,
        "points": log.read_text().split("\n")[:-1] if log.exists() else [],
    }
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()
