"""CPU time of other processes, exact to the nanosecond, and servers that live as long as a block."""

import os
import socket
import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from marketplace.bench.frame import BrokenInvariantError, python

ROOT = Path(__file__).parents[2]
_SCHED = 2


def cpu_us_of(pids: Iterable[int]) -> float:
    """CPU microseconds that living processes have used, all their threads, also those that have ended."""
    total = 0
    for pid in pids:
        try:
            total += time.clock_gettime_ns((~pid << 3) | _SCHED)
        except OSError:
            continue
    return total / 1000


def tree(pid: int) -> list[int]:
    """A process and all that it started."""
    found = [pid]
    for parent in found:
        children = Path(f"/proc/{parent}/task/{parent}/children")
        try:
            found += [int(child) for child in children.read_text().split()]
        except OSError:
            continue
    return found


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(arguments: list[str], environment: Mapping[str, str], folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A Python process of ours for the length of a block; what it said is in `folder`/process.log."""
    with (folder / "process.log").open("ab") as log:
        process = subprocess.Popen(
            [python(), *arguments],
            env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
            cwd=folder,
            stdout=log,
            stderr=log,
        )
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def wait_for(port: int, process: subprocess.Popen[bytes], seconds: float = 120) -> None:
    """Wait until somebody listens. Raises BrokenInvariantError when the process ended or nobody came."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
            continue
        return
    raise BrokenInvariantError(f"nobody listens on port {port}")
