"""What is laid before the processes start: the tables, then what every installation needs. Safe to run again."""

from collections.abc import Callable

from django.core.management import call_command

# Each lays something once and leaves it alone where it is there already; in the order of the packages.
FOUNDATIONS: tuple[Callable[[], object], ...] = ()


def run() -> None:
    """Bring the tables up to date and lay the foundations."""
    call_command("migrate", verbosity=0)
    for lay in FOUNDATIONS:
        lay()
