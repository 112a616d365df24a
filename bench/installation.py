"""A throw-away installation for a benchmark: a real PostgreSQL with full durability, migrated, and Django set up."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def fresh() -> Iterator[str]:
    """A new data folder with a running, migrated database; answers its URL. Everything is removed afterwards.

    Once per process: Django keeps the first database that it is given.
    """
    from leadwright.kit import postgres

    folder = Path(tempfile.mkdtemp(prefix="leadwright-bench-"))
    folder.chmod(0o755)
    before = dict(os.environ)
    os.environ |= {
        "LEADWRIGHT_DATA": str(folder),
        "LEADWRIGHT_SECRET_KEY": "only-for-benchmarks",
        "LEADWRIGHT_LOG": "warning",
        "DJANGO_SETTINGS_MODULE": "leadwright.main.settings",
    }
    try:
        url = postgres.start(folder / "postgres")
        os.environ["DATABASE_URL"] = url
        import django
        from django.core.management import call_command
        from django.db import connections

        django.setup()
        call_command("migrate", verbosity=0)
        try:
            yield url
        finally:
            connections.close_all()
    finally:
        postgres.stop(folder / "postgres", mode="immediate")
        os.environ.clear()
        os.environ.update(before)
        shutil.rmtree(folder, ignore_errors=True)
