"""Is it alive, is it ready, how is it doing: /healthz, /readyz, /metrics, and the findings of `leadwright doctor`."""

import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from prometheus_client import CollectorRegistry, Gauge, generate_latest

from leadwright import __version__
from leadwright.kit import config, database, sql
from leadwright.kit.registries import CHECKS
from leadwright.measure import backlogs
from leadwright.workspace import keys, settings

SQL = sql.load("health")
LAG_SECONDS = 60  # mail that is due for longer than this means that no sender runs
LEAST_FREE_BYTES = 500 * 2**20
LEAST_POSTGRES = 15_00_00

BACKLOG = {
    "hits_waiting": "Hits that are not judged yet",
    "hits_refused": "Hits refused in the last 24 hours",
    "messages_due": "Messages that should have left by now",
    "messages_due_seconds": "How long the oldest of them has been due",
    "messages_unsure": "Messages handed over without an answer",
    "jobs_waiting": "Background jobs that could run now",
    "jobs_failed": "Background jobs that failed",
    "workers_alive": "Workers heard of within a minute",
}


@dataclass(frozen=True)
class Finding:
    """What one check found: fine or not, and a sentence that says what is so or how to mend it."""

    name: str
    ok: bool
    say: str


def _database() -> tuple[bool, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version_num')::int, current_setting('server_version')")
        number, name = cursor.fetchone() or (0, "")
    if number < LEAST_POSTGRES:
        return False, f"PostgreSQL {name} answers; Leadwright needs 15 or newer."
    return True, f"PostgreSQL {name} answers."


def _worker() -> tuple[bool, str]:
    if settings.current().lives_a_past:
        return True, "The process that lives the example firm's past works meanwhile."
    if backlogs.now().workers_alive:
        return True, "A worker runs."
    return False, "No worker has been heard of for a minute. `leadwright up` starts one; alone it is `leadwright work`."


def _sender() -> tuple[bool, str]:
    if settings.current().lives_a_past:
        return True, "The process that lives the example firm's past sends meanwhile."
    late = float(backlogs.now().messages_due_seconds)
    if late < LAG_SECONDS:
        return True, "No mail waits for a sender."
    return False, f"Mail has been due for {late:.0f} s. `leadwright up` starts a sender; alone it is `leadwright send`."


def _disk() -> tuple[bool, str]:
    free = shutil.disk_usage(config.data_folder()).free
    if free > LEAST_FREE_BYTES:
        return True, f"{free / 2**30:.1f} GB are free for the data folder."
    return False, f"Only {free // 2**20} MB are free for the data folder {config.data_folder()}; make room soon."


def _secret() -> tuple[bool, str]:
    path = config.data_folder() / "secret-key"
    if path.exists() and path.stat().st_mode & 0o077:
        return False, f"Others on this machine can read {path}; run: chmod 600 {path}"
    return True, "The secret key is for its owner only."


def _migrations() -> tuple[bool, str]:
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        return False, f"{len(missing)} changes of the tables are missing; `leadwright up` makes them."
    return True, "The tables are up to date."


READINESS: tuple[tuple[str, Callable[[], tuple[bool, str]]], ...] = (
    ("database", _database),
    ("worker", _worker),
    ("sender", _sender),
)
DOCTOR = (*READINESS, ("tables", _migrations), ("disk", _disk), ("secret key", _secret))


def found(name: str, look: Callable[[], tuple[bool, str]]) -> Finding:
    """Run one check; a database that does not answer is a finding, too."""
    try:
        return Finding(name, *look())
    except (DatabaseError, OSError) as error:
        return Finding(name, ok=False, say=f"This could not be looked at: {str(error).strip() or type(error).__name__}")


def examine() -> list[Finding]:
    """All that `leadwright doctor` looks at: the machine, then what each package registered."""
    return [
        *(found(name, look) for name, look in DOCTOR),
        *(found(name, check.look) for name, check in CHECKS.items()),
    ]


def alive(request: HttpRequest) -> HttpResponse:
    """The web process answers."""
    return JsonResponse({"ok": True, "version": __version__})


def ready(request: HttpRequest) -> HttpResponse:
    """Everything that a visitor, a recipient or a rep needs is up; otherwise 503 with what is missing."""
    findings = [found(name, look) for name, look in READINESS]
    fine = all(finding.ok for finding in findings)
    body = {"ok": fine, "checks": [asdict(finding) for finding in findings]}
    return JsonResponse(body, status=200 if fine else 503)


def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus' text format, read from the tables, so that every process of an installation answers alike."""
    if not keys.may_look_inside(request):
        return HttpResponse("Send a key that may read as 'Authorization: Bearer …'.\n", status=401)
    registry = CollectorRegistry()
    waiting = backlogs.now()
    for name, say in BACKLOG.items():
        Gauge(f"leadwright_{name}", say, registry=registry).set(float(getattr(waiting, name)))
    rows = Gauge("leadwright_rows_estimate", "Rows of a table, as the planner sees it", ["table"], registry=registry)
    for name, count in database.rows(SQL["estimates"]):
        rows.labels(table=name).set(count)
    return HttpResponse(generate_latest(registry), content_type="text/plain; version=0.0.4; charset=utf-8")
