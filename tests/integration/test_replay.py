"""Recorded tenders: untidy input is written down and never stops the run; history agrees with our verbs."""

import gzip
import json
from pathlib import Path

import pytest

from marketplace.integration import replay
from marketplace.integration.errors import NotAReleasePackage
from marketplace.integration.ocds import read_package
from marketplace.integration.replay import Replay
from marketplace.integration.replay_report import Report, saved_bp, table
from marketplace.integration.replay_ways import REGION
from marketplace.rulebook import service as rulebook
from marketplace.selection.methods import BUILTINS

pytestmark = pytest.mark.once

SAMPLE = Path(replay.__file__).parent / "samples" / "tsuchiura-sample.json"


def release(ocid="o-1", bids=((100, "A", "valid"), (90, "B", "valid")), winner="B", currency="JPY"):
    details = [
        {"id": str(n), "status": status, "tenderers": [{"id": who}], "value": {"amount": amount, "currency": currency}}
        for n, (amount, who, status) in enumerate(bids)
    ]
    return {
        "ocid": ocid,
        "buyer": {"id": "CITY"},
        "tender": {"title": "道路工程", "value": {"amount": 120, "currency": currency}, "surprise": {"unknown": 1}},
        "bids": {"details": details},
        "awards": [{"status": "active", "suppliers": [{"id": winner}]}] if winner else [],
    }


def package(tmp_path, *releases):
    path = tmp_path / "package.json"
    path.write_text(json.dumps({"releases": list(releases)}))
    return path


def play(runtime, clock, records, method="lowest", variant=""):
    report = Report(method, variant)
    Replay(runtime, clock, method, report, variant).play(records, lambda done: None)
    return report


def test_the_sample_agrees_with_history_but_for_the_two_records_that_contradict_themselves(runtime, clock):
    report = play(runtime, clock, read_package(SAMPLE))
    assert (report.tenders, report.awarded, report.bids) == (26, 25, 157)
    assert report.agree + report.ties == 23
    assert {item["ocid"] for item in report.disagree} == {"ocds-213czf-tsu-0180", "ocds-213czf-tsu-0306"}
    assert all("lower than the awarded" in item["why"] for item in report.disagree)


def test_a_disqualified_bid_is_entered_and_then_excluded_for_the_recorded_reason(runtime, clock, tmp_path):
    recorded = release(bids=((100, "A", "valid"), (50, "B", "disqualified")), winner="A")
    recorded["bids"]["details"][1]["statusDetails"] = "below the minimum price"
    report = play(runtime, clock, read_package(package(tmp_path, recorded)))
    assert (report.bids, report.agree) == (2, 1)
    with runtime.work(write=False) as ctx:
        from sqlalchemy import select

        from marketplace.tenders.models import Exclusion

        assert ctx.session.scalars(select(Exclusion.reason)).all() == ["below the minimum price"]


def test_bids_that_wait_in_a_line_after_the_closing_are_waited_for(runtime, clock, tmp_path):
    with runtime.work() as ctx:
        rulebook.publish(ctx, REGION, values={"opening.drain_seconds": 120})
    clock.advance(minutes=1)
    report = play(runtime, clock, read_package(package(tmp_path, release())))
    assert (report.decided, report.agree, report.undecided.total()) == (1, 1, 0)


def test_a_tie_is_a_tie_whoever_the_draw_prefers(runtime, clock, tmp_path):
    both = [release(ocid=f"o-{n}", bids=((90, "A", "valid"), (90, "B", "valid")), winner="A") for n in range(4)]
    report = play(runtime, clock, read_package(package(tmp_path, *both)))
    assert (report.agree + report.ties, report.disagree) == (4, [])


