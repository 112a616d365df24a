"""What the security walks walk over: every address of the console, as everybody, among records of two reps."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.db import connection, transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from pytest_django.plugin import DjangoDbBlocker

from leadwright.kit import clock

# The word that stands in every text of Cleo's records, and in nothing else.
SECRET = "Zyxsecret"
CONVERTED = re.compile(r"<(?:\w+:)?(\w+)>")


@dataclass
class World:
    """The people who sign in, and the id of one record for each argument that an address takes."""

    users: dict[str, Any] = field(default_factory=dict)
    ids: dict[str, Any] = field(default_factory=dict)
    hidden: dict[str, Any] = field(default_factory=dict)
    clients: dict[str, Client] = field(default_factory=dict)

    def client(self, who: str, **options: Any) -> Client:
        """A browser in which somebody is signed in; "nobody" for one in which nobody is."""
        if options or who not in self.clients:
            client = Client(raise_request_exception=False, **options)
            if who != "nobody":
                client.force_login(self.users[who])
            if options:
                return client
            self.clients[who] = client
        return self.clients[who]


@dataclass(frozen=True)
class Address:
    """One address of the console, with its route as it is written, and whether a view of ours answers it."""

    path: str
    route: str
    is_own: bool


def addresses(world: World, hidden: bool = False) -> list[Address]:
    """Every address below /app/, with the world's ids in it."""
    ids = world.ids | world.hidden if hidden else world.ids
    found: dict[str, Address] = {}
    for route, callback in _routes(get_resolver().url_patterns, "/"):
        if not route.startswith("/app/") or "(" in route or "^" in route:
            continue
        view = getattr(callback, "view_class", callback)
        path = CONVERTED.sub(lambda match: str(ids.get(match[1], 1)), route)
        found.setdefault(path, Address(path, route, str(view.__module__).startswith("leadwright")))
    return list(found.values())


def _routes(patterns: list[Any], before: str) -> Iterator[tuple[str, Any]]:
    for each in patterns:
        route = before + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from _routes(each.url_patterns, route)
        elif isinstance(each, URLPattern):
            yield route, each.callback


class Ask:
    """Asks one thing after the other, and takes back what each did to the database."""

    def __init__(self, client: Client, look: Callable[[], Any] | None = None) -> None:
        self.client = client
        self.look = look
        self.looked: Any = None  # what a look at the database found before it was taken back

    def __call__(self, method: str, path: str, *args: Any, **more: Any) -> tuple[Any, str]:
        """The answer, and its whole text."""
        point = transaction.savepoint()
        session = self.client.cookies.get("sessionid")
        kept = session.value if session else ""
        try:
            answer = getattr(self.client, method)(path, *args, **more)
            body = b"".join(answer.streaming_content) if getattr(answer, "streaming", False) else answer.content
            self.looked = self.look() if self.look else None
        finally:
            connection.needs_rollback = False
            transaction.savepoint_rollback(point)
            if kept:
                self.client.cookies["sessionid"] = kept
        return answer, body.decode("utf-8", "replace")


def make() -> World:
    """The world: everybody who signs in, a campaign with all that belongs to it, and two reps with their records."""
    from wagtail.documents.models import Document

    from leadwright.attract import sites
    from leadwright.attract.models import Campaign, Form, FormField, Persona, Spend, TrackedLink
    from leadwright.capture.models import Import
    from leadwright.engage import emails
    from leadwright.engage.models import Broadcast, MailboxMessage
    from leadwright.nurture.models import Journey
    from leadwright.profile.models import Purpose
    from leadwright.qualify.models import ScoreModel, ScoreRule, Segment
    from leadwright.workspace import keys
    from leadwright.workspace.models import Role, User

    world = World()
    for name, role in (
        ("administrator", Role.ADMINISTRATOR),
        ("head", Role.HEAD),
        ("marketer", Role.MARKETER),
        ("ada", Role.REP),
        ("cleo", Role.REP),
    ):
        world.users[name] = User.objects.create_user(f"{name}@firm.example", name=name.capitalize(), role=role)
        world.users[name].takes_leads = role == Role.REP
        world.users[name].save()
    sites.ensure()
    persona = Persona.objects.create(name="Buyer", role="Head of Buying")
    campaign = Campaign.objects.create(name="Spring", code="spring", channel="email")
    purpose, _ = Purpose.objects.get_or_create(key="letter", defaults={"name": "Our letter"})
    form = Form.objects.create(name="Contact", code="contact")
    FormField.objects.create(form=form, label="E-mail", name="email", kind="email", maps_to="email")
    segment = Segment.objects.create(name="Everyone", conditions={"all": []})
    rule = ScoreRule.objects.create(
        model=ScoreModel.objects.first() or ScoreModel.objects.create(), name="Page", kind="engagement", points=1
    )
    version = emails.write(name="Letter", subject="A letter", purpose=purpose, body=[("text", "<p>Words.</p>")])
    journey = Journey.objects.create(
        name="Welcome",
        steps=[{"type": "exit", "value": {}, "id": "1"}],
        trigger=[{"type": "manual", "value": None, "id": "2"}],
    )
    journey.save_revision().publish()
    mail = MailboxMessage.objects.create(rcpt_to=["x@example.com"], subject="Hello", raw=b"Subject: Hello\r\n\r\nHi")
    link = TrackedLink.objects.create(
        campaign=campaign, code="go", target="https://firm.example/", source="letter", medium="email"
    )
    key, _ = keys.create("read", "Key")
    world.ids = {
        "user_id": world.users["marketer"].pk,
        "key_id": key.pk,
        "campaign_id": campaign.pk,
        "spend_id": Spend.objects.create(campaign=campaign, spent_on=clock.now().date(), amount=5).pk,
        "link_id": link.pk,
        "kind": "svg",
        "import_id": Import.objects.create(kind="contacts", file_name="list.csv", path="imports/none.csv").pk,
        "segment_id": segment.pk,
        "rule_id": rule.pk,
        "email_id": version.email_id,
        "broadcast_id": Broadcast.objects.create(name="Once", email=version.email, segment=segment).pk,
        "journey_id": journey.pk,
        "mail_id": mail.pk,
        "document_id": Document.objects.create(title="Paper", file=ContentFile(b"%PDF-1.7", name="paper.pdf")).pk,
        "page_id": 1,
        "app_label": "attract",
        "model_name": "homepage",
    }
    world.ids |= records(world.users["ada"], "Ordinary", segment, version, journey, campaign)
    world.hidden = records(world.users["cleo"], SECRET, segment, version, journey, campaign)
    world.ids["persona"], world.ids["form"] = persona.pk, form.pk
    return world


