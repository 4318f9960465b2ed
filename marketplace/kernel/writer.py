"""One writer for a hot spot: all requests that wait are judged in the order they came, and one commit makes them last.

For verbs that many clients ask for one at a time of the same few rows (docs/adr/0034). There is no thread for it: the
first client that finds nobody writing writes for everybody in line, and then lets the next in line do so.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from marketplace.kernel.context import Ctx, Runtime
from marketplace.kernel.errors import Busy, DomainError, NotStored

log = logging.getLogger("marketplace")

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")
Judge = Callable[[Ctx, Sequence[Asked]], Sequence[Answer | DomainError]]
PATIENCE_SECONDS = 30.0
MOST = 256  # in one commit
GATHERING_SECONDS = 0.001


class _Waiting(Generic[Asked, Answer]):
    """A request in line. Its lock is opened when it was answered, or when it is its turn to write."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.answers: list[Answer | BaseException] = []
        self.lock = threading.Lock()
        self.lock.acquire()


class OneWriter(Generic[Asked, Answer]):
    """The line of one process before one hot spot.

    judge: answers requests in their order, each as if it had come alone, and gives a refusal instead of raising it; it
    must be safe to ask again, because a request that breaks the judgement is judged anew, alone.
    """

    def __init__(self, runtime: Runtime, judge: Judge[Asked, Answer]) -> None:
        self._runtime = runtime
        self._judge = judge
        self._guard = threading.Lock()
        self._line: deque[_Waiting[Asked, Answer]] = deque()
        self._writing = False
        self._expected = 1

    def ask(self, asked: Asked) -> Answer:
        """The answer, which no power cut takes back; raises the refusal. Raises Busy after half a minute in line.

        Raises NotStored where the commit failed; then nothing of the batch is there.
        """
        mine = _Waiting[Asked, Answer](asked)
        with self._guard:
            self._line.append(mine)
            waits, self._writing = self._writing, True
        if waits:
            self._wait(mine)
        if not mine.answers:
            self._write_for_all()
        [answer] = mine.answers
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def _wait(self, mine: _Waiting[Asked, Answer]) -> None:
        if mine.lock.acquire(timeout=PATIENCE_SECONDS):
            return
        with self._guard:
            if mine in self._line:
                if mine.lock.acquire(blocking=False):  # our turn has come just now
                    return
                self._line.remove(mine)
                raise Busy
        mine.lock.acquire()  # it is being judged

    def _write_for_all(self) -> None:
        """Answer everybody in line, ourselves among them, and leave the pen to the next."""
        self._gather()
        with self._guard:
            batch = [self._line.popleft() for _ in range(min(len(self._line), MOST))]
        try:
            self._answer(batch)
        finally:
            with self._guard:
                self._writing, self._expected = bool(self._line), len(self._line) + len(batch)
                if self._line:
                    self._line[0].lock.release()
            for one in batch:
                if not one.answers:  # the writer itself was torn away
                    one.answers.append(NotStored())
                one.lock.release()

    def _gather(self) -> None:
        """Those who were answered last ask again in a moment; a commit for each half of them would cost twice."""
        until = time.perf_counter() + GATHERING_SECONDS
        while len(self._line) < min(self._expected, MOST) and time.perf_counter() < until:
            time.sleep(0)

    def _answer(self, batch: Sequence[_Waiting[Asked, Answer]]) -> None:
        judged = False
        try:
            with self._runtime.work() as ctx:
                answers = self._judge(ctx, [one.asked for one in batch])
                judged = True
        except Exception as error:
            self._refused(batch, error, judged=judged)
            return
        for one, answer in zip(batch, answers, strict=True):
            one.answers.append(answer)

    def _refused(self, batch: Sequence[_Waiting[Asked, Answer]], error: Exception, *, judged: bool) -> None:
        """Nothing of the batch is there. One request must not harm the others: before the commit, each goes alone."""
        if not judged and len(batch) > 1 and not isinstance(error, Busy | NotStored):
            for one in batch:
                self._answer([one])
            return
        for one in batch:
            one.answers.append(type(error)() if isinstance(error, Busy | NotStored) else error)
