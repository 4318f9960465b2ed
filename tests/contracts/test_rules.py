"""Pure rules: plans, clocks, what a deliverable may be."""

import io
import struct
import zipfile
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.contracts import errors, rules
from marketplace.contracts.rules import MilestonePlan
from marketplace.kernel.errors import DomainError, WrongState
from marketplace.testing.contracts import PDF, a_package

START, END = date(2026, 3, 2), date(2026, 5, 1)
NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
DOCX = {"_Content_Types__xml": b"<Types/>", "word__document_xml": b"<w/>"}


def inspect(name: str, content: bytes, max_bytes: int = rules.MEGABYTE) -> str:
    return rules.inspect(name, io.BytesIO(content), max_bytes=max_bytes, forbidden=["exe", "sh"])


def docx(**more: bytes) -> bytes:
    return a_package(word__document_xml=b"<w/>", **more)


def test_a_plan_that_fills_the_contract_is_accepted() -> None:
    rules.check_plan(START, END, [MilestonePlan("初稿", 3333, START), MilestonePlan("终稿", 6667, END)])


@pytest.mark.parametrize("shares", [(3000, 6999), (5000, 5001), (10_000, 0), ()])
def test_shares_that_do_not_make_the_whole_are_refused(shares: tuple[int, ...]) -> None:
    plan = [MilestonePlan("成果", share, START) for share in shares]
    with pytest.raises(errors.SharesIncomplete):
        rules.check_plan(START, END, plan)


@pytest.mark.parametrize("due_on", [START - timedelta(days=1), END + timedelta(days=1)])
def test_a_milestone_outside_the_period_is_refused(due_on: date) -> None:
    with pytest.raises(errors.PeriodInvalid):
        rules.check_plan(START, END, [MilestonePlan("成果", 10_000, due_on)])


def test_a_contract_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(errors.PeriodInvalid):
        rules.check_plan(END, START, [])


@given(st.sampled_from(sorted(rules.CONTRACT.states)), st.sampled_from(["complete", "terminate", "revise", "return"]))
def test_an_ended_contract_never_moves_again(state: str, verb: Any) -> None:
    if state in {"complete", "terminated"}:
        with pytest.raises(WrongState):
            rules.CONTRACT.move(state, verb)
    elif rules.CONTRACT.allows(state, verb):
        assert rules.CONTRACT.move(state, verb) in rules.CONTRACT.states


def test_an_accepted_milestone_is_never_returned() -> None:
    with pytest.raises(WrongState):
        rules.MILESTONE.move("met", "return")


def test_days_past_count_a_begun_day() -> None:
    assert rules.days_past(NOON, NOON) == 0
    assert rules.days_past(NOON, NOON + timedelta(seconds=1)) == 1
    assert rules.days_past(NOON, NOON + timedelta(days=1)) == 1
    assert rules.days_past(NOON, NOON + timedelta(days=1, seconds=1)) == 2


def test_payment_is_due_in_calendar_days_from_acceptance() -> None:
    assert rules.payment_due(NOON, 30) == NOON + timedelta(days=30)


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("报告书.pdf", PDF, "pdf"),
        ("照片.JPEG", b"\xff\xd8\xff\xe0" + bytes(20), "jpg"),
        ("图.png", b"\x89PNG\r\n\x1a\n" + bytes(20), "png"),
        ("说明.docx", docx(), "docx"),
        ("清单.xlsx", a_package(xl__workbook_xml=b"<x/>"), "xlsx"),
        ("签章.ofd", a_package(OFD_xml=b"<ofd/>"), "ofd"),
        ("附件.zip", a_package(a_txt=b"hello"), "zip"),
        ("v1.2 报告.pdf", PDF, "pdf"),
    ],
)
def test_the_kind_is_what_the_content_says(name: str, content: bytes, kind: str) -> None:
    assert inspect(name, content) == kind


