"""Every setting of the server, read once at boot; docs/settings.md describes each."""

import os
import secrets
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Read from the environment (`CONFSVC_` + the name in capitals); a bad value stops the boot."""

    model_config = SettingsConfigDict(env_prefix="CONFSVC_", extra="forbid", frozen=True)

    data_dir: Path = Field(Path("instance"), description="Folder of the database and of the generated secret key.")
    database_url: str = Field("", description="SQLAlchemy URL; empty: SQLite in the data folder.")
    secret_key: str = Field("", description="Signs cookies and derives links; empty: made once, kept in the data folder.")
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
    trusted_proxies: int = Field(0, ge=0, le=3, description="Number of reverse proxies whose X-Forwarded headers are believed.")
    secure_cookies: bool = Field(False, description="Send cookies over HTTPS only; set it wherever TLS is in front.")
    argon2_memory_kib: int = Field(65_536, ge=32, description="Memory one password hash takes, in KiB.")
    log_format: str = Field("json", pattern="^(json|text)$", description="Shape of the log lines.")
    log_level: str = Field("INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="Lowest level that is logged.")

    @property
    def effective_database_url(self) -> str:
        """The URL to connect to; makes the data folder where SQLite needs it."""
        if self.database_url:
            return self.database_url
        self.data_dir.mkdir(parents=True, exist_ok=True)
        return f"sqlite:///{self.data_dir.resolve() / 'confsvc.sqlite3'}"

    def effective_secret_key(self) -> str:
        """The given key, else the one kept in the data folder, made at first need and readable by the owner only."""
        if self.secret_key:
            return self.secret_key
        path = self.data_dir / "secret.key"
        self.data_dir.mkdir(parents=True, exist_ok=True)
        try:
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_hex(32))
        except FileExistsError:
            pass
        return path.read_text()
