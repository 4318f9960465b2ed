"""The kernel: promises, turns, the single writer, money and the log."""

from tests.mutants.planted.mutant import Mutant

EVENTS = "marketplace/kernel/events.py"
DEADLINES = "marketplace/kernel/deadlines.py"

MUTANTS = (
    Mutant(
        "the last milestone is not the rest",
        (
            (
                "marketplace/kernel/money.py",
                "    for index in by_remainder[: total_fen - sum(parts)]:\n",
                "    for index in by_remainder[:0]:\n",
            ),
        ),
        ("tests/kernel/test_money.py",),
    ),
    Mutant(
        "a promise that was moved meanwhile is taken all the same",
        (
            (
                DEADLINES,
                "return Deadline.done_at.is_(None), Deadline.due_at <= now",
                "return (Deadline.done_at.is_(None),)",
            ),
        ),
        (
            "tests/kernel/test_runtime.py::test_a_promise_that_two_found_due_and_the_first_moved_is_not_taken_by_the_second",
        ),
    ),
    Mutant(
        "a writer goes on before the commit that holds its rows",
        (("marketplace/kernel/turns.py", "        batch.done.wait()\n", ""),),
        ("tests/kernel/test_turns.py::test_a_failed_commit_refuses_all_of_the_batch_and_leaves_nothing",),
    ),
    Mutant(
        "a turn that came too late is kept for ever",
        (("marketplace/kernel/turns.py", "            if self._wanted:\n", "            if self._open:\n"),),
        ("tests/kernel/test_turns.py::test_a_process_that_was_stopped_in_its_turn_stops_nobody_for_ever",),
    ),
    Mutant(
        "sealed events say who",
        ((EVENTS, '"sealed" if event.sealed else "anonymous", None', "who, whose"),),
        ("tests/kernel/test_runtime.py::test_a_sealed_event_does_not_say_who",),
    ),
    Mutant(
        "the single writer serves the last who came first",
        (("marketplace/kernel/writer.py", "self._line.popleft()", "self._line.pop()"),),
        ("tests/kernel/test_writer.py::test_those_who_wait_are_judged_in_the_order_they_came_and_share_one_commit",),
    ),
    Mutant(
        "one request that breaks a judgement refuses all who were judged with it",
        (("marketplace/kernel/writer.py", "if not judged and len(batch) > 1", "if judged and len(batch) > 1"),),
        ("tests/kernel/test_writer.py::test_one_that_breaks_the_judgement_harms_nobody_else",),
    ),
)
