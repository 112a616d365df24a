"""Every setting of an installation, read from the environment; each may be given as NAME_FILE instead.

Known to all processes, also to those without Django. `docs/settings.md` is tested against SETTINGS.
"""

import os
import secrets
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True)
class Setting:
    """A setting: its environment name, what holds if it is absent, and what it means."""

    name: str
    default: str
    say: str


SETTINGS: dict[str, Setting] = {
    setting.name: setting
    for setting in (
        Setting("LEADWRIGHT_DATA", "./var", "Folder for the embedded database, uploads, the secret key and logs."),
        Setting("DATABASE_URL", "", "A PostgreSQL of version 15 or newer; empty: the embedded one in the data folder."),
        Setting("LEADWRIGHT_HOST", "127.0.0.1", "Address the public port listens on."),
        Setting("LEADWRIGHT_PORT", "8000", "The one public port."),
        Setting("LEADWRIGHT_URL", "", "Public base URL in links and mails; empty: http://HOST:PORT."),
        Setting(
            "LEADWRIGHT_SECRET_KEY", "", "Signs tokens and sessions; empty: made once and kept in the data folder."
        ),
        Setting(
            "LEADWRIGHT_SMTP_URL",
            "",
            "Relay, such as smtp://user:password@host or smtps://user:password@host; empty: the built-in mailbox.",
        ),
        Setting("LEADWRIGHT_SMTP_RATE", "50", "Messages per second the relay allows."),
        Setting(
            "LEADWRIGHT_MAIL_CAP",
            "3/7",
            "At most so many mails per contact in so many days; service mail is free; 0: no cap.",
        ),
        Setting("LEADWRIGHT_MAILBOX_PORT", "0", "Loopback port of the built-in mailbox's SMTP server; 0: a free one."),
        Setting(
            "LEADWRIGHT_FORM_WORK",
            "15",
            "How hard the riddle is that browsers solve for a form, in bits; each doubles the work; 0: none.",
        ),
        Setting(
            "LEADWRIGHT_FREE_MAIL",
            "",
            "More domains where anybody gets an address, so that no company is made of them; apart by commas.",
        ),
        Setting("LEADWRIGHT_LAKE_URL", "", "Where the open Delta tables lie; empty: lake/ in the data folder."),
        Setting("LEADWRIGHT_LAKE_ENGINE", "duckdb", "Which engine reads the lake."),
        Setting(
            "LEADWRIGHT_NETWORKS",
            "",
            "File of networks of data centres, one a line such as 192.0.2.0/24; empty: none is known.",
        ),
        Setting("LEADWRIGHT_LOG", "info", "How much is logged: debug, info, warning or error."),
        Setting("LEADWRIGHT_LOG_FORMAT", "text", "How logs look: text for people, json for machines."),
        Setting(
            "LEADWRIGHT_PROXIES",
            "127.0.0.0/8, ::1",
            "Proxies, by address or network, that are believed who asked (X-Forwarded-For); none: nobody is.",
        ),
        Setting(
            "LEADWRIGHT_ADDRESS_RATE",
            "200/10000",
            "Calls that one address (IPv6: one /64) may send a second, and at once; 0: no limit.",
        ),
        Setting("LEADWRIGHT_KEY_RATE", "5000/50000", "Calls that may be sent with one key a second, and at once."),
        Setting("LEADWRIGHT_FORM_RATE", "10/300", "Forms that one address may send a second, and at once."),
        Setting("LEADWRIGHT_API_RATE", "200/2000", "API requests with one key a second, and at once."),
        Setting("LEADWRIGHT_WEB_THREADS", "8", "Threads that serve console, site and API in each web process."),
        Setting("LEADWRIGHT_WORKERS", "4", "Background jobs that one `work` process runs at a time."),
        Setting("LEADWRIGHT_DEBUG", "", "1 shows tracebacks in the browser; never in production."),
    )
}


class BadSetting(ValueError):
    """A setting cannot be used as given."""


def get(name: str) -> str:
    """The value of a setting: from NAME, else from the file that NAME_FILE points to, else its default."""
    setting = SETTINGS[name]
    if value := os.environ.get(name, ""):
        return value
    if path := os.environ.get(f"{name}_FILE", ""):
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise BadSetting(f"{name}_FILE points to {path}, which cannot be read: {error.strerror}.") from None
    return setting.default


def get_int(name: str) -> int:
    """The value of a setting that must be a whole number."""
    try:
        return int(get(name))
    except ValueError:
        raise BadSetting(f"{name} must be a whole number; it is '{get(name)}'.") from None


def data_folder() -> Path:
    """The installation's data folder as an absolute path; not created here."""
    return Path(get("LEADWRIGHT_DATA")).expanduser().resolve()


def database_url() -> str:
    """The database to use; raises BadSetting while the embedded one has not been started."""
    if url := get("DATABASE_URL"):
        return url
    raise BadSetting("No database is running. Start the product with `leadwright up`, or set DATABASE_URL.")


def base_url() -> str:
    """The public base URL without a closing slash: as set, else where `up` runs on this data folder."""
    if given := get("LEADWRIGHT_URL"):
        return given.rstrip("/")
    running = data_folder() / "address"
    if not os.environ.get("LEADWRIGHT_PORT") and running.exists():
        return running.read_text(encoding="utf-8").strip()
    return f"http://{get('LEADWRIGHT_HOST')}:{get('LEADWRIGHT_PORT')}"


def keep_address() -> None:
    """Write down where `up` runs, so that a command on the same data folder makes links that lead there."""
    (data_folder() / "address").write_text(base_url(), encoding="utf-8")


@cache
def secret_key() -> str:
    """The installation's secret; made on first use and kept in the data folder, readable by its owner only."""
    if key := get("LEADWRIGHT_SECRET_KEY"):
        return key
    path = data_folder() / "secret-key"
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="utf-8").strip()
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(secrets.token_urlsafe(48))
    return path.read_text(encoding="utf-8").strip()
