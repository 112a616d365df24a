"""Background work by hand, a running product for the stories, and the people who come back in every test."""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.product import Product

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)  # a Monday


def pytest_configure() -> None:
    """Django's flush would leave our partitions full and take what migrations have laid; see `database_as_new`."""
    from django.test import TransactionTestCase

    TransactionTestCase._fixture_teardown = lambda self: None


# Tests of one running product, which is started once: all in the same process, in their order.
OF_ONE_PRODUCT = (
    "tests/browser/test_forms.py",
    "tests/browser/test_site.py",
    "tests/main/test_up.py",
    "tests/stories/",
)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """With several processes, a module's tests go to the same one, and so do all of a running product.

    Not xdist's own groups: its 3.8 writes them where pytest 9.2 does not read them any more, and they tear silently.
    """
    from xdist.scheduler import LoadScopeScheduling

    class ByModule(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            return "product" if nodeid.startswith(OF_ONE_PRODUCT) else nodeid.partition("::")[0]

    return ByModule(config, log)


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Product]":
    """A running installation for the stories, on a database of its own. Name such tests in OF_ONE_PRODUCT."""
    import psycopg
    from psycopg import sql

    from tests.product import running

    url, _, options = os.environ["DATABASE_URL"].partition("?")
    host, _, template = options.partition("&test_template=")
    name = f"product_{os.getpid()}"
    folder = tmp_path_factory.mktemp("product")
    folder.chmod(0o755)
    with psycopg.connect(f"{url}?{host}", autocommit=True) as connection:
        make = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        connection.execute(make.format(sql.Identifier(name), sql.Identifier(template)))
        try:
            with running(folder, DATABASE_URL=f"{url.rpartition('/')[0]}/{name}?{host}") as started:
                yield started
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="session")
def alone(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Product]":
    """A running installation with the embedded database, started from nothing. Name them, too."""
    from tests.product import running

    folder = tmp_path_factory.mktemp("up")
    folder.chmod(0o755)
    with running(folder) as started:
        yield started


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    """A real Chromium, once a module: while Playwright's loop runs in this thread, no other test can have one.

    Django keeps other connections in a thread with a loop than in the same thread without. Those of before are closed
    first; else they would be found dead afterwards, when the database has been made anew.
    """
    from django.db import connections
    from playwright.sync_api import sync_playwright

    from tests.browser import chromium

    connections.close_all()
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright's loop runs in this thread beside the ORM
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium.path(), args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(autouse=True)
def database_as_new(request: pytest.FixtureRequest) -> Iterator[None]:
    """After a test that commits, the database is made anew from the template."""
    from django.db import connection, connections

    yield
    marker = request.node.get_closest_marker("django_db")
    commits = {"transactional_db", "live_server"} & set(request.fixturenames)
    if not commits and not (marker and (marker.kwargs.get("transaction") or marker.args[:1] == (True,))):
        return
    from tests.database import remake

    connections.close_all()
    remake(connection.settings_dict["NAME"])


@pytest.fixture(autouse=True)
def by_hand() -> Iterator[None]:
    """Background work is only noted; a test says `jobs.settle()` where a worker would have run."""
    from leadwright.kit import clock, jobs

    with jobs.by_hand():
        yield
    clock.set_to(None)


@pytest.fixture
def noon() -> datetime:
    """Time stands still on a Monday at noon."""
    from leadwright.kit import clock

    clock.set_to(NOON)
    return NOON


@pytest.fixture
def contact(db: None) -> Callable[..., Any]:
    """Makes a contact with an identity of its own."""
    from leadwright.profile.models import Contact, Identity

    def make(name: str, **fields: Any) -> Contact:
        email = f"{name.lower()}@example.com"
        made = Contact.objects.create(first_name=name, email=email, email_key=email, **fields)
        Identity.objects.get_or_create(subject_id=made.uid, defaults={"contact": made, "kind": "self"})
        return made

    return make
