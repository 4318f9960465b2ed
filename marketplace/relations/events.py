"""What the relations domain remembers: that something was declared, never who is named in it."""

from dataclasses import dataclass
from typing import ClassVar

from marketplace.kernel.events import Event


@dataclass(frozen=True, slots=True)
class RelationAdded(Event):
    """A relation of an organisation was entered; the party is not named here."""

    type: ClassVar[str] = "relation.relation.added"
    public: ClassVar[bool] = False
    relation_id: str
    kind: str
    source: str
    share_bp: int | None


@dataclass(frozen=True, slots=True)
class RelationEnded(Event):
    """A relation of an organisation ended."""

    type: ClassVar[str] = "relation.relation.ended"
    public: ClassVar[bool] = False
    relation_id: str
    kind: str
    source: str


@dataclass(frozen=True, slots=True)
class RelationsDeclared(Event):
    """An organisation declared under commitment that its relations are complete."""

    type: ClassVar[str] = "relation.statement.declared"
    public: ClassVar[bool] = False
    relations: int


@dataclass(frozen=True, slots=True)
class RelationsImported(Event):
    """Relations of some organisations were taken over from a registry's file."""

    type: ClassVar[str] = "relation.file.imported"
    public: ClassVar[bool] = False
    organisations: int
    relations: int
    sha256: str
