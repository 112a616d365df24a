"""A pytest plugin that starts the tests' own PostgreSQL, before pytest-django reads the settings."""

import hashlib
import os
import subprocess
import sys
import warnings
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache" / "tests"


def _migrations() -> str:
    digest = hashlib.sha256()
    for path in [*sorted(ROOT.glob("leadwright/*/migrations/*.py")), ROOT / "requirements.lock"]:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _database() -> None:
    """Start the tests' own database server once, with a migrated template that lasts until a migration changes."""
    from leadwright.kit import postgres

    os.environ["LEADWRIGHT_DATA"] = str(CACHE / "data")
    (CACHE / "data" / "static").mkdir(parents=True, exist_ok=True)  # or WhiteNoise warns
    os.environ["LEADWRIGHT_SECRET_KEY"] = "only-for-tests"
    os.environ["DJANGO_SETTINGS_MODULE"] = "leadwright.main.settings"
    url = postgres.start(CACHE / "postgres", extra="fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n")
    import psycopg
    from psycopg import sql

    template = f"template_{_migrations()}"
    with psycopg.connect(url, autocommit=True) as connection:
        names = {row[0] for row in connection.execute("SELECT datname FROM pg_database")}
        if template not in names:
            for old in (name for name in names if name.startswith(("template_", "test_"))):
                connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(old)))
            making = f"making_{template}"
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(making)))
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(making)))
            _migrate(url.replace("/postgres?", f"/{making}?"))
            _number(url.replace("/postgres?", f"/{making}?"))
            rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
            connection.execute(rename.format(sql.Identifier(making), sql.Identifier(template)))
    os.environ["DATABASE_URL"] = url + f"&test_template={template}"


def remake(name: str) -> None:
    """Make a test database anew from the template, whoever is still connected to it."""
    import psycopg
    from psycopg import sql

    url, _, template = os.environ["DATABASE_URL"].partition("&test_template=")
    with psycopg.connect(url, autocommit=True) as connection:
        old, pattern = sql.Identifier(name), sql.Identifier(template)
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(old))
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY").format(old, pattern))


def _migrate(url: str) -> None:
    command = [sys.executable, "-m", "django", "migrate", "--verbosity", "0"]
    subprocess.run(command, check=True, env=os.environ | {"DATABASE_URL": url, "PYTHONPATH": str(ROOT)}, cwd=ROOT)


def _number(url: str) -> None:
    """Let each table count from a number of its own in the thousands: one that is written with a separator, or taken
    for another table's, then shows in every test."""
    import psycopg

    with psycopg.connect(url) as connection:
        connection.execute(
            "SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, 1000 * row_number() OVER (ORDER BY"
            " sequencename) + 37) FROM pg_sequences WHERE schemaname = 'public' AND data_type = 'bigint'::regtype"
            " AND coalesce(last_value, 0) < 1000"
        )


def _folder() -> None:
    """A data folder of this process's own: each has its own database, and import number 1 is another's in each."""
    folder = CACHE / f"data-{os.environ['PYTEST_XDIST_WORKER']}"
    (folder / "static").mkdir(parents=True, exist_ok=True)
    os.environ["LEADWRIGHT_DATA"] = str(folder)


if "PYTEST_XDIST_WORKER" in os.environ:
    _folder()
else:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _database()