def records(
    owner: Any, word: str, segment: Any, version: Any, journey: Any, campaign: Any, slug: str = ""
) -> dict[str, Any]:
    """A rep's company, contact and lead, with everything that hangs on them; each text holds a word."""
    from leadwright.capture import activities
    from leadwright.engage.models import Message
    from leadwright.handover.models import Assignment, Task
    from leadwright.nurture.models import Enrollment
    from leadwright.profile.models import Company, Contact, Identity
    from leadwright.qualify.models import Lead, Member, Point, Score, ScoreRule, StageMove

    now = clock.now()
    slug = slug or word.lower()
    email = f"{slug}@{slug}.example"
    firm = Company.objects.create(name=f"{word} Works", domain=f"{slug}.example", owner=owner, city=word)
    person = Contact.objects.create(
        first_name=word, last_name=word, email=email, email_key=email, title=word, company=firm, owner=owner,
        external_id=f"crm-{word}", custom={"note": word}, last_seen_at=now,
    )  # fmt: skip
    Identity.objects.get_or_create(subject_id=person.uid, defaults={"contact": person, "kind": "self"})
    lead = Lead.objects.create(
        contact=person, owner=owner, interest=word, source=f"form {word}", channel="email", campaign=campaign,
        opened_at=now - timedelta(days=2), stage_since=now - timedelta(days=2), custom={"note": word}, value=100,
        external_id=f"deal-{word}",
    )  # fmt: skip
    StageMove.objects.create(lead=lead, to_stage="new", at=lead.opened_at, actor="form")
    task = Task.objects.create(
        title=f"Call {word}", why=word, contact=person, lead=lead, user=owner, due_at=now, cause=f"test:{slug}"
    )
    Assignment.objects.create(
        lead=lead, user=owner, at=now, rule="round", why=f"{word} by turns", answer_by=now - timedelta(hours=1)
    )
    Member.objects.create(segment=segment, contact=person, since=now)
    Score.objects.create(contact=person, fit=99, engagement_level=999.0, is_hot=True, updated_at=now)
    Point.objects.create(contact=person, rule=ScoreRule.objects.first(), points=5, at=now)
    Message.objects.create(
        contact=person, version=version, cause=f"test:{slug}", address=email, state="sending", queued_at=now,
        due_at=now, sending_at=now - timedelta(hours=1),
    )  # fmt: skip
    current = journey.versions.get()
    enrollment = Enrollment.objects.create(
        contact=person, journey=journey, version=current, step=current.steps.first(), state="set_aside",
        cause=f"test:{slug}", why=word, entered_at=now, step_since=now, error=word,
    )  # fmt: skip
    [activity] = activities.record([activities.Fact(at=now, subject_id=person.uid, kind="track", name=f"{word} did")])
    return {
        "company_id": firm.pk,
        "contact_id": person.pk,
        "lead_id": lead.pk,
        "task_id": task.pk,
        "enrollment": enrollment.pk,
        "activity": activity,
        "uid": person.uid,
        "email": email,
        "external_id": person.external_id,
        "lead_external_id": lead.external_id,
    }


@contextmanager
def one_transaction(blocker: DjangoDbBlocker) -> Iterator[None]:
    """The database for all tests of a module, in one transaction that is taken back at its end."""
    with blocker.unblock():
        outer = transaction.atomic()
        outer.__enter__()
        try:
            yield
        finally:
            transaction.set_rollback(True)
            outer.__exit__(None, None, None)
            connection.close()