@pytest.mark.parametrize(
    ("name", "content", "refusal"),
    [
        ("空.pdf", b"", errors.FileEmpty),
        ("报告书", PDF, errors.FileNameRefused),
        ("报告书.exe", PDF, errors.FileNameRefused),
        ("报告书.exe.pdf", PDF, errors.FileNameRefused),
        ("报告书.pdf.sh", PDF, errors.FileNameRefused),
        ("报告书.docx", PDF, errors.FileMismatch),
        ("报告书.pdf", docx(), errors.FileMismatch),
        ("说明.zip", docx(), errors.FileMismatch),
        ("文字.pdf", b"just words", errors.FileUnknown),
        ("旧版.pdf", bytes.fromhex("d0cf11e0a1b11ae1"), errors.FileUnknown),
        ("程序.pdf", b"MZ\x90\x00", errors.FileIsProgram),
        ("脚本.pdf", b"#!/bin/sh\n", errors.FileIsProgram),
        ("病毒.pdf", rules._TEST_VIRUS, errors.FileInfected),
        ("宏.docx", docx(word__vbaProject_bin=b"x"), errors.FileHasMacro),
        ("宏.xlsx", a_package(xl__workbook_xml=b"<x/>", xl__macrosheets__a_xml=b"x"), errors.FileHasMacro),
        ("附件.zip", a_package(setup_exe=b"x"), errors.FileIsProgram),
        ("附件.zip", a_package(innocent_txt=b"MZ\x90\x00"), errors.FileIsProgram),
        ("附件.zip", a_package(innocent_txt=rules._TEST_VIRUS), errors.FileInfected),
        ("附件.zip", b"PK\x03\x04 not a package", errors.FileBroken),
    ],
)
def test_a_file_that_is_not_what_it_must_be_is_refused_by_name(
    name: str, content: bytes, refusal: type[DomainError]
) -> None:
    with pytest.raises(refusal) as refused:
        inspect(name, content)
    assert refused.value.field == "file"


def test_a_package_that_unpacks_over_the_limit_is_refused() -> None:
    with pytest.raises(errors.FileExplodes):
        inspect("附件.zip", a_package(a_txt=bytes(2 * rules.MEGABYTE)))


def test_a_package_that_grows_a_hundredfold_is_refused_within_the_limit() -> None:
    with pytest.raises(errors.FileExplodes):
        inspect("附件.zip", a_package(a_txt=bytes(2 * rules.MEGABYTE)), max_bytes=500 * rules.MEGABYTE)


def test_a_package_with_too_many_members_is_refused() -> None:
    with pytest.raises(errors.FileExplodes):
        inspect("附件.zip", a_package(**{f"m{i}_txt": b"" for i in range(2001)}))


def test_an_encrypted_package_is_refused() -> None:
    content = bytearray(a_package(a_txt=b"hello"))
    directory = content.index(b"PK\x01\x02")
    struct.pack_into("<H", content, directory + 8, 1)
    with pytest.raises(errors.FileEncrypted):
        inspect("附件.zip", bytes(content))


def test_a_package_whose_members_overlap_is_refused() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as package:
        package.writestr("a.txt", b"x" * 1000)
        package.filelist = package.filelist * 3
        package.NameToInfo = {str(i): info for i, info in enumerate(package.filelist)}
    with pytest.raises((errors.FileExplodes, errors.FileBroken)):
        inspect("附件.zip", stream.getvalue())


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/报告.pdf", "报告.pdf"),
        ("C:\\成果\\报告.pdf", "报告.pdf"),
        ("报\x00告\n.pdf", "报告.pdf"),
        ('"><script>.pdf', "script.pdf"),
    ],
)
def test_a_name_keeps_only_its_last_harmless_part(sent: str, kept: str) -> None:
    assert rules.clean_name(sent) == kept


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=20).filter(sum))
def test_shares_of_a_changed_contract_fill_the_whole_and_follow_the_amounts(amounts):
    found = rules.shares(amounts)
    assert sum(found) == rules.WHOLE_BP
    assert all(share > 0 for share in found)
    for amount, share in zip(amounts, found, strict=True):
        assert abs(share - amount * rules.WHOLE_BP / sum(amounts)) <= len(amounts)
