"""Every refusal: one code, a Chinese and an English text with the same facts, a known status."""

import re
import string

from marketplace.web.language import catalogue
from marketplace.web.problems import STATUS
from tests.architecture.generated_docs import our_errors

CHINESE = re.compile(r"[一-鿿]")


def facts(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_codes_are_unique():
    codes = [error.code for error in our_errors()]
    assert [code for code in codes if codes.count(code) > 1] == []


def test_codes_are_dotted_lower_case():
    assert [e.code for e in our_errors() if not all(p.isidentifier() and p.islower() for p in e.code.split("."))] == []


def test_every_kind_has_a_status():
    assert [error.code for error in our_errors() if error.kind not in STATUS] == []


def test_every_text_exists_in_chinese_and_english_with_the_same_facts():
    english = catalogue("en").gettext
    problems = []
    for error in our_errors():
        for text in filter(None, (error.message, error.remedy)):
            words = english(text)
            if words == text and CHINESE.search(text):
                problems.append(f"{error.code}: no English for {text}")
            elif facts(words) != facts(text):
                problems.append(f"{error.code}: facts differ in {words}")
    assert problems == []
