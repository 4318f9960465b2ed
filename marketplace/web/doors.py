"""How a domain opens a door: blueprints, one unit of work, one permission marker, one way to refuse."""

import json
from collections.abc import Callable, Mapping
from functools import cache, wraps
from typing import Any, TypeVar, cast
from urllib.parse import urlencode, urlsplit

import orjson
from flask import Blueprint, Request, Response, current_app, g, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_smorest import Blueprint as ApiBlueprint
from marshmallow import Schema, ValidationError, fields, missing
from webargs.core import is_json
from webargs.flaskparser import FlaskParser
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException, Unauthorized, UnsupportedMediaType

from marketplace._paths import TEMPLATES
from marketplace.kernel.errors import DomainError, NotPermitted
from marketplace.web import csrf, idempotency, language, problems
from marketplace.web.actor import note_use, offer_use, runtime, whoever_is_asking
from marketplace.web.direct import REFUSED
from marketplace.web.gate import RECEIVED
from marketplace.web.headers import secure
from marketplace.web.language import t

View = TypeVar("View", bound=Callable[..., Any])


def page_door(domain: str, import_name: str) -> Blueprint:
    """A blueprint for HTML pages: forms from our own pages only, refusals in words."""
    door = Blueprint(f"marketplace_{domain}", import_name, template_folder=str(TEMPLATES))
    door.before_request(csrf.refuse_foreign_forms)
    door.register_error_handler(DomainError, explain)
    door.register_error_handler(HTTPException, explain_http)
    door.after_request(secure)
    return door


def api_door(domain: str, import_name: str) -> ApiBlueprint:
    """A blueprint for JSON under /api/v1: refusals as problem documents."""
    door = ApiBlueprint(f"marketplace_api_{domain}", import_name, description=domain)
    door.ARGUMENTS_PARSER = _StrictParser()
    door.before_request(_no_borrowed_cookie)
    door.register_error_handler(DomainError, problems.of_domain)
    door.register_error_handler(HTTPException, problems.of_http)
    door.register_error_handler(Exception, problems.of_bug)
    door.after_request(secure)
    return door


@cache
def _instance(schema: type[Schema]) -> Schema:
    return schema()


class _StrictParser(FlaskParser):
    """Bodies read by orjson: what nests too deeply or holds half a character is no JSON, where json.loads breaks.

    Nothing sent is a body left out; something sent that is no JSON never is.
    """

    def _get_schema(self, argmap: Any, req: Request) -> Schema:
        """One instance per class: making one copies every field, and nothing of a request stays in it."""
        if isinstance(argmap, type) and issubclass(argmap, Schema):
            return _instance(argmap)
        return super()._get_schema(argmap, req)

    def _raw_load_json(self, req: Request) -> Any:
        body = req.get_data(cache=True)
        if not body:
            return missing
        if not is_json(req.mimetype):
            raise UnsupportedMediaType
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError as error:  # names no document when it is not UTF-8: webargs takes that for none
            raise json.JSONDecodeError(error.msg, error.doc or "?", error.pos) from error


def _no_borrowed_cookie() -> None:
    """A cookie alone does not authorise a change asked for by another site."""
    if "Authorization" not in request.headers and request.cookies and not csrf.is_our_own():
        raise Unauthorized


def is_api() -> bool:
    """Whether the current request came through a JSON door."""
    return (request.blueprint or "").startswith("marketplace_api_")


def unit_of_work(view: View) -> View:
    """Run a view in one unit of work; an answer of 400 or more keeps nothing, unless the view said `keep()`."""

    @wraps(view)
    def inside(*args: Any, **kwargs: Any) -> ResponseReturnValue:
        if (refused_before := request.environ.get(REFUSED)) is not None:
            raise refused_before
        write = request.method not in csrf.SAFE
        with runtime().work(whoever_is_asking(), write=write, received=request.environ.get(RECEIVED)) as ctx:
            if write and is_api() and (known := idempotency.earlier(ctx)) is not None:
                return known
            offer_use(ctx)
            returned = view(ctx, *args, **kwargs)
            refused = write and _status(returned) >= 400 and not g.pop("marketplace_keep", False)
            if refused:
                ctx.session.rollback()
            if write:
                note_use(ctx)
            if write and is_api() and not refused:
                return idempotency.remember(ctx, returned)
            return cast("ResponseReturnValue", returned)

    return cast("View", inside)


