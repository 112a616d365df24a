"""Killed without warning in the middle of forgetting somebody, of a merge and of its undo: whole, or not at all.

The moment is chosen, not awaited: a lock that the test holds stops the work at a line of its choice, its process is
killed there, and the lock goes.
"""

import contextlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

import httpx
import psycopg
import pytest

from tests.product import Product, eventually

pytestmark = [pytest.mark.story, pytest.mark.slow]

ACTS, FILES = 3_000, 12
PERSON = """
from uuid import uuid4
from leadwright.capture import activities
from leadwright.capture.activities import Fact
from leadwright.capture.forms import uploads
from leadwright.capture.models import Upload
from leadwright.kit import clock, database
from leadwright.profile import contacts
from leadwright.profile.models import Contact, Identity, Purpose
from leadwright.profile.privacy import consents
from leadwright.profile.privacy.consents import Entry, State
from leadwright.profile.privacy.suppressions import add
purpose, _ = Purpose.objects.get_or_create(key="kills", defaults={{"name": "Kills"}})
made = Contact.objects.create(email="{email}", email_key="{email}", first_name="Kim", last_name="Kill")
Identity.objects.get_or_create(subject_id=made.uid, defaults={{"contact": made, "kind": "self"}})
now = clock.now()
activities.record([Fact(now, made.uid, "resource_downloaded", f"Paper {{n}}", human=0.9) for n in range({acts})])
consents.record([Entry(made.pk, "kills", State.GRANTED, now, "form x", "Yes", None)])
for n in range({files}):
    kept = uploads.keep(f"form-{email}-{{n}}", "cv", 0, uploads.Part("cv.pdf", b"%PDF-1.7 words"), "pdf")
    Upload.objects.create(id=kept.id, message_id=f"form-{email}-{{n}}", form_code="x", question="cv", name="cv.pdf",
                          kind="pdf", size=1, sha256="", received_at=now, subject_id=made.uid)
print(made.pk)
"""
# All that is kept of some contacts and of nobody else, as text: what a merge and its undo must leave whole.
STATE = """
SELECT jsonb_build_object(
    'contacts', (SELECT jsonb_agg(to_jsonb(c) - 'updated_at' ORDER BY c.id)
                 FROM profile_contact c WHERE c.id = ANY (%(ids)s)),
    'identities', (SELECT jsonb_agg(jsonb_build_array(i.subject_id, i.contact_id, i.kind) ORDER BY i.subject_id)
                   FROM profile_identity i WHERE i.contact_id = ANY (%(ids)s)),
    'keys', (SELECT jsonb_agg(jsonb_build_array(k.contact_id, k.kind, k.key) ORDER BY k.contact_id, k.key)
             FROM profile_contactkey k WHERE k.contact_id = ANY (%(ids)s)),
    'consents', (SELECT jsonb_agg(jsonb_build_array(g.contact_id, g.purpose_id, g.state) ORDER BY g.contact_id)
                 FROM profile_consent g WHERE g.contact_id = ANY (%(ids)s)),
    'merges', (SELECT count(*) FROM profile_merge m WHERE m.survivor_id = ANY (%(ids)s) AND m.undone_at IS NULL))::text
"""
BLOCKED = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock' AND strpos(query, %(at)s) > 0
"""
FACTS = "SELECT count(*) FROM capture_activity WHERE subject_id = %(uid)s AND kind = 'resource_downloaded'"
IS_THERE = "SELECT count(*) FROM profile_contact WHERE id = %(id)s"
UPLOADS = "SELECT count(*) FROM capture_upload WHERE subject_id = %(uid)s"
RECEIPTS = """
SELECT jsonb_agg(jsonb_build_object('done', done_at IS NOT NULL, 'ids', contact_ids, 'tables', tables))::text
FROM profile_erasure WHERE fingerprints ? ('sha256:' || encode(sha256(%(email)s::bytea), 'hex'))
"""


@contextmanager
def connected(product: Product) -> Iterator[psycopg.Connection[Any]]:
    """Straight to the product's database."""
    with psycopg.connect(product.environment["DATABASE_URL"], autocommit=True) as connection:
        yield connection


