"""`python -m tests.migrations`: every model change has its migration. Needs no running database."""

import os
import sys


def main() -> int:
    """0 where nothing is missing."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadwright.main.settings")
    os.environ.setdefault("LEADWRIGHT_SECRET_KEY", "only-for-checks")
    import warnings

    import django
    from django.core.management import call_command

    warnings.filterwarnings("ignore", message="Got an error checking a consistent migration history")
    django.setup()
    try:
        call_command("makemigrations", "--check", "--dry-run", verbosity=1)
    except SystemExit as error:
        return int(error.code or 0)
    return 0


if __name__ == "__main__":
    sys.exit(main())