def keep() -> None:
    """Commit this unit of work although the answer is a refusal (a failed sign-in must be counted)."""
    g.marketplace_keep = True


def _status(returned: Any) -> int:
    if isinstance(returned, tuple):
        return next((part for part in returned[1:2] if isinstance(part, int)), 200)
    return int(getattr(returned, "status_code", 200))


def public(view: View) -> View:
    """Anybody may use this route."""
    view.marketplace_permission = "public"  # type: ignore[attr-defined]
    return view


def signed_in(view: View) -> View:
    """Anybody who has signed in may use this route."""
    return _guarded(view, "signed_in")


def requires(permission: str) -> Callable[[View], View]:
    """Only actors with the permission may use this route."""
    return lambda view: _guarded(view, permission)


def _guarded(view: View, permission: str) -> View:
    @wraps(view)
    def inside(*args: Any, **kwargs: Any) -> ResponseReturnValue:
        actor = whoever_is_asking()
        if not actor.signed_in:
            return _please_sign_in()
        if permission != "signed_in" and not actor.may(permission):
            raise NotPermitted(permission=permission)
        return cast("ResponseReturnValue", view(*args, **kwargs))

    inside.marketplace_permission = permission  # type: ignore[attr-defined]
    return cast("View", inside)


def _please_sign_in() -> ResponseReturnValue:
    if is_api():
        raise Unauthorized
    back = request.full_path.rstrip("?") if request.method == "GET" else ""
    return see_other(url_for("marketplace_identity.sign_in", next=back or None))


def explain(error: DomainError) -> ResponseReturnValue:
    """A refusal as a page."""
    words = {"title": error.say(t), "remedy": error.advise(t), "code": error.code}
    return render("marketplace/problem.html", **words), problems.STATUS[error.kind]


def explain_http(error: HTTPException) -> ResponseReturnValue:
    """An HTTP error as a page."""
    status = error.code or 500
    if status < 400:
        return error.get_response()
    title = t(problems.HTTP_TEXTS.get(status, "系统未能完成请求"))
    response = make_response(render("marketplace/problem.html", title=title, remedy="", code=f"http.{status}"), status)
    if allow := dict(error.get_headers() or []).get("Allow"):
        response.headers["Allow"] = allow
    return response


def render(template: str, **context: Any) -> str:
    """Render one of our templates in our own environment (the host's filters and globals stay its own)."""
    environment = current_app.extensions["marketplace_pages"]
    current_app.update_template_context(context)
    context.update(me=whoever_is_asking(), locale=language.locale(), now=runtime().clock())
    return cast("str", environment.get_template(template).render(context))


def see_other(url: str, done: str = "") -> ResponseReturnValue:
    """303 to a page of ours; `done` names the message it shows."""
    if done:
        url += ("&" if "?" in url else "?") + urlencode({"done": done})
    return redirect(url, 303)


def attachment(content: bytes | str, name: str, media_type: str = "application/octet-stream") -> Response:
    """A file of ours to save, never to be kept by anything between us and the reader."""
    response = Response(content, mimetype=media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def local_path(target: str) -> str:
    """A path of ours to go on to, or nothing: never another site, however it is spelt."""
    parts = urlsplit(target)
    local = target.startswith("/") and not target.startswith("//") and not parts.scheme and not parts.netloc
    return target if local and target.isprintable() and "\\" not in target else ""


def form_of(schema: type[Schema], form: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, list[str]]]:
    """Load a posted form: (data, errors by field). Empty optional fields count as missing; lists keep all values."""
    made = schema()
    many = {name for name, kind in made.fields.items() if isinstance(kind, fields.List)}
    raw: dict[str, Any] = {}
    for name in form:
        values = form.getlist(name) if isinstance(form, MultiDict) else [form[name]]
        if name in many:
            raw[name] = [value for value in values if value]
        elif values[-1] != "":
            raw[name] = values[-1]
    try:
        return cast("dict[str, Any]", made.load(raw)), {}
    except ValidationError as error:
        messages = error.normalized_messages()  # type: ignore[no-untyped-call]
        return {}, {name: _texts(texts) for name, texts in messages.items()}


def _texts(messages: Any) -> list[str]:
    if isinstance(messages, dict):
        return [text for part in messages.values() for text in _texts(part)]
    return [t(str(message)) for message in (messages if isinstance(messages, list) else [messages])]