def one(product: Product, statement: str, **given: Any) -> Any:
    with connected(product) as connection:
        found = connection.execute(statement, given).fetchone()
    return found[0] if found else None


def person(product: Product, email: str, acts: int = ACTS, files: int = FILES) -> int:
    return int(product.run(PERSON.format(email=email, acts=acts, files=files)))


@contextmanager
def killed_at(product: Product, lock: str, at: str, method: str, path: str, *names: str, **more: Any) -> Iterator[None]:
    """Call the API, wait until the call stands before a lock, at a statement with these words, and kill processes
    there; the block runs meanwhile."""
    headers = {"Authorization": f"Bearer {product.key('admin')}"} | more.pop("headers", {})

    def call() -> None:
        with contextlib.suppress(httpx.HTTPError):
            httpx.request(method, f"{product.url}/api/v1{path}", headers=headers, timeout=60, **more)

    with psycopg.connect(product.environment["DATABASE_URL"]) as holder:
        holder.execute(lock)
        Thread(target=call, daemon=True).start()
        eventually(lambda: one(product, BLOCKED, at=at), within=20)
        for name in names:
            product.kill(name)
        yield
        holder.rollback()
    eventually(product.is_ready)
    eventually(lambda: not one(product, BLOCKED, at=at), within=20)


@pytest.mark.parametrize(
    ("name", "lock", "at", "key"),
    [
        pytest.param(*each, id=each[0])
        for each in (
            ("files", "LOCK TABLE capture_import IN ACCESS EXCLUSIVE MODE", 'SELECT "capture_import"."path"', "again"),
            ("tables", "SELECT 1 FROM profile_contact WHERE id = {id} FOR UPDATE", "DELETE FROM profile_contact", ""),
        )
    ],
)
def test_somebody_half_forgotten_is_forgotten_after_the_restart_with_a_receipt(
    product: Product, name: str, lock: str, at: str, key: str
) -> None:
    email = f"kim.{name}@kills.example"
    contact = person(product, email)
    uid = one(product, "SELECT uid FROM profile_contact WHERE id = %(id)s", id=contact)
    headers = {"Idempotency-Key": email} if key else {}
    path = f"/contacts/{contact}"
    with killed_at(product, lock.format(id=contact), at, "DELETE", path, "web", "work", headers=headers):
        assert one(product, f"{FACTS} AND name <> ''", uid=uid) == ACTS  # none of hers is half gone
        assert [each["done"] for each in receipts(product, email)] == [False]
    eventually(lambda: not one(product, IS_THERE, id=contact))
    [receipt] = receipts(product, email)
    assert (receipt["done"], receipt["ids"]) == (True, [])
    assert receipt["tables"]["capture_activity"] >= ACTS
    assert receipt["tables"]["capture_upload"] == FILES
    assert one(product, UPLOADS, uid=uid) == 0
    assert one(product, f"{FACTS} AND name = ''", uid=uid) == ACTS  # that it happened is kept, of nobody


def receipts(product: Product, email: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(one(product, RECEIPTS, email=email) or "[]")
    return found


def test_a_merge_cut_down_is_whole_or_not_at_all_and_so_is_its_undo(product: Product) -> None:
    both = (PERSON.format(email=f"{name}@kills.example", acts=50, files=0) for name in ("kept", "gone"))
    kept, gone = map(int, product.run("".join(both)).split())

    def state() -> Any:
        return json.loads(one(product, STATE, ids=[kept, gone]))

    before, lock, at = state(), "LOCK TABLE profile_mergepart IN ACCESS EXCLUSIVE MODE", "profile_mergepart"
    with killed_at(product, lock, at, "POST", f"/contacts/{kept}/merge", "web", json={"absorbed": gone}):
        assert state() == before
    assert state() == before
    made = product.api("POST", f"/contacts/{kept}/merge", json={"absorbed": gone})
    merged = state()
    assert [each["id"] for each in merged["contacts"]] == [kept]
    assert merged["merges"] == 1
    undo = f"/contacts/{kept}/merges/{made['id']}/undo"
    with killed_at(product, lock, at, "POST", undo, "web"):
        assert state() == merged
    assert state() == merged
    product.api("POST", undo)
    assert state() == before
