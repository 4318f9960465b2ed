"""Security headers of every answer of ours: a strict CSP from the first commit."""

from flask import Response, g

CSP = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)


def secure(response: Response) -> Response:
    """Add the headers; pages of signed-in people are not stored."""
    headers = response.headers
    headers.setdefault("Content-Security-Policy", CSP)
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
    actor = g.get("marketplace_actor")
    if actor is not None and actor.signed_in:
        headers["Cache-Control"] = "no-store"
    return response
