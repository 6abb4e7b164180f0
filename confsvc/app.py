"""The application put together: settings, extensions, doors. Wiring only."""

from importlib.metadata import version
from uuid import uuid4

from flask import Flask
from gevent import monkey
from werkzeug.middleware.proxy_fix import ProxyFix

from confsvc import extensions, live, logs, web
from confsvc.boundary import Runtime, install_runtime
from confsvc.database import WriterTurn, pool_options, prepare_engine, session_makers
from confsvc.paths import PACKAGE, asset_dir
from confsvc.postgres import engine_options
from confsvc.settings import Settings


def create_app(settings: Settings | None = None) -> Flask:
    """An application over `settings`, by default those of the environment; the database must be migrated already."""
    settings = settings or Settings()
    logs.configure(settings.log_format, settings.log_level)
    secret, address = settings.effective_secret_key(), settings.effective_database_url
    app = Flask(
        "confsvc",
        template_folder=str(asset_dir("templates")),
        static_folder=str(asset_dir("static")),
        static_url_path="/static",
    )
    app.config.update(
        SECRET_KEY=secret,
        SQLALCHEMY_DATABASE_URI=address,
        # Errors are logged; names and telephone numbers are not.
        SQLALCHEMY_ENGINE_OPTIONS={"hide_parameters": True, **engine_options(address), **pool_options(address)},
        # Processes of a cluster count together; while Redis is away each counts for itself.
        RATELIMIT_STORAGE_URI=settings.redis_url or "memory://",
        RATELIMIT_STORAGE_OPTIONS={"socket_connect_timeout": 1, "socket_timeout": 1} if settings.redis_url else {},
        RATELIMIT_IN_MEMORY_FALLBACK_ENABLED=bool(settings.redis_url),
        MAX_CONTENT_LENGTH=settings.upload_max_bytes + 64 * 1024,
        MAX_FORM_MEMORY_SIZE=2 * 2**20,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        WTF_CSRF_TIME_LIMIT=None,
        BABEL_TRANSLATION_DIRECTORIES=str(PACKAGE / "translations"),
        BABEL_DEFAULT_LOCALE=settings.default_locale,
        BABEL_DEFAULT_TIMEZONE=settings.default_timezone,
        VERSION=version("confsvc"),
    )
    if settings.trusted_proxies:
        n = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=n, x_proto=n, x_host=n)  # type: ignore[method-assign]  # Flask's documented way to wrap itself
    extensions.db.init_app(app)
    extensions.csrf.init_app(app)
    extensions.login.init_app(app)
    extensions.limiter.init_app(app)
    with app.app_context():
        engine = extensions.db.engine
        prepare_engine(engine)
        open_reading, open_writing = session_makers(engine)
    install_runtime(
        app,
        Runtime(
            settings=settings,
            secret=secret,
            open_reading=open_reading,
            open_writing=open_writing,
            turn=WriterTurn(),
            publish=live.publish,
            connected_desks=live.connected_desks,
            origin=str(uuid4()) if settings.redis_url else "",
            committed=live.committed,
            is_cut_off=lambda: live.is_cut_off(app),
        ),
    )
    web.register(app)
    live.register(app, async_mode="gevent" if monkey.is_module_patched("socket") else "threading")
    return app
