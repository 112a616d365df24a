import asyncio
import socket
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from email import message_from_bytes
from pathlib import Path
from threading import Event

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.engage.killing import ROOT, eventually, installation, kill
from tests.engage.relaying import Server, serving

PEOPLE = 2_000
SET_UP = """
import django; django.setup()
from django.db import connection
from leadwright.engage import emails
from leadwright.engage.models import Broadcast
from leadwright.profile.models import Purpose
from leadwright.qualify.models import Segment
from leadwright.workspace.models import Workspace
firm = Workspace.objects.first() or Workspace()
firm.sender_address = "nora@nordwind.example"; firm.save()
purpose, _ = Purpose.objects.get_or_create(key="letter", defaults={"name": "Letter"})
version = emails.write(name="Guide", subject="Hello {{ contact.first_name }}", purpose=purpose,
                       body=[("text", "<p>Hello</p>")])
segment = Segment.objects.create(name="Everyone", is_active=False)
with connection.cursor() as cursor:
    cursor.execute('''
        WITH people AS (
            INSERT INTO profile_contact (uid, email, email_key, first_name, last_name, title, phone, country, city,
                language, time_zone, buying_stage, first_channel, custom, origins)
            SELECT gen_random_uuid(), 'p' || n || '@firm.example', 'p' || n || '@firm.example', 'P' || n, '', '', '',
                '', '', '', '', '', '', '{}', '{}' FROM generate_series(1, %s) AS n RETURNING id, uid
        ), known AS (
            INSERT INTO profile_identity (subject_id, contact_id, kind, since, evidence)
            SELECT uid, id, 'self', now(), '' FROM people
        ), consents AS (
            INSERT INTO profile_consent (contact_id, purpose_id, state, at)
            SELECT id, 'letter', 'granted', now() FROM people
        ) INSERT INTO qualify_member (segment_id, contact_id, since) SELECT %s, id, now() FROM people
    ''', [int(PEOPLE), segment.pk])
broadcast = Broadcast.objects.create(name="Spring", email=version.email, segment=segment)
from leadwright.engage import broadcasts
broadcasts.CHUNK = 300
broadcasts.start(broadcast)
"""
COUNT = "SELECT count(*) FROM engage_message WHERE state = %s"


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.slow
def test_a_broadcast_whose_worker_and_sender_are_killed_reaches_everyone_once(tmp_path: Path, port: int) -> None:
    tmp_path.chmod(0o755)
    with installation(tmp_path, port) as here:
        script = SET_UP.replace("int(PEOPLE)", str(PEOPLE))
        settings = here.environment | {"DJANGO_SETTINGS_MODULE": "leadwright.main.settings"}
        subprocess.run([sys.executable, "-c", script], env=settings, cwd=ROOT, check=True)
        running = [here.start("mailbox"), here.start("work"), here.start("send")]
        try:
            eventually(lambda: here.ask(COUNT, "sent") >= 300)
            for process in running[1:]:
                kill(process)
            running[1:] = [here.start("work"), here.start("send")]
            eventually(
                lambda: here.ask(COUNT, "queued") == 0 and here.ask("SELECT count(*) FROM engage_message") == PEOPLE
            )
            unsure = eventually(lambda: here.ask(COUNT, "sent") + here.ask(COUNT, "sending") == PEOPLE) and here.ask(
                COUNT, "sending"
            )
        finally:
            # The sender first: had it time to see the mailbox gone, it would queue again what it had not handed over.
            for process in reversed(running):
                kill(process)
        got = here.rows(
            "SELECT jsonb_array_elements_text(rcpt_to) AS address, count(*) FROM engage_mailboxmessage GROUP BY 1"
        )
        assert all(count == 1 for _, count in got), "somebody got a mail twice"
        missed = set(range(1, PEOPLE + 1)) - {int(address[1:].partition("@")[0]) for address, _ in got}
        listed = {address for (address,) in here.rows("SELECT address FROM engage_message WHERE state = 'sending'")}
        assert {f"p{n}@firm.example" for n in missed} <= listed, "somebody got nothing and is not listed"
        facts = here.ask("SELECT count(*) FROM capture_activity WHERE kind = 'email_sent'")
        assert facts == here.ask(COUNT, "sent")
        assert unsure < PEOPLE / 4
        print(f"sent {facts}, unsure {unsure}, of which not arrived {len(missed)}")


