"""The catalogues are complete: every text of a template or of code has an English twin, and no twin is an orphan."""

import ast
import re
from pathlib import Path

from babel.messages.pofile import read_po

from marketplace.extension import rooms
from marketplace.web import problems, schemas
from marketplace.web.language import FOLDER

ROOT = Path(__file__).parents[2]
CHINESE = re.compile(r"[一-鿿]")
CALL = re.compile(r"""\bt\(\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')""")


def entries() -> dict[str, str]:
    found: dict[str, str] = {}
    for path in sorted((FOLDER / "en").glob("*.po")):
        with path.open("rb") as stream:
            found.update({str(m.id): str(m.string) for m in read_po(stream) if m.id})
    return found


def template_texts() -> dict[str, str]:
    return {
        (a or b).replace('\\"', '"'): str(path.relative_to(ROOT))
        for path in (ROOT / "templates").rglob("*.html")
        for a, b in CALL.findall(path.read_text(encoding="utf-8"))
    }


def code_texts() -> dict[str, str]:
    """Texts passed to t(), raised by schemas, or held as labels, messages, titles."""
    found = dict.fromkeys([*schemas.TEXTS.values(), *problems.HTTP_TEXTS.values()], "web")
    for module in rooms("schemas"):
        for words in getattr(module, "LABELS", {}).values():
            found.update(dict.fromkeys(words.values(), module.__name__))
    for path in (ROOT / "marketplace").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not node.args or not isinstance(node.args[0], ast.Constant):
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name in {"t", "ValidationError"} and CHINESE.search(str(node.args[0].value)):
                found[str(node.args[0].value)] = str(path.relative_to(ROOT))
    return found


def test_every_text_has_an_english_twin():
    known = entries()
    wanted = {**template_texts(), **code_texts()}
    missing = {text: where for text, where in wanted.items() if CHINESE.search(text) and not known.get(text)}
    assert missing == {}


def test_every_twin_keeps_the_placeholders():
    pattern = re.compile(r"\{(\w*)\}")
    odd = {zh: en for zh, en in entries().items() if set(pattern.findall(zh)) != set(pattern.findall(en))}
    assert odd == {}


def test_no_english_text_contains_chinese():
    # The codes of a file's columns are Chinese in every language, and the language switch names itself.
    codes = re.compile("中文|可选：|“是”或“否”")
    assert {zh: en for zh, en in entries().items() if CHINESE.search(en) and not codes.search(zh)} == {}


def test_templates_hold_no_bare_chinese():
    """Chinese outside t("…"), a comment or a variable would stay Chinese on the English page."""
    bare = []
    for path in (ROOT / "templates").rglob("*.html"):
        text = re.sub(r"\{#.*?#\}|\{\{.*?\}\}|\{%.*?%\}", "", path.read_text(encoding="utf-8"), flags=re.S)
        if (match := CHINESE.search(text)) and "中文" not in text[match.start() - 2 : match.start() + 4]:
            bare.append(f"{path.relative_to(ROOT)}: {text[match.start() : match.start() + 12]!r}")
    assert bare == []
