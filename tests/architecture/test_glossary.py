"""One word per thing: the glossary's terms exist in the code, and banned bare nouns do not."""

import re
from pathlib import Path

from marketplace.kernel.base import Base

ROOT = Path(__file__).parents[2]
BANNED = {"job", "evaluation", "project", "order", "account", "user"}


def terms(heading: str) -> list[str]:
    page = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    part = page.split(heading, 1)[1].split("\n## ", 1)[0]
    rows = re.findall(r"^\| ([^|]+) \|", part, re.M)
    return [row for row in rows if row != "code" and not row.startswith("---")]


def classes() -> set[str]:
    found: set[str] = set()
    for path in (ROOT / "marketplace").rglob("*.py"):
        found |= set(re.findall(r"^class (\w+)", path.read_text(encoding="utf-8"), re.M))
    return found


def source() -> str:
    return "".join(path.read_text(encoding="utf-8") for path in (ROOT / "marketplace").rglob("*.py"))


def test_every_term_exists_in_the_code():
    known, text = classes(), source()
    missing = []
    for term in terms("## Words in use"):
        for name in re.findall(r"`(\w+)`|([A-Z]\w+)", term):
            if (name[1] and name[1] not in known) or (name[0] and f'"{name[0]}"' not in text):
                missing.append(name[0] or name[1])
    assert missing == []


def test_words_kept_for_later_are_not_used_for_something_else():
    known = classes()
    assert [name for term in terms("## Words kept") for name in re.findall(r"[A-Z]\w+", term) if name in known] == []


def test_no_class_or_table_is_a_banned_bare_noun():
    assert {name for name in classes() if name.lower() in BANNED} == set()
    assert {name for name in Base.metadata.tables if name.removeprefix("marketplace_") in BANNED} == set()


def test_nobody_says_job_in_an_address_or_a_table(app):
    assert [rule.rule for rule in app.url_map.iter_rules() if re.search(r"\bjobs?\b", rule.rule)] == []
    assert [name for name in Base.metadata.tables if re.search(r"(^|_)jobs?(_|$)", name)] == []