SUBMISSION = """
import django; django.setup()
from leadwright.attract.models import Form
from leadwright.capture import activities
from leadwright.capture.activities import Fact
from leadwright.engage import notices
from leadwright.engage.models import Notice
from leadwright.kit import clock
from leadwright.profile.models import Contact, Identity
from leadwright.workspace.models import User, Workspace
firm = Workspace.objects.first() or Workspace()
firm.sender_address = "nora@nordwind.example"; firm.save()
form = Form.objects.create(name="Demo", code="demo", notify_addresses="desk@nordwind.example")
form.notify.set([User.objects.create_user("mia@nordwind.example", name="Mia")]); form.save()
ada = Contact.objects.create(email="ada@firm.example", email_key="ada@firm.example")
Identity.objects.get_or_create(subject_id=ada.uid, defaults={"contact": ada, "kind": "self"})
fields = {"fields": {"email": "ada@firm.example"}}
activities.record([Fact(clock.now(), ada.uid, "form_submitted", "demo", "form", "demo", human=0.9, properties=fields)])
notices.follow_up()
assert Notice.objects.update(due_at=clock.now()) == 2
"""


@dataclass
class Stalling(Server):
    """A relay that answers no more, once, at a verb: before it takes the first mail, or after."""

    at: str = "RCPT"
    reached: Event = field(default_factory=Event)

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        await self.stall("RCPT")
        return await super().handle_RCPT(server, session, envelope, address, options)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        answer = await super().handle_DATA(server, session, envelope)
        await self.stall("DATA")
        return answer

    async def stall(self, verb: str) -> None:
        """Answer no more, the first time."""
        if verb == self.at and not self.reached.is_set():
            self.reached.set()
            await asyncio.Event().wait()


@pytest.mark.slow
@pytest.mark.parametrize(("at", "most"), [("RCPT", 1), ("DATA", 2)], ids=["before the relay took it", "after"])
def test_whoever_a_form_tells_hears_in_spite_of_a_kill_and_twice_only_where_the_relay_s_yes_was_not_heard(
    tmp_path: Path, port: int, at: str, most: int
) -> None:
    tmp_path.chmod(0o755)
    relay = Stalling(at=at)
    with serving(relay), installation(tmp_path, port) as here:
        here.environment["LEADWRIGHT_SMTP_URL"] = f"smtp://127.0.0.1:{relay.port}"
        settings = here.environment | {"DJANGO_SETTINGS_MODULE": "leadwright.main.settings"}
        subprocess.run([sys.executable, "-c", SUBMISSION], env=settings, cwd=ROOT, check=True)
        sender = here.start("send")
        try:
            assert relay.reached.wait(60)
            kill(sender)
            assert here.ask("SELECT count(*) FROM engage_notice WHERE state = 'sending'") == 2
            here.run("UPDATE engage_notice SET sending_at = sending_at - interval '11 minutes', "
                     "due_at = due_at - interval '11 minutes'")  # fmt: skip
            sender = here.start("send")
            eventually(lambda: here.ask("SELECT count(*) FROM engage_notice WHERE state = 'sent'") == 2)
        finally:
            kill(sender)
        copies = Counter(message_from_bytes(raw)["To"] for raw in relay.mails)
        assert set(copies) == {"mia@nordwind.example", "desk@nordwind.example"}
        assert sorted(copies.values()) == [1, most]
        assert (
            len({message_from_bytes(raw)["Message-ID"] for raw in relay.mails}) == 2
        )  # a second copy says that it is one
