"""Console pages of people, server time, with 300 custom fields defined and filled and one contact of 10,000 activities.

Called in this process through Django's own client: what is measured is the view, its queries and its templates, with
sign-in, permissions and middleware. The limit beside each figure is an empty page of the console.
"""

import os
import re
import statistics
import time
from collections.abc import Iterator
from typing import Any

SIZE = 100_000
ROUNDS, ACTS = 20, 10_000
ONLY = os.environ.get("LEADWRIGHT_BENCH_SCREENS", "")  # a pattern of names: only these pages
ACTIVITIES = """
INSERT INTO capture_activity (id, at, recorded_at, subject_id, kind, name, human)
SELECT uuidv7(n * interval '-7 minutes'), now() - n * interval '7 minutes', now(), %s,
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

        from bench import crowds
        from leadwright.profile.fields import definitions, indexes
        from leadwright.profile.models import Contact
        from leadwright.workspace.models import Role, User

        began = time.perf_counter()
        crowds.gather(size)
        indexes.ask(definitions.known("contact")["f0"])
        indexes.bring_in_line()
        with connection.cursor() as cursor:
            cursor.execute(ACTIVITIES, [Contact.objects.earliest("pk").uid, ACTS])
            cursor.execute("VACUUM ANALYZE")
        yield {"bench": "screens: fill", "size": size, "value": round(time.perf_counter() - began), "unit": "s"}
        user = User.objects.create_user("mia@firm.example", name="Mia", role=Role.ADMINISTRATOR)
        pages = {name: address for name, address in _pages().items() if re.search(ONLY, name)}
        with override_settings(ALLOWED_HOSTS=["*"], DEBUG=False):
            client = Client()
            client.force_login(user)
            limit = _times(client, reverse("workspace_users"))
            for name, address in pages.items():
                try:
                    found = _times(client, address)
                except RuntimeError as error:
                    yield {"bench": f"screens: {name}", "error": str(error)}
                    continue
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


def _pages() -> dict[str, str]:
    """The pages by name."""
    from django.urls import reverse

    from leadwright.profile.models import Contact, Suppression
    from leadwright.qualify.models import Lead, Segment
    from leadwright.ui import lists
    from leadwright.workspace.models import User

    busy, other, lead = Contact.objects.earliest("pk"), Contact.objects.latest("pk"), Lead.objects.latest("pk")
    between = Contact.objects.get(pk=(busy.pk + other.pk) // 2)
    rep = User.objects.get(email="rita@firm.example").pk
    after = lists._token([between.created_at, between.pk])  # noqa: SLF001
    suppressed = Suppression.objects.earliest("pk").email_key
    contacts, companies, leads = reverse("contacts"), reverse("companies"), reverse("leads")
    suppressions, refused = reverse("suppressions"), reverse("refusals_hits")
    timeline = reverse("contact_timeline", args=[busy.pk])
    own = "name,company," + ",".join(f"own.f{n}" for n in range(6))
    return {
        "list": contacts,
        "list, count": f"{contacts}?part=count",
        "list, by name": f"{contacts}?sort=name",
        "list, oldest": f"{contacts}?sort=created",
        "list, by last change": f"{contacts}?sort=-updated",
        "list, a later page": f"{contacts}?after={after}",
        "list, searched for one": f"{contacts}?q={other.email}",
        "list, searched for a name": f"{contacts}?q=Okafor77",
        "list, searched for what all have": f"{contacts}?q=okafor",
        "list, searched for what all have, count": f"{contacts}?q=okafor&part=count",
        "list, of an owner": f"{contacts}?owner={rep}",
        "list, of an owner, count": f"{contacts}?owner={rep}&part=count",
        "list, of nobody": f"{contacts}?owner=-",
        "list, of a stage": f"{contacts}?stage=decision",
        "list, of a stage, by name": f"{contacts}?stage=decision&sort=name",
        "list, of a role": f"{contacts}?role=champion",
        "list, of a role, oldest": f"{contacts}?role=champion&sort=created",
        "list, of a role, count": f"{contacts}?role=champion&part=count",
        "list, seen this week": f"{contacts}?seen=7",
        "list, seen this week, count": f"{contacts}?seen=7&part=count",
        "list, seen this week and searched": f"{contacts}?seen=7&q=okafor77",
        "list, six own columns": f"{contacts}?columns={own}",
        "list, by an own number": f"{contacts}?columns={own}&sort=-own.f0",
        "list, own number known": f"{contacts}?columns={own}&own.f0=~",
        "list, own choice": f"{contacts}?columns={own}&own.f4=gold",
        "list, own choice that nobody has": f"{contacts}?columns={own}&own.f4=silver",
        "contact, 300 values": reverse("contact", args=[other.pk]),
        "contact, 10,000 activities": reverse("contact", args=[busy.pk]),
        "timeline": timeline,
        "timeline, searched": f"{timeline}?words=Page+39",
        "timeline, of a kind": f"{timeline}?kind=form_submitted",
        "timeline, what it offers": reverse("contact_timeline_offers", args=[busy.pk]),
        "edit form, 300 fields": reverse("contact_edit", args=[other.pk]),
        "contact, consent": reverse("contact_consent", args=[other.pk]),
        "contact, segments": reverse("contact_segments", args=[other.pk]),
        "contact, score": reverse("contact_score", args=[other.pk]),
        "contact, leads": reverse("contact_leads", args=[other.pk]),
        "companies": companies,
        "companies, latest": f"{companies}?sort=-created",
        "companies, searched": f"{companies}?q=firm77",
        "companies, count": f"{companies}?part=count",
        "company of 3,000 people": reverse("company", args=[other.company_id]),
        "company of 3,000 people, group": reverse("company_group", args=[other.company_id]),
        "company of 3,000 people, timeline": reverse("company_timeline", args=[other.company_id]),
        "company of 3,000 people, leads": reverse("company_leads", args=[other.company_id]),
        "leads": leads,
        "leads, count": f"{leads}?part=count",
        "leads, board": reverse("leads_board"),
        "lead": reverse("lead", args=[lead.pk]),
        "segments": reverse("segments"),
        "segment of a third": reverse("segment", args=[Segment.objects.get().pk]),
        "duplicates": reverse("duplicates"),
        "duplicates, panel": reverse("duplicates_panel"),
        "suppressions": suppressions,
        "suppressions, count": f"{suppressions}?part=count",
        "suppressions, searched": f"{suppressions}?q={suppressed}",
        "purposes": reverse("purposes"),
        "purpose": reverse("purpose", args=["letter"]),
        "privacy requests": reverse("privacy_requests"),
        "retention": reverse("retention"),
        "imports": reverse("imports"),
        "exports": reverse("exports"),
        "refused": reverse("refusals"),
        "refused hits": refused,
        "refused hits, of a reason": f"{refused}?reason=repeated",
        "refused hits, count": f"{refused}?part=count",
        "machine or human": reverse("makers"),
        "machine or human, evidence": reverse("makers_evidence"),
        "machine or human, acts": reverse("makers_acts"),
        "fields": reverse("fields"),
        "home": reverse("wagtailadmin_home"),
    }
