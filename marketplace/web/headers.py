"""Security headers of every answer of ours: a strict CSP from the first commit."""

from flask import Response, g

CSP = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)


_ALWAYS = ("X-Content-Type-Options", "nosniff")
PAGE_HEADERS = [
    _ALWAYS,
    ("Content-Security-Policy", CSP),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
]
# A browser never renders these as a document, so a policy for documents would say nothing.
_NO_DOCUMENT = ("text/plain", "application/json", "application/problem+json")


def secure(response: Response) -> Response:
    """Add the headers once; answers to signed-in people are not stored."""
    headers, kind = response.headers, ""
    # The list is read and appended as it is: each question to the headers would search all of it.
    listed = headers._list  # noqa: SLF001
    for name, value in listed:
        if name == _ALWAYS[0]:
            return response
        if name == "Content-Type":
            kind = value.partition(";")[0]
    listed.extend([_ALWAYS] if kind in _NO_DOCUMENT else PAGE_HEADERS)
    actor = g.get("marketplace_actor")
    if actor is not None and actor.signed_in:
        headers["Cache-Control"] = "no-store"
    return response
