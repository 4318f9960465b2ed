"""Foreign draws by RFC 3797: the document's own example, and records that do not hold."""

import json

import pytest
from click.testing import CliRunner

from marketplace.cli import group
from marketplace.selection import rfc3797

EXAMPLE = {
    "sources": [[9319], [2, 5, 12, 8, 10], [9, 18, 26, 34, 41, 45]],
    "pool": 25,
    "picks": [17, 7, 2, 16, 25, 23, 8, 24, 19, 13],
}


def test_the_key_and_the_picks_of_the_rfcs_example():
    assert rfc3797.key_of(EXAMPLE["sources"]) == "9319./2.5.8.10.12./9.18.26.34.41.45./"
    assert rfc3797.picks(rfc3797.key_of(EXAMPLE["sources"]), 25, 10) == EXAMPLE["picks"]
    assert rfc3797.verify(EXAMPLE) == []


def test_another_pick_is_named_with_its_place():
    wrong = {**EXAMPLE, "picks": [17, 7, 3]}
    assert rfc3797.verify(wrong) == [rfc3797.BAD_PICK.format(place=3, right=2, wrong=3)]


@pytest.mark.parametrize(
    "record",
    [
        None,
        {},
        {**EXAMPLE, "pool": 5},
        {**EXAMPLE, "pool": True},
        {**EXAMPLE, "picks": []},
        {**EXAMPLE, "picks": ["17"]},
        {**EXAMPLE, "sources": [1]},
        {**EXAMPLE, "sources": []},
        {**EXAMPLE, "pool": 2**16},
    ],
)
def test_what_is_no_record_is_said_to_be_none(record):
    assert rfc3797.verify(record) == [rfc3797.BAD_SHAPE]


@pytest.mark.parametrize(("picks", "code"), [([17, 7, 2], 0), ([17, 7, 3], 1)])
def test_the_command_judges_a_file(tmp_path, picks, code):
    path = tmp_path / "draw.json"
    path.write_text(json.dumps({**EXAMPLE, "picks": picks}))
    answer = CliRunner().invoke(group, ["draw", "verify", "--rfc3797", str(path)])
    assert answer.exit_code == code
    assert ("通过" in answer.output) is (code == 0)
