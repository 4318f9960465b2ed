"""flask-smorest without its app-wide error handler: a host's 404 stays the host's."""

from functools import cached_property
from typing import Any

from apispec.ext.marshmallow import MarshmallowPlugin
from flask import Flask
from flask_smorest import Api
from marshmallow import Schema


class ScopedApi(Api):
    """The OpenAPI document of our doors only, built when it is first asked for: most processes never are."""

    def _register_error_handlers(self) -> None:
        """Doors carry their own handlers."""

    _begun = False

    def _init_spec(self, **options: Any) -> None:
        """Keep the options: the empty document alone costs more than opening ten doors."""
        self._options = options

    def register_blueprint(self, blp: Any, *, parameters: Any = None, **options: Any) -> None:
        """Open a JSON door now; describe it when the document is asked for."""
        self._app.extensions["flask-smorest"]["blp_name_to_api"][blp.name] = self
        self._app.register_blueprint(blp, **options)
        self._waiting.append(blp)

    @cached_property
    def _waiting(self) -> list[Any]:
        return []

    def _begin(self) -> None:
        super()._init_spec(**self._options)
        spec: Any = self.spec
        spec.components.security_scheme("bearer", {"type": "http", "scheme": "bearer"})
        spec.options["security"] = [{"bearer": []}]
        self._begun = True

    def document(self) -> dict[str, Any]:
        """The whole OpenAPI document."""
        if not self._begun:
            self._begin()
        while self._waiting:
            blp = self._waiting.pop(0)
            blp.register_views_in_doc(self, self._app, self.spec, name=blp.name, parameters=None)
            self.spec.tag({"name": blp.name, "description": blp.description})
        whole: dict[str, Any] = self.spec.to_dict()
        return whole


def _name(schema: Any) -> str:
    """A component's name: the class, and what was left out of it, so that two shapes never share a name."""
    cls = schema if isinstance(schema, type) else type(schema)
    name = cls.__name__.removesuffix("Schema")
    if isinstance(schema, Schema):
        for word, fields in (("Only", schema.only), ("Without", schema.exclude)):
            if fields:
                name += word + "".join(part.title().replace("_", "") for part in sorted(fields))
        name += "Partial" if schema.partial else ""
    return name


def open_api(app: Flask, doors: list[Any], prefix: str, title: str) -> ScopedApi:
    """Register all JSON doors under `prefix`/api/v1; web.pages serves the document."""
    base = f"{prefix}/api/v1"
    app.config.update(
        MARKETPLACE_SPEC_API_TITLE=title,
        MARKETPLACE_SPEC_API_VERSION="v1",
        MARKETPLACE_SPEC_OPENAPI_VERSION="3.1.0",
    )
    plugin = MarshmallowPlugin(schema_name_resolver=_name)
    api = ScopedApi(app, spec_kwargs={"marshmallow_plugin": plugin}, config_prefix="MARKETPLACE_SPEC_")
    for door in doors:
        api.register_blueprint(door, url_prefix=base)
    return api
