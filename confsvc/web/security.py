"""Headers that keep a page to itself: strict CSP without inline code, no framing, no referrer for other servers."""

from flask import Flask, Response, request

POLICY = (
    "default-src 'none'; script-src 'self'{wasm}; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; media-src 'self' blob:; worker-src 'self'; manifest-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)

# A letter as its reader will see it stands in a frame of its own: mail carries its styles in attributes, and nothing in it can be pressed here.
LETTER_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
LETTERS, LETTER_FRAMES = ("letters.page", "mail.page"), ("letters.show", "mail.message")


def init_app(app: Flask) -> None:
    app.after_request(_protect)


def _protect(response: Response) -> Response:
    # The scanner decodes QR codes in WebAssembly; no other page may compile any.
    wasm = " 'wasm-unsafe-eval'" if request.blueprint == "desk" else ""
    headers = response.headers
    frames = "; frame-src 'self'" if request.endpoint in LETTER_FRAMES else ""
    headers["Content-Security-Policy"] = LETTER_POLICY if request.endpoint in LETTERS else POLICY.format(wasm=wasm) + frames
    headers["X-Content-Type-Options"] = "nosniff"
    # Not "no-referrer", though some addresses carry a token: over HTTPS a form is taken only with a referrer of this server.
    headers["Referrer-Policy"] = "same-origin"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers["Permissions-Policy"] = "camera=(self), microphone=(), geolocation=()"
    if request.is_secure:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    if request.endpoint != "static":
        headers.setdefault("Cache-Control", "no-store")
    return response
