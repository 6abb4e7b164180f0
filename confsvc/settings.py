"""Every setting of the server, read once at boot; docs/settings.md describes each."""

import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from email_validator import EmailNotValidError, validate_email
from limits import parse_many
from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

SECRET_MIN_CHARACTERS = 32
TOKEN_MIN_CHARACTERS = 16


class Settings(BaseSettings):
    """Read from the environment (`CONFSVC_` + the name in capitals); a bad value stops the boot."""

    model_config = SettingsConfigDict(env_prefix="CONFSVC_", extra="forbid", frozen=True, hide_input_in_errors=True)

    data_dir: Path = Field(Path("instance"), description="Folder of the database and of the generated secret key.")
    database_url: str = Field("", description="SQLAlchemy URL; empty: SQLite in the data folder.")
    redis_url: str = Field("", description="Redis or Valkey that wakes the other processes of a cluster; empty: this process is alone.")
    secret_key: str = Field("", description="Signs cookies and derives links; empty: made once, kept in the data folder. At least 32 characters.")
    public_url: str = Field("", description="Address that links, QR codes and calendar entries carry; empty: as the request came.")
    default_locale: str = Field("vi", pattern="^(vi|en)$", description="Language for those who have not chosen one.")
    default_timezone: str = Field("Asia/Ho_Chi_Minh", description="IANA zone offered for new conferences.")
    upload_max_bytes: int = Field(10 * 2**20, ge=1024, description="Largest file that may be uploaded, in bytes.")
    upload_max_unzipped_bytes: int = Field(200 * 2**20, ge=1024, description="Largest unpacked size of an uploaded workbook, in bytes.")
    import_max_rows: int = Field(20_000, ge=1, description="Most rows one imported list may hold.")
    sign_in_limit: str = Field("10 per 10 minutes", description="Failed sign-ins allowed for one account and for one address.")
    pairing_limit: str = Field("20 per 10 minutes", description="Pairing attempts allowed from one address.")
    link_limit: str = Field("240 per minute", description="Requests to personal links allowed from one address.")
    pairing_minutes: int = Field(30, ge=1, le=1440, description="How long a pairing link may be used, in minutes.")
    desk_days: int = Field(7, ge=1, le=60, description="How long a paired desk stays signed in, in days.")
    board_frames_per_second: int = Field(5, ge=1, le=10, description="Most board frames sent to one viewer in a second.")
    desk_events_per_second: int = Field(50, ge=1, description="Most events one desk may send in a second, averaged over ten.")
    backlog_bytes: int = Field(4 * 2**20, ge=65_536, description="What may wait to be sent to one live connection before it is ended, in bytes.")
    most_connections: int = Field(20_000, ge=1, description="Most live connections this process lets in at a time.")
    connects_per_second: int = Field(1000, ge=1, description="Most live connections let in in a second, averaged over ten.")
    online_grace_seconds: int = Field(90, ge=3, le=86_400, description="How long an online participant's page may be silent before they have left, in seconds.")
    smtp_host: str = Field("", description="Server that takes the mail; empty: messages are laid down in the data folder, `mail`.")
    smtp_port: int = Field(587, ge=1, le=65_535, description="Its port.")
    smtp_security: str = Field("starttls", pattern="^(starttls|tls|none)$", description="TLS after a greeting, from the first byte, or not at all.")
    smtp_ca_file: str = Field("", description="PEM file of the authority that signed its certificate; empty: those the machine trusts.")
    smtp_user: str = Field("", description="Name to sign in with at the mail server; empty: no sign-in.")
    smtp_password: str = Field("", description="Password to it.")
    mail_from: str = Field("confsvc@localhost.localdomain", description="Address that mail comes from and calendar entries are organised by.")
    mail_per_minute: int = Field(600, ge=0, description="Most messages handed to the mail server in a minute; 0: no bound.")
    mail_timeout_seconds: int = Field(60, ge=1, le=600, description="How long the mail server may take over one message, in seconds.")
    mail_retry_hours: int = Field(48, ge=1, le=240, description="How long a message that is refused for now is tried again, in hours.")
    inbox_dir: str = Field("", description="Maildir in which incoming mail is dropped; empty: none.")
    imap_host: str = Field("", description="IMAP server with the mailbox of answers, spoken to over TLS; empty: none.")
    imap_port: int = Field(993, ge=1, le=65_535, description="Its port.")
    imap_ca_file: str = Field("", description="PEM file of the authority that signed its certificate; empty: those the machine trusts.")
    imap_user: str = Field("", description="Name to sign in with at it.")
    imap_password: str = Field("", description="Password to it.")
    imap_folder: str = Field("INBOX", min_length=1, description="Folder in which mail comes in.")
    imap_done_folder: str = Field("", description="Folder to which mail is moved once it was taken; empty: it stays and is marked as read.")
    inbox_seconds: int = Field(60, ge=1, le=86_400, description="How often incoming mail is looked for, in seconds.")
    calendar_settle_seconds: int = Field(60, ge=0, le=3600, description="How long changes may follow one another before calendars hear of them, in seconds.")
    trusted_proxies: int = Field(0, ge=0, le=3, description="Number of reverse proxies whose X-Forwarded headers are believed.")
    secure_cookies: bool = Field(False, description="Send cookies over HTTPS only; set it wherever TLS is in front.")
    argon2_memory_kib: int = Field(65_536, ge=32, description="Memory one password hash takes, in KiB.")
    disk_reserve_bytes: int = Field(256 * 2**20, ge=0, description="Room that must be left in the data folder for the server to be ready, in bytes.")
    metrics_token: str = Field("", description="What `/metrics` is asked with; empty: it answers this machine only. At least 16 characters.")
    drain_seconds: int = Field(0, ge=0, le=600, description="How long a server that is told to stop goes on serving while `/readyz` says no, in seconds.")
    stop_seconds: int = Field(10, ge=1, le=600, description="How long after that what is under way may take, in seconds.")
    log_format: str = Field("json", pattern="^(json|text)$", description="Shape of the log lines.")
    log_level: str = Field("INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="Lowest level that is logged.")

    @property
    def effective_database_url(self) -> str:
        """The URL to connect to; makes the data folder where SQLite needs it."""
        if self.database_url:
            return self.database_url
        self._make_data_dir()
        return f"sqlite:///{self.data_dir.resolve() / 'confsvc.sqlite3'}"

    def effective_secret_key(self) -> str:
        """The given key, else the one kept in the data folder, made at first need and readable by the owner only."""
        if self.secret_key:
            return self.secret_key
        self._make_data_dir()
        path = self.data_dir / "secret.key"
        if not path.exists():
            _write_key(path)
        key = path.read_text()
        if len(key) < SECRET_MIN_CHARACTERS:
            raise RuntimeError(f"{path} is empty or cut short: put the key back from a copy, or delete the file and with it every link that was sent")
        return key

    @field_validator("sign_in_limit", "pairing_limit", "link_limit")
    @classmethod
    def _limit(cls, value: str) -> str:
        parse_many(value)
        return value

    @field_validator("default_timezone")
    @classmethod
    def _zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, OSError, ValueError) as error:
            raise ValueError("not the name of an IANA zone") from error
        return value

    @field_validator("public_url")
    @classmethod
    def _address(cls, value: str) -> str:
        parts = urlsplit(value)
        whole = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0 and not (parts.query or parts.fragment)
        if value and not (whole and value.isprintable() and " " not in value):
            raise ValueError("not an address that begins with http:// or https://")
        return value

    @field_validator("redis_url")
    @classmethod
    def _redis(cls, value: str) -> str:
        if value and not (urlsplit(value).scheme in ("redis", "rediss") and urlsplit(value).hostname):
            raise ValueError("not an address that begins with redis:// or rediss://")
        return value

    @model_validator(mode="after")
    def _shared(self) -> "Settings":
        if self.redis_url and not self.database_url.startswith("postgresql"):
            raise ValueError("redis_url is for a cluster, whose processes share a database_url of PostgreSQL")
        return self

    @field_validator("mail_from")
    @classmethod
    def _mailbox(cls, value: str) -> str:
        try:
            return validate_email(value, check_deliverability=False, test_environment=True, allow_smtputf8=False).ascii_email or ""
        except EmailNotValidError as error:
            raise ValueError("not an e-mail address") from error

    @model_validator(mode="after")
    def _answerable(self) -> "Settings":
        if self.smtp_host and "mail_from" not in self.model_fields_set:
            raise ValueError("mail_from is needed where smtp_host is set")
        return self

    @model_validator(mode="after")
    def _readable(self) -> "Settings":
        if self.imap_host and not (self.imap_user and self.imap_password):
            raise ValueError("imap_user and imap_password are needed where imap_host is set")
        return self

    @field_validator("secret_key")
    @classmethod
    def _secret(cls, value: str) -> str:
        if value and len(value) < SECRET_MIN_CHARACTERS:
            raise ValueError(f"needs at least {SECRET_MIN_CHARACTERS} characters")
        return value

    @field_validator("metrics_token")
    @classmethod
    def _token(cls, value: str) -> str:
        if value and (len(value) < TOKEN_MIN_CHARACTERS or not value.isascii() or not value.isprintable() or " " in value):
            raise ValueError(f"needs at least {TOKEN_MIN_CHARACTERS} characters that can stand in a header")
        return value

    def _make_data_dir(self) -> None:
        self.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)


def _write_key(path: Path) -> None:
    """Make the file with its whole content at once, unless another process was first."""
    number, name = tempfile.mkstemp(prefix="secret.", dir=path.parent)  # made with mode 0600
    try:
        with os.fdopen(number, "w") as file:
            file.write(secrets.token_hex(32))
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(name, path)
    finally:
        Path(name).unlink()