@pytest.mark.parametrize("method", sorted(BUILTINS))
def test_history_is_played_by_every_method_and_its_cost_reported(runtime, clock, method):
    report = play(runtime, clock, read_package(SAMPLE)[:3], method=method)
    assert report.awarded == 3
    assert report.records == []
    known = report.recorded_fen
    assert known > 0
    cheaper = {"lowest", "bidding", "merit", "direct", "inquiry"}  # the record's winners were the cheapest
    assert report.paid_fen == known if method in cheaper else report.paid_fen >= known


def test_the_table_says_what_each_method_cost_drew_and_could_not_decide(runtime, clock, tmp_path):
    sealed = [
        release("o-1", bids=((100, "A", "valid"), (90, "B", "valid"), (80, "C", "valid")), winner="C"),
        release("o-2", bids=((70, "A", "valid"), (70, "B", "valid")), winner="A"),
        release("o-3", bids=((50, "A", "disqualified"), (60, "B", "disqualified")), winner=None),
        release("o-4", bids=(), winner=None),
    ]
    found = play(runtime, clock, read_package(package(tmp_path, *sealed)), "average", "A")
    assert (found.decided, found.compared, found.drawn, found.tied_first) == (2, 2, 1, 1)
    assert (found.paid_fen, found.recorded_fen, found.ceiling_fen) == (16_000, 15_000, 24_000)
    assert found.undecided == {"no valid bid was left": 1, "no usable bid in the record": 1}
    row = table([found.as_json()]).splitlines()[2]
    why = "1 × no usable bid in the record; 1 × no valid bid was left"
    assert row == f"| average/A | 2 of 4 | 2 | 160 | 150 | +6.67 % | 33.33 % | 1 | 1 | {why} |"
    assert "Amounts in JPY" in table([found.as_json()])


@pytest.mark.parametrize(("paid", "of", "bp"), [(90, 100, 1_000), (110, 100, -1_000), (1, 0, 0), (2, 3, 3_333)])
def test_a_saving_is_in_whole_basis_points(paid, of, bp):
    assert saved_bp(paid, of) == bp


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda r: r.update(ocid=None), "ocid is missing"),
        (lambda r: r["bids"]["details"][0].pop("value"), "bid 0 has no usable amount"),
        (lambda r: r["bids"]["details"][0]["value"].update(amount="much"), "bid 0: 'much' is no amount"),
        (lambda r: r["bids"]["details"][0]["value"].update(amount="NaN"), "bid 0: 'NaN' is out of range"),
        (lambda r: r["bids"]["details"][0]["value"].update(currency="EUR"), "bid 0: currency EUR instead of JPY"),
        (lambda r: r["bids"]["details"][0].update(tenderers=[{"id": None}]), "bid 0 has no tenderer id"),
        (lambda r: r["bids"]["details"].insert(0, "what"), "bid 0 is not an object"),
        (lambda r: r["bids"]["details"][1].update(tenderers=[{"id": "A"}]), "bid 1 is a second bid of A"),
        (lambda r: r.pop("bids"), "no usable bid"),
        (lambda r: r.update(bids={"details": None}, tender=None, buyer=3, awards="x"), "no usable bid"),
    ],
)
def test_untidy_records_are_reported_and_do_not_stop_the_run(tmp_path, runtime, clock, spoil, words):
    untidy = release()
    spoil(untidy)
    records = read_package(package(tmp_path, untidy, release("o-2")))
    report = play(runtime, clock, records)
    assert any(problem.startswith(words) for problem in report.records[0]["problems"])
    assert (report.tenders, report.agree >= 1) == (2, True)


def test_a_release_that_is_no_object_is_reported(tmp_path):
    assert read_package(package(tmp_path, 7))[0].problems == ["release is not an object"]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"releases": 3}', gzip.compress(b"{}", mtime=0)[:9]])
def test_a_file_that_is_no_package_is_refused_by_name(tmp_path, content):
    path = tmp_path / "odd.json"
    path.write_bytes(content)
    with pytest.raises(NotAReleasePackage) as refused:
        read_package(path)
    assert "odd.json" in refused.value.text
