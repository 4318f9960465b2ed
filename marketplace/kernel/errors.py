"""Refusals: one class each, with a stable code and a kind; how a door shows them is the door's business."""

from collections.abc import Callable
from enum import Enum
from typing import Any, ClassVar

Translate = Callable[[str], str]


class Kind(Enum):
    """What a refusal means to the one who asked."""

    NOT_FOUND = "not_found"
    FORBIDDEN = "forbidden"
    INVALID = "invalid"
    CONFLICT = "conflict"
    UNAVAILABLE = "unavailable"


class _Facts(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return ""


class DomainError(Exception):
    """A refusal in the words of the business. `message` and `remedy` are Chinese format strings over the facts."""

    kind: ClassVar[Kind] = Kind.CONFLICT
    code: ClassVar[str] = "marketplace.refused"
    message: ClassVar[str] = "操作未被接受"
    remedy: ClassVar[str] = ""
    constraint: ClassVar[str | None] = None

    by_constraint: ClassVar[dict[str, type["DomainError"]]] = {}
    all: ClassVar[list[type["DomainError"]]] = []

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        DomainError.all.append(cls)
        if cls.__dict__.get("constraint"):
            DomainError.by_constraint[str(cls.constraint)] = cls

    def __init__(self, *, field: str | None = None, **facts: Any) -> None:
        super().__init__(self.code)
        self.field = field
        self.facts = facts

    def say(self, translate: Translate = str) -> str:
        """The refusal as a sentence, in the language of `translate`."""
        return translate(self.message).format_map(_Facts(self.facts))

    def advise(self, translate: Translate = str) -> str:
        """What to do about it, or an empty string."""
        return translate(self.remedy).format_map(_Facts(self.facts)) if self.remedy else ""

    @property
    def text(self) -> str:
        """The sentence in Chinese."""
        return self.say()

    def __str__(self) -> str:
        return f"{self.code}: {self.say()}"


class NotPermitted(DomainError):
    """The actor lacks a permission."""

    kind = Kind.FORBIDDEN
    code = "kernel.not_permitted"
    message = "您没有进行此项操作的权限"
    remedy = "请用有相应岗位的账号登录，或请本单位管理员授权"


class WrongState(DomainError):
    """A transition that the state table does not list."""

    kind = Kind.CONFLICT
    code = "kernel.wrong_state"
    message = "当前环节不能进行此项操作"
    remedy = "请刷新页面，查看最新进展后再操作"


class Busy(DomainError):
    """The database would not let us in at once."""

    kind = Kind.UNAVAILABLE
    code = "kernel.busy"
    message = "系统繁忙，本次操作未生效"
    remedy = "请稍候重试"


class NotStored(DomainError):
    """The database could not keep what was written: nothing of it is there."""

    kind = Kind.UNAVAILABLE
    code = "kernel.not_stored"
    message = "未能写入数据库，本次操作未生效"
    remedy = "请稍候重试；若反复出现，请通知运维人员检查磁盘空间"


class LostRace(DomainError):
    """Somebody else wrote the same thing first."""

    kind = Kind.CONFLICT
    code = "kernel.lost_race"
    message = "他人已先一步提交，本次操作未生效"
    remedy = "请刷新页面后再决定是否继续"


class Unstorable(DomainError):
    """A value that no column takes: too long, too large, or with characters that are none."""

    kind = Kind.INVALID
    code = "kernel.unstorable"
    message = "提交的内容中有系统无法处理的数据"
    remedy = "请检查是否有过长、过大的内容或特殊字符，修改后重新提交"


class KeyNotHeld(DomainError):
    """This process does not hold the keeper's private key."""

    kind = Kind.UNAVAILABLE
    code = "kernel.key_not_held"
    message = "本进程不持有开封密钥"
    remedy = "请由持有开封密钥的后台进程执行"


class BadAmount(DomainError):
    """Text that is not an amount of money."""

    kind = Kind.INVALID
    code = "kernel.bad_amount"
    message = "“{text}”不是有效的金额"
    remedy = "请填写数字，最多两位小数，例如 12800.00"
