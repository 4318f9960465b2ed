"""Every word that people read has its English."""

import re

import pytest

from marketplace.catalogue import errors as catalogue_errors
from marketplace.catalogue.schemas import LABELS as CATALOGUE_LABELS
from marketplace.kernel.errors import DomainError
from marketplace.rulebook import errors, rules
from marketplace.rulebook.pages import DONE, GROUPS
from marketplace.rulebook.schemas import LABELS
from marketplace.web.language import catalogue

CHINESE = re.compile("[\u4e00-\u9fff]")
REFUSALS = [
    item
    for module in (errors, catalogue_errors)
    for item in vars(module).values()
    if isinstance(item, type) and issubclass(item, DomainError) and item.__module__ == module.__name__
]
WORDS = sorted(
    {word for labels in (LABELS, CATALOGUE_LABELS) for words in labels.values() for word in words.values()}
    | {text for refusal in REFUSALS for text in (refusal.message, refusal.remedy) if text}
    | set(DONE.values())
    | set(GROUPS.values())
    | set(rules.NEVER.values())
)


@pytest.mark.parametrize("word", [word for word in WORDS if CHINESE.search(word)])
def test_every_word_has_its_english_with_the_same_facts(word: str) -> None:
    english = catalogue("en").gettext(word)
    assert english != word
    assert sorted(re.findall(r"{(\w+)}", english)) == sorted(re.findall(r"{(\w+)}", word))


def test_there_are_words_to_translate() -> None:
    assert len(WORDS) > 150
