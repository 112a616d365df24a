import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.engage.killing import ROOT, eventually, installation, kill

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
