"""The bench judges as it says; its figures never decide a test."""

import pytest
from click.testing import CliRunner

from marketplace.bench import command as bench
from marketplace.bench import ratchet
from marketplace.bench.frame import BrokenInvariantError, Row, exact
from marketplace.bench.rows import ROWS


@pytest.mark.parametrize(
    ("ratios", "foreign", "verdict"),
    [
        ([1.1, 1.0, 1.2], 0, "PASS"),
        ([1.6, 1.5, 1.7], 0, "FAIL"),
        ([1.6, 1.5, 1.7], 40, "UNSURE"),
        ([0.8, 0.9, 0.7], 0, "BADFLOOR"),
    ],
)
def test_a_row_is_judged_by_the_median_of_its_pairs(ratios, foreign, verdict):
    assert Row("B0", "x", "us", 1.0, 1.0, ratios, 1.5, foreign_percent=foreign).verdict == verdict


def test_a_run_that_broke_an_invariant_prints_no_number_and_fails(monkeypatch):
    def broken(name):
        raise BrokenInvariantError("two awards")

    monkeypatch.setattr(bench, "run", broken)
    done = CliRunner().invoke(bench.command, ["--only", "B1"])
    assert done.exit_code == 1
    assert "no number: two awards" in done.output


def test_the_gate_fails_only_when_asked(monkeypatch):
    monkeypatch.setattr(bench, "run", lambda name: Row(name, "x", "us", 2.0, 1.0, [2.0], 1.5))
    assert CliRunner().invoke(bench.command, ["--only", "B1"]).exit_code == 0
    assert CliRunner().invoke(bench.command, ["--only", "B1", "--gate"]).exit_code == 1


def test_a_row_is_one_line_of_json(monkeypatch, tmp_path):
    monkeypatch.setattr(bench, "run", lambda name: Row(name, "x", "us", 2.0, 1.0, [2.0], 2.5))
    CliRunner().invoke(bench.command, ["--only", "B1", "--json", str(tmp_path / "out.jsonl")])
    assert '"ratio": 2.0' in (tmp_path / "out.jsonl").read_text()


def test_a_row_that_asks_for_at_least_fails_below_it():
    assert Row("B0", "x", "/s", 1.0, 1.0, [0.4, 0.3, 0.5], 0.35, at_least=True).verdict == "PASS"
    assert Row("B0", "x", "/s", 1.0, 1.0, [0.3, 0.2, 0.4], 0.35, at_least=True).verdict == "FAIL"


def test_what_must_not_happen_breaks_the_run_when_it_did():
    assert exact("B8", "race", {"lost": 0, "late": 0}).verdict == "PASS"
    with pytest.raises(BrokenInvariantError, match="2 lost"):
        exact("B8", "race", {"lost": 2, "late": 0})


@pytest.mark.parametrize("name", ROWS)
def test_every_row_names_a_function(name):
    assert callable(ROWS[name].load())


def test_every_stored_ratio_belongs_to_a_row():
    assert set(ratchet.known()) <= set(ROWS)


@pytest.mark.parametrize(
    ("ratios", "at_least", "said"),
    [
        ([1.3, 1.4, 1.2], False, False),
        ([2.0, 2.1, 1.9], False, True),
        ([2.0, 2.1, 0.9], False, False),
        ([0.9, 0.9, 0.9], True, False),
        ([0.5, 0.5, 0.5], True, True),
    ],
)
def test_the_ratchet_holds_only_what_is_far_worse_than_stored(tmp_path, ratios, at_least, said):
    before, now = [Row("B1", "x", "us", 1, 1, r, 1.0, at_least=at_least) for r in ([1.0], ratios)]
    ratchet.store([before], tmp_path / "ratchet.json")
    assert bool(ratchet.slipped([now], tmp_path / "ratchet.json")) is said
    assert ratchet.slipped([Row("B2", "x", "us", 9, 1, [9.0], 1.0)], tmp_path / "ratchet.json") == []


@pytest.mark.parametrize(("second", "code"), [(9.0, 1), (1.1, 0)])
def test_a_row_that_slipped_twice_fails_the_run(monkeypatch, second, code):
    measured = iter([9.0, second])

    def run(name):
        ratio = next(measured)
        return Row(name, "x", "us", ratio, 1.0, [ratio], 10)

    monkeypatch.setattr(bench, "run", run)
    monkeypatch.setattr(ratchet, "known", lambda *_: {"B1": 1.0})
    done = CliRunner().invoke(bench.command, ["--only", "B1", "--ratchet"])
    assert done.exit_code == code
    assert (f"B1 slipped: x{second:.2f}, stored x1.00" in done.output) is bool(code)
