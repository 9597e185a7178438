"""The headers of every answer: what the browser may do with the page, and which sites may read an answer."""

import secrets

from streetclip_demo.serve.routes import Route

# In the order of the standard's sections. Gradio's browser side makes functions out of text (a listener's `js`) and
# styles elements one by one; a map's frame inherits this policy, and its scripts are made for each answer.
POLICY = {
    "default-src": "'none'",
    "script-src": "'self' 'unsafe-inline' 'unsafe-eval'",
    "script-src-attr": "'none'",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob: https://tile.openstreetmap.org",  # the street map, where it is turned on
    "font-src": "'self' data:",
    "connect-src": "'self' data: blob:",
    "media-src": "'self' blob:",
    "worker-src": "'self' blob:",
    "manifest-src": "'self'",
    "frame-src": "'none'",  # frames have their documents with them
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'none'",
}
FEATURES = ("microphone", "geolocation", "display-capture", "payment", "usb", "serial", "midi", "hid")


def policy(ancestors: str = "") -> str:
    """The Content-Security-Policy; `ancestors` are the pages that may frame this one, "" for any."""
    directives = POLICY | ({"frame-ancestors": ancestors} if ancestors else {})
    return "; ".join(f"{name} {sources}" for name, sources in directives.items())


def page_headers(ancestors: str = "") -> tuple[tuple[bytes, bytes], ...]:
    """What every answer says; among it which start of the server this is, for connection.js."""
    features = ", ".join(["camera=(self)", *(f"{name}=()" for name in FEATURES)])
    said = {
        "content-security-policy": policy(ancestors),
        "x-content-type-options": "nosniff",
        "referrer-policy": "strict-origin-when-cross-origin",  # the host of street maps wants to know the site
        "permissions-policy": features,
        "streetclip-start": secrets.token_hex(8),
    }
    return tuple((name.encode(), value.encode()) for name, value in said.items())


# Other sites

ANY_SITE = (b"access-control-allow-origin", b"*")  # never with credentials: the app has none
PREFLIGHT = (
    ANY_SITE,
    (b"access-control-allow-methods", b"GET, POST"),
    (b"access-control-allow-headers", b"content-type"),
    (b"access-control-max-age", b"600"),
)


def for_other_sites(route: Route | None) -> tuple[tuple[bytes, bytes], ...]:
    """What lets scripts of other sites read an answer: the public endpoint's, and no other."""
    return (ANY_SITE,) if route is not None and route.is_public else ()


def without_origin(scope) -> dict:
    """The request without its Origin, which Gradio would answer with leave to read, credentials included."""
    return {**scope, "headers": [pair for pair in scope["headers"] if pair[0] != b"origin"]}


def preflight_method(scope) -> str | None:
    """The method that a browser asks leave for, if that is what this request does."""
    asked = dict(scope["headers"]).get(b"access-control-request-method")
    return asked.decode("latin-1") if scope["method"] == "OPTIONS" and asked else None
