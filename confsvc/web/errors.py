"""Every refusal as a page (or as JSON where JSON was sent or asked for): one map from code to status."""

import structlog
from flask import Flask, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from confsvc.domain.errors import DomainError
from confsvc.web.messages import error_text

log = structlog.get_logger()

STATUS = {
    "not_found": 404,
    "sign_in_required": 401,
    "not_allowed": 403,
    "link_expired": 410,
    "invalid": 422,
    "edit_conflict": 409,
    "wrong_state": 409,
    "in_use": 409,
    "desk_revoked": 403,
    "handover_full": 429,
    "malformed": 400,
}
HTTP_CODES = {400: "bad_request", 403: "not_allowed", 404: "not_found", 405: "method_not_allowed", 413: "too_large", 429: "too_many_requests"}


def init_app(app: Flask) -> None:
    app.register_error_handler(DomainError, _domain)
    app.register_error_handler(CSRFError, lambda _: _answer("form_expired", 400, {}))
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)


def _domain(error: DomainError) -> ResponseReturnValue:
    if error.code == "sign_in_required" and not request.is_json:
        back = request.full_path.rstrip("?") if request.method == "GET" else None
        return redirect(url_for("sign_in.show", next=back), 303)
    return _answer(error.code, STATUS[error.code], error.fields)


def _http(error: HTTPException) -> ResponseReturnValue:
    if error.code is None or error.code < 400:
        return error
    return _answer(HTTP_CODES.get(error.code, "error"), error.code, {})


def _unexpected(error: Exception) -> ResponseReturnValue:
    log.error("unexpected_error", exc_info=error)
    return _answer("error", 500, {})


def _answer(code: str, status: int, fields: dict[str, object]) -> ResponseReturnValue:
    text = error_text(code, fields)
    if request.is_json or request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json":
        told = {key: value for key, value in fields.items() if isinstance(value, str | int)}
        return {"error": {**told, "code": code, "message": str(text)}}, status
    return render_template("errors/error.html", code=code, text=text, status=status, request_id=g.get("request_id", "")), status
