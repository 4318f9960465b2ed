"""Security headers of every answer of ours: a strict CSP from the first commit."""

from flask import Response, g

CSP = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)


_HEADERS = [
    ("Content-Security-Policy", CSP),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
]


def secure(response: Response) -> Response:
    """Add the headers once; pages of signed-in people are not stored."""
    headers = response.headers
    if "Content-Security-Policy" not in headers:
        # The list is appended as it is: headers.set() would search the list for each name.
        headers._list.extend(_HEADERS)  # noqa: SLF001
        actor = g.get("marketplace_actor")
        if actor is not None and actor.signed_in:
            headers["Cache-Control"] = "no-store"
    return response
