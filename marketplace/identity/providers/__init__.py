"""Plug-in point identity_providers: who stands behind a request. MARKETPLACE_IDENTITY names one.

Built in: `local` (our own sign-in and API tokens) and `header` (a gateway's signed header). A host registers its own:
`runtime.plugins["identity_providers"].register("host", HostProvider(callable))`.
"""

from marketplace.identity.providers.header import HeaderProvider
from marketplace.identity.providers.host import HostProvider
from marketplace.identity.providers.local import LocalProvider
from marketplace.kernel.ports import IdentityProvider

BUILTINS: dict[str, IdentityProvider] = {"local": LocalProvider(), "header": HeaderProvider()}

__all__ = ["BUILTINS", "HeaderProvider", "HostProvider", "LocalProvider"]
