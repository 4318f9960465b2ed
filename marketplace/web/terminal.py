"""The terminal door: a unit of work for commands, refusals as exit codes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import cast

import click
from flask import Flask, current_app, has_app_context

from marketplace.kernel.context import Ctx, Runtime
from marketplace.kernel.errors import DomainError, Kind
from marketplace.kernel.ports import Actor

TRY_AGAIN = 75


class Opener:
    """Makes the app when a command first needs it."""

    def __init__(self, factory: Callable[[], Flask]) -> None:
        self._factory = factory
        self._app: Flask | None = None

    def __call__(self) -> Flask:
        """The app, made once."""
        if self._app is None:
            self._app = self._factory()
        return self._app


def app() -> Flask:
    """The app of the running command."""
    if has_app_context():
        return cast("Flask", current_app._get_current_object())  # type: ignore[attr-defined]  # noqa: SLF001
    opener = click.get_current_context().find_object(Opener)
    if opener is None:
        raise click.ClickException("no marketplace here: run `marketplace` or `flask marketplace`")
    return opener()


def runtime() -> Runtime:
    """The marketplace of the running command."""
    return cast("Runtime", app().extensions["marketplace"])


class Refused(click.ClickException):
    """A refusal: the code first, then the sentence."""

    def __init__(self, error: DomainError) -> None:
        advice = error.advise()
        super().__init__(str(error) + (f"（{advice}）" if advice else ""))
        if error.kind is Kind.UNAVAILABLE:
            self.exit_code = TRY_AGAIN  # type: ignore[misc]


@contextmanager
def work(actor: Actor | None = None, *, write: bool = True) -> Iterator[Ctx]:
    """A unit of work for one command, as the terminal."""
    try:
        with runtime().work(actor or Actor.terminal(), write=write) as ctx:
            yield ctx
    except DomainError as error:
        raise Refused(error) from error
