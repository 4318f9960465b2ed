"""The bench judges as it says; its figures never decide a test."""

import pytest
from click.testing import CliRunner

from marketplace.bench import command as bench
from marketplace.bench.frame import BrokenInvariantError, Row


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
