"""How an operation is spoken at Alipay, and what may be concluded from the facts of a verified answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import import_module
from typing import Any, Literal
from urllib.parse import parse_qsl

from marketplace.kernel.clock import SHANGHAI
from marketplace.payments import rules
from marketplace.payments.gateways import wire
from marketplace.payments.ports import Observation, Operation, Outcome, Prepared, Source

Exchange = Literal["send", "query", "cancel", "notice"]
SOURCES: dict[Exchange, Source] = {"send": "answer", "query": "query", "cancel": "answer", "notice": "notice"}


@dataclass(frozen=True)
class Talk:
    """One operation in Alipay's words.

    methods: the method of each exchange it knows. content: how an exchange other than `send` is asked for, as
    biz_content. number: the member that repeats our number, which is `ours`. amounts, ids, times: members that may
    carry them.
    """

    operation: Operation
    methods: Mapping[Exchange, str]
    content: Callable[[Exchange, Prepared], str]
    number: str
    amounts: tuple[str, ...]
    ids: tuple[str, ...]
    times: tuple[str, ...]
    status: str = "status"
    action: str = ""
    ours: Callable[[Prepared], str] = lambda prepared: prepared.number


def sdk(kind: Literal["request", "response", "domain"], name: str) -> Any:
    """A class of the SDK's catalogue, imported when it is first needed."""
    return getattr(import_module(f"alipay.aop.api.{kind}.{name}"), name)


@cache
def class_of(method: str, kind: Literal["request", "response"]) -> Any:
    """The SDK's request or response class of a method."""
    words = "".join(part.capitalize() for part in method.split("."))
    return sdk(kind, words + kind.capitalize())


def content_of(method: str, model: Any) -> str:
    """A filled-in model as the SDK spells it: compact JSON, names in order."""
    text: str = class_of(method, "request")(biz_model=model).get_params()["biz_content"]
    return text


def observe(talk: Talk, exchange: Exchange, prepared: Prepared, facts: Mapping[str, Any], raw: bytes) -> Observation:
    """What a verified answer says about our command. Raises ValueError for members of a wrong kind."""
    code, sub_code, status = text_of(facts, "code"), text_of(facts, "sub_code"), text_of(facts, talk.status)
    outcome = rules.classify(f"{talk.operation}.{exchange}", 200, code, sub_code, status)
    amounts = [wire.text_fen(facts[key]) for key in talk.amounts if key in facts]
    ours = _is_ours(talk, facts.get(talk.number), outcome, status, prepared)
    if not ours or any(a != prepared.amount for a in amounts):
        outcome, facts, amounts, said = Outcome.UNKNOWN, {}, [], "answer for another payment"
    else:
        said = sub_code or text_of(facts, "error_code") or status or code
    return Observation(
        SOURCES[exchange],
        prepared.number,
        outcome,
        amounts[0] if amounts else None,
        ids_of(talk, facts),
        said[:64],
        when(talk, facts),
        raw,
        talk.operation,
        text_of(facts, talk.action) if talk.action else "",
    )


def _is_ours(talk: Talk, number: object, outcome: Outcome, status: str, prepared: Prepared) -> bool:
    # Alipay's error answers name no payment; everything that speaks of a payment's state must.
    if number is None:
        return outcome is Outcome.UNKNOWN or (not status and outcome in {Outcome.REFUSED, Outcome.NOT_FOUND})
    return number == talk.ours(prepared)


def text_of(facts: Mapping[str, Any], key: str) -> str:
    """A member that must be a text if it is there."""
    value = facts.get(key, "")
    if not isinstance(value, str):
        raise ValueError(f"{key} is not a text")  # noqa: TRY004 - a wrong answer, not a wrong call
    return value


def ids_of(talk: Talk, facts: Mapping[str, Any]) -> dict[str, str]:
    """The provider's own numbers in an answer."""
    return {key: facts[key] for key in talk.ids if isinstance(facts.get(key), str)}


def when(talk: Talk, facts: Mapping[str, Any]) -> datetime | None:
    """When it happened, as Alipay's clock in Beijing had it."""
    text = next((facts[key] for key in talk.times if facts.get(key)), None)
    if not isinstance(text, str):
        return None
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=SHANGHAI)


def form(body: bytes) -> dict[str, str]:
    """A form post with each name once. Raises ValueError otherwise."""
    pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, strict_parsing=True, max_num_fields=100)
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a parameter is given twice")
    return dict(pairs)
