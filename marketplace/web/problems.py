"""Refusals on the wire: DomainError and shape errors as RFC 9457 problem documents, by one table."""

from http import HTTPStatus
from typing import Any

from flask import Response, current_app, jsonify
from werkzeug.exceptions import HTTPException

from marketplace.kernel.errors import DomainError, Kind, Translate
from marketplace.web.language import t

STATUS = {
    Kind.NOT_FOUND: HTTPStatus.NOT_FOUND,
    Kind.FORBIDDEN: HTTPStatus.FORBIDDEN,
    Kind.INVALID: HTTPStatus.UNPROCESSABLE_ENTITY,
    Kind.CONFLICT: HTTPStatus.CONFLICT,
    Kind.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
}
RETRY_AFTER_SECONDS = "2"
KIND = "application/problem+json"

HTTP_TEXTS = {
    400: "请求的格式不正确",
    401: "请先登录",
    403: "您没有权限访问该页面",
    404: "没有找到您要的内容",
    405: "此地址不支持该操作方式",
    413: "提交的内容过大",
    415: "不支持的内容格式",
    422: "提交的内容有误，请按提示修改",
    429: "操作过于频繁，请稍候再试",
}


def document(status: int, code: str, title: str, **more: Any) -> Response:
    """A problem document (RFC 9457)."""
    return _response({"type": f"urn:marketplace:{code}", "title": title, "status": status, "code": code, **more})


def _response(facts: dict[str, Any]) -> Response:
    status = facts["status"]
    response = jsonify(facts)
    response.status_code = status
    response.mimetype = KIND
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = RETRY_AFTER_SECONDS
    return response


def of_domain(error: DomainError) -> Response:
    """A refusal as a problem document; the facts come along, the field is named."""
    return _response(told(error, t))


def told(error: DomainError, translate: Translate = str) -> dict[str, Any]:
    """What a problem document says of a refusal; in Chinese unless it is translated."""
    title = error.say(translate)
    facts: dict[str, Any] = {
        "type": f"urn:marketplace:{error.code}",
        "title": title,
        "status": int(STATUS[error.kind]),
        "code": error.code,
        "facts": {name: str(value) for name, value in error.facts.items()},
    }
    if remedy := error.advise(translate):
        facts["detail"] = remedy
    if error.field:
        facts["errors"] = {error.field: [title]}
    return facts


def of_http(error: HTTPException) -> Response:
    """An HTTP error as a problem document; webargs' messages become `errors` by field."""
    status = error.code or 500
    more: dict[str, Any] = {}
    data = getattr(error, "data", None)
    if isinstance(data, dict) and "messages" in data:
        more["errors"] = _flat(data["messages"])
    title = t(HTTP_TEXTS.get(status, "系统未能完成请求"))
    response = document(status, f"http.{status}", title, **more)
    for name, value in error.get_headers() or []:
        if name in {"Allow", "Retry-After", "WWW-Authenticate"}:
            response.headers[name] = value
    return response


def of_bug(error: Exception) -> Response:
    """A bug: logged whole, shown as nothing but a 500."""
    current_app.logger.error("unexpected error", exc_info=error)
    return document(500, "http.500", t("系统出现意外错误，已记录"))


def _flat(messages: Any) -> Any:
    """webargs nests by location ({"json": {...}}): drop that level and put texts into the page's language."""
    if isinstance(messages, dict) and len(messages) == 1 and next(iter(messages)) in {"json", "form", "query", "files"}:
        messages = next(iter(messages.values()))
    return say_all(messages)


def say_all(messages: Any) -> Any:
    """Translate every text in marshmallow's tree of messages."""
    if isinstance(messages, dict):
        return {str(key): say_all(value) for key, value in messages.items()}
    if isinstance(messages, list):
        return [say_all(item) for item in messages]
    return t(str(messages))
