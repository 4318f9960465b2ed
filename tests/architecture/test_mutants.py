"""The planted bugs fit the code as it is: `make mutants` takes an hour, and must not be found stale when it is needed."""

from collections import Counter
from pathlib import Path

import pytest

from tests.mutants.planted import MUTANTS

pytestmark = pytest.mark.once

ROOT = Path(__file__).parents[2]


def test_names_are_their_own():
    assert [name for name, times in Counter(one.name for one in MUTANTS).items() if times > 1] == []


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_what_is_changed_is_there_once_and_who_must_notice_exists(mutant):
    for name, old, new in mutant.edits:
        assert (ROOT / name).read_text("utf-8").count(old) == 1, f"stale in {name}: {old!r}"
        assert old != new
    assert mutant.tests
    for test in mutant.tests:
        name, _, function = test.partition("::")
        text = (ROOT / name).read_text("utf-8")
        wanted = function.partition("[")[0].rpartition("::")[2] or function.partition("[")[0]
        assert f"def {wanted}(" in text or not function or f"class {wanted}" in text, f"no {test}"
