"""Console pages of people, server time, with 300 custom fields defined and filled and one contact of 10,000 activities.

Called in this process through Django's own client: what is measured is the view, its queries and its templates, with
sign-in, permissions and middleware. The limit beside each figure is an empty page of the console.
"""

import statistics
import time
from collections.abc import Iterator
from typing import Any

SIZE = 100_000
FIELDS, ROUNDS, ACTS = 300, 30, 10_000
FILL = """
WITH told AS (
    SELECT n, 'p' || n || '@firm' || n %% 2000 || '.example' AS address FROM generate_series(%s, %s) AS n
), people AS (
    INSERT INTO profile_contact (uid, email, email_key, first_name, last_name, title, phone, country, city, language,
        time_zone, buying_stage, first_channel, company_id, custom, origins)
    SELECT gen_random_uuid(), address, address, 'P' || n, 'Okafor', 'Head', '', 'DE', 'Berlin', '', '', '', '',
        (SELECT min(id) FROM profile_company) + n %% 2000,
        jsonb_build_object('f0', n) || %s::jsonb, '{}'
    FROM told RETURNING id, uid
)
INSERT INTO profile_identity (subject_id, contact_id, kind, since, evidence)
SELECT uid, id, 'self', now(), '' FROM people
"""
ACTIVITIES = """
INSERT INTO capture_activity (id, at, recorded_at, subject_id, kind, name, human)
SELECT gen_random_uuid(), now() - n * interval '7 minutes', now(), %s,
       (ARRAY['page', 'page', 'page', 'email_opened', 'form_submitted'])[1 + n %% 5], 'Page ' || n %% 40, 0.9
FROM generate_series(1, %s) AS n
"""


def run(size: int | None) -> Iterator[dict[str, Any]]:
    """The slowest twentieth of each page's calls, in milliseconds."""
    from bench.installation import fresh

    size = size or SIZE
    with fresh():
        from django.db import connection
        from django.test import Client
        from django.test.utils import override_settings
        from django.urls import reverse

        from leadwright.profile.fields import definitions, indexes
        from leadwright.profile.models import Contact
        from leadwright.workspace.models import Role, User

        _define()
        _fill(size)
        indexes.ask(definitions.known("contact")["f0"])
        indexes.bring_in_line()
        busy = Contact.objects.order_by("pk").first()
        assert busy is not None
        with connection.cursor() as cursor:
            cursor.execute(ACTIVITIES, [busy.uid, ACTS])
            cursor.execute("VACUUM ANALYZE")
        user = User.objects.create_user("mia@firm.example", name="Mia", role=Role.HEAD)
        other, contacts = Contact.objects.order_by("-pk").first(), reverse("contacts")
        assert other is not None
        own = "name,company," + ",".join(f"own.f{n}" for n in range(6))
        timeline = reverse("contact_timeline", args=[busy.pk])
        pages = {
            "list": contacts,
            "list, six own columns": f"{contacts}?columns={own}",
            "list, by an own number": f"{contacts}?columns={own}&sort=-own.f0",
            "list, own number known": f"{contacts}?columns={own}&own.f0=~",
            "list, count": f"{contacts}?part=count",
            "contact, 300 values": reverse("contact", args=[other.pk]),
            "contact, 10,000 activities": reverse("contact", args=[busy.pk]),
            "timeline, searched": f"{timeline}?words=Page+39",
            "timeline, of a kind": f"{timeline}?kind=form_submitted",
            "timeline, what it offers": reverse("contact_timeline_offers", args=[busy.pk]),
            "edit form, 300 fields": reverse("contact_edit", args=[other.pk]),
            "company": reverse("company", args=[other.company_id]),
            "fields": reverse("fields"),
        }
        with override_settings(ALLOWED_HOSTS=["*"], DEBUG=False):
            client = Client()
            client.force_login(user)
            limit = _times(client, reverse("workspace_users"))
            for name, address in pages.items():
                found = _times(client, address)
                p95 = sorted(found)[int(len(found) * 0.95)]
                yield {
                    "bench": f"screens: {name}",
                    "size": size,
                    "value": round(p95 * 1000, 1),
                    "unit": "ms p95",
                    "median": round(statistics.median(found) * 1000, 1),
                    "limit_value": round(statistics.median(limit) * 1000, 1),
                    "cpu_ms": round(_times.cpu * 1000, 1),  # type: ignore[attr-defined]
                    "load": _load(),
                }


def _load() -> float:
    import os

    return round(os.getloadavg()[0], 1)


def _times(client: Any, address: str) -> list[float]:
    """Seconds of each call; the first one, which warms caches, is left out."""
    found, began_cpu = [], 0.0
    for number in range(ROUNDS + 1):
        if number == 1:
            began_cpu = time.process_time()
        began = time.perf_counter()
        answer = client.get(address)
        took = time.perf_counter() - began
        if answer.status_code != 200:
            raise RuntimeError(f"{address} answered {answer.status_code}.")
        if number:
            found.append(took)
    _times.cpu = (time.process_time() - began_cpu) / ROUNDS  # type: ignore[attr-defined]
    return found


def _define() -> None:
    from leadwright.profile.models import Company, CustomField

    kinds = ("number", "text", "date", "yes_no", "choice", "text")
    options = [{"key": each, "label": each, "is_retired": False} for each in ("gold", "silver", "none")]
    for n in range(FIELDS):
        kind = kinds[n % len(kinds)]
        told = options if kind == "choice" else []
        CustomField(
            of="contact", key=f"f{n}", label=f"Field {n}", kind=kind, options=told, position=n,
            group=f"Group {n // 20}",
            tidied_to=None,
        ).save()  # fmt: skip
    Company.objects.bulk_create(Company(name=f"Firm {n}", domain=f"firm{n}.example") for n in range(2000))


def _fill(size: int) -> None:
    import json

    from django.db import connection

    values = {"number": 12.5, "text": "words of usual length", "date": "2026-03-31", "yes_no": True, "choice": "gold"}
    kinds = ("number", "text", "date", "yes_no", "choice", "text")
    own = json.dumps({f"f{n}": values[kinds[n % len(kinds)]] for n in range(1, FIELDS)})
    with connection.cursor() as cursor:
        for start in range(1, size + 1, 20_000):
            cursor.execute(FILL, [start, min(start + 19_999, size), own])
        cursor.execute("DELETE FROM qualify_change")
