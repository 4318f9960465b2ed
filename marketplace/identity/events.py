"""What identity puts on record: ids and codes only, never a secret, a name typed by a stranger or an address."""

from dataclasses import dataclass
from typing import ClassVar

from marketplace.kernel.events import Event


@dataclass(frozen=True, slots=True)
class OrganisationCreated(Event):
    """An organisation came into the register."""

    type: ClassVar[str] = "identity.organisation.created"
    kind: str
    name: str
    uscc: str
    region: str


@dataclass(frozen=True, slots=True)
class OrganisationAmended(Event):
    """An organisation has another name or region."""

    type: ClassVar[str] = "identity.organisation.amended"
    name: str
    region: str


@dataclass(frozen=True, slots=True)
class LoginCreated(Event):
    """A person got a login."""

    type: ClassVar[str] = "identity.login.created"
    public: ClassVar[bool] = False


@dataclass(frozen=True, slots=True)
class LoginLocked(Event):
    """A login was locked; its sign-ins and tokens ended."""

    type: ClassVar[str] = "identity.login.locked"
    public: ClassVar[bool] = False
    reason: str


@dataclass(frozen=True, slots=True)
class LoginUnlocked(Event):
    """A login may be used again."""

    type: ClassVar[str] = "identity.login.unlocked"
    public: ClassVar[bool] = False


@dataclass(frozen=True, slots=True)
class RoleGranted(Event):
    """A person got a role in an organisation."""

    type: ClassVar[str] = "identity.role.granted"
    public: ClassVar[bool] = False
    organisation_id: str
    role: str


@dataclass(frozen=True, slots=True)
class RoleRevoked(Event):
    """A person lost a role in an organisation."""

    type: ClassVar[str] = "identity.role.revoked"
    public: ClassVar[bool] = False
    organisation_id: str
    role: str


@dataclass(frozen=True, slots=True)
class SignInOpened(Event):
    """Somebody signed in."""

    type: ClassVar[str] = "identity.sign_in.opened"
    public: ClassVar[bool] = False
    sign_in_id: str


@dataclass(frozen=True, slots=True)
class SignInFailed(Event):
    """Somebody failed to sign in; failures so far."""

    type: ClassVar[str] = "identity.sign_in.failed"
    public: ClassVar[bool] = False
    failures: int


@dataclass(frozen=True, slots=True)
class SignInPaused(Event):
    """Ten failures: the login, or the address, waits 15 minutes."""

    type: ClassVar[str] = "identity.sign_in.paused"
    public: ClassVar[bool] = False
    reach: str


@dataclass(frozen=True, slots=True)
class SignInEnded(Event):
    """A sign-in was ended."""

    type: ClassVar[str] = "identity.sign_in.ended"
    public: ClassVar[bool] = False
    sign_in_id: str


@dataclass(frozen=True, slots=True)
class OrganisationSwitched(Event):
    """A person goes on for another of its organisations."""

    type: ClassVar[str] = "identity.organisation.switched"
    public: ClassVar[bool] = False
    organisation_id: str


@dataclass(frozen=True, slots=True)
class PasswordChanged(Event):
    """A password was changed; other sign-ins and all tokens ended."""

    type: ClassVar[str] = "identity.password.changed"
    public: ClassVar[bool] = False


@dataclass(frozen=True, slots=True)
class TokenIssued(Event):
    """An API token was issued; the secret is nowhere."""

    type: ClassVar[str] = "identity.token.issued"
    public: ClassVar[bool] = False
    token_id: str
    scopes: list[str]


@dataclass(frozen=True, slots=True)
class TokenRevoked(Event):
    """An API token was revoked."""

    type: ClassVar[str] = "identity.token.revoked"
    public: ClassVar[bool] = False
    token_id: str
