"""HTML door of the log: verify a receipt in words, and the signed heads."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.audit import queries, verifier
from marketplace.audit.models import TreeHead
from marketplace.kernel.context import Ctx
from marketplace.kernel.errors import DomainError
from marketplace.web.doors import page_door, public, render, see_other, unit_of_work
from marketplace.web.language import t
from marketplace.web.paging import page_of

door = page_door("audit", __name__)

PARTS = {
    "receipt": "回执签名和内容",
    "inclusion": "事件在日志之中",
    "head": "树头签名",
    "consistency": "日志前后一致、未被改写",
    "minutes": "开启记录的签名和报价",
    "draw": "摇号过程",
    "ranking": "选取排序",
}
LONGEST = 2_000_000
PAGE = Path(verifier.__file__).with_suffix(".html")
Errors = dict[str, list[str]]


@door.get("/log")
@public
@unit_of_work
def heads(ctx: Ctx) -> str:
    """The signed heads, newest first, and the key that checks them."""
    page = page_of(
        ctx.session, queries.heads(), key=(TreeHead.size,), descending=True, cursor=request.args.get("after")
    )
    return render("marketplace/audit/heads.html", page=page, public_key=ctx.keys.public_key)


@door.get("/log/verifier.py")
@public
def download() -> ResponseReturnValue:
    """The offline verifier as one file."""
    response = Response(Path(verifier.__file__).read_text(encoding="utf-8"), mimetype="text/x-python")
    response.headers["Content-Disposition"] = 'attachment; filename="verifier.py"'
    return response


@door.get("/log/verifier.html")
@public
def download_page() -> ResponseReturnValue:
    """The offline verifier as a page to keep: the same checks in a browser, without a network."""
    response = Response(PAGE.read_text(encoding="utf-8"), mimetype="text/html")
    response.headers["Content-Disposition"] = 'attachment; filename="verifier.html"'
    return response


@door.get("/verify")
@public
@unit_of_work
def ask(ctx: Ctx) -> ResponseReturnValue:
    """Ask for a receipt, a file or a code; a code in the address is looked up at once."""
    if code := request.args.get("code", "").strip():
        return _look_up(ctx, code)
    return _page({}, {})


@door.post("/verify")
@public
@unit_of_work
def verify(ctx: Ctx) -> ResponseReturnValue:
    """Check what was pasted or uploaded and say the result in words."""
    if code := request.form.get("code", "").strip():
        return _look_up(ctx, code)
    upload = request.files.get("file")
    text = upload.read(LONGEST).decode("utf-8", "replace") if upload else ""
    text = text.strip() or request.form.get("document", "").strip()
    if not text:
        return _page(request.form, {"document": [t("请粘贴回执内容、选择文件或填写编码")]}), 422
    try:
        document = verifier.read(text)
        found = verifier.check_document(document, ctx.keys.public_key)
    except (ValueError, RecursionError):
        return _page(request.form, {"document": [t("内容不是有效的 JSON，请完整粘贴回执文件的内容")]}), 422
    if not found:
        return _page(
            request.form,
            {
                "document": [
                    t("没有认出可核验的内容；可核验回执、包含证明、树头、一致性证明、开启记录、摇号记录和选取记录")
                ]
            },
        ), 422
    results = _results(found, verifier.trusted(document))
    return _page(request.form, {}, results=results, logged=_logged(ctx, document))


def _look_up(ctx: Ctx, code: str) -> ResponseReturnValue:
    """A leaf hash or an event id is looked up here; a check code of a document has its own page."""
    plain = code.replace(" ", "").lower()
    if len(plain) not in {32, 64} or not set(plain) <= set("0123456789abcdef"):
        return see_other(f"{url_for('marketplace_portal.home')}v?{urlencode({'code': code})}")
    try:
        proof = queries.inclusion_of_leaf(ctx, plain) if len(plain) == 64 else queries.inclusion(ctx, plain)
    except DomainError as refused:
        return _page(request.values, {"code": ["。".join((refused.say(t), refused.advise(t)))]}), 422
    found = verifier.check_document(proof, ctx.keys.public_key)
    results = _results(found, {})
    return _page(request.values, {}, results=results, logged=proof["inclusion"])


def _results(found: Errors, left: Errors) -> list[tuple[str, list[str], list[str]]]:
    """Name of each part, its problems, and what was not checked, in words."""
    return [
        (t(PARTS[name]), [t(problem) for problem in problems], [t(sentence) for sentence in left.get(name, [])])
        for name, problems in found.items()
    ]


def _logged(ctx: Ctx, document: Any) -> dict[str, Any] | None:
    """Where the receipt's leaf stands in our log, None when it is not (yet) there."""
    receipt = verifier.parts_of(document).get("receipt", {})
    leaf = receipt.get("leaf")
    if not isinstance(leaf, str):
        return None
    try:
        proof = queries.inclusion_of_leaf(ctx, leaf)
    except DomainError:
        return None
    inclusion: dict[str, Any] = proof["inclusion"]
    return inclusion


def _page(form: Any, errors: Errors, *, results: Any = None, logged: Any = None) -> str:
    return render("marketplace/audit/verify.html", form=form, errors=errors, results=results, logged=logged)
