"""Chinese by default, English on request: catalogues are plain .po files keyed by the Chinese text."""

import gettext
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import cast

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import g, has_request_context, request

LOCALES = ("zh", "en")
FOLDER = Path(__file__).parent / "locales"


@cache
def catalogue(locale: str) -> gettext.NullTranslations:
    """All catalogues of one locale as one."""
    whole: gettext.NullTranslations = gettext.NullTranslations()
    for path in sorted((FOLDER / locale).glob("*.po")):
        with path.open("rb") as stream:
            compiled = BytesIO()
            write_mo(compiled, read_po(stream, locale=locale))
        compiled.seek(0)
        part = gettext.GNUTranslations(compiled)
        part.add_fallback(whole)
        whole = part
    return whole


def locale() -> str:
    """The language of the request: ?lang=, then the cookie; Chinese otherwise."""
    try:
        return cast("str", g.marketplace_locale)  # asked hundreds of times for a page
    except (AttributeError, RuntimeError):
        return _asked()


def _asked() -> str:
    if not has_request_context():
        return "zh"
    asked = request.args.get("lang") or request.cookies.get("marketplace_lang") or "zh"
    g.marketplace_locale = asked if asked in LOCALES else "zh"
    return str(g.marketplace_locale)


def t(text: str, **facts: object) -> str:
    """A text of ours in the language of the request; facts fill {placeholders}."""
    words = text if locale() == "zh" or not text else catalogue(locale()).gettext(text)
    return words.format(**facts) if facts else words
