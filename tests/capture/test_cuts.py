"""Whether hits are judged in one set or in many: the same activities, visits, verdicts and contacts."""

import json
import uuid
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadwright.attract.models import Form, FormField
from leadwright.capture import judging
from leadwright.kit import clock, database
from leadwright.profile.models import Contact, Identity
from tests.capture.test_judging import AT, BROWSER, hit

pytestmark = pytest.mark.django_db
BOT = "Googlebot/2.1 (+http://www.google.com/bot.html)"
ADA, BEN = uuid.UUID(int=0xADA), uuid.UUID(int=0xBE2)

BROWSERS = st.sampled_from(["a", "b", "c"])
PEOPLE = st.sampled_from([(ADA, "ada@nordwind.example"), (BEN, "ben@other.example")])
URLS = st.sampled_from(
    [
        "https://site.example/x",
        "https://site.example/?utm_source=google&utm_medium=cpc",
        "https://site.example/?gclid=1",
    ]
)
REFERRERS = st.sampled_from(["", "https://www.google.com/", "https://chatgpt.com/", "https://site.example/y"])
AGENTS = st.sampled_from([BROWSER, BROWSER, BROWSER, BOT, "HeadlessChrome/140"])

PAGE = st.tuples(st.just("page"), BROWSERS, URLS, REFERRERS)
MOVED = st.tuples(st.just("moved"), BROWSERS)
CLICK = st.tuples(st.just("click"), BROWSERS, PEOPLE, st.integers(0, 3))
CANARY = st.tuples(st.just("canary"), BROWSERS, PEOPLE)
OPEN = st.tuples(st.just("open"), PEOPLE)
FORM = st.tuples(st.just("form"), BROWSERS, PEOPLE)
NAMED = st.tuples(st.just("identify"), BROWSERS, PEOPLE)
STEP = st.tuples(
    st.one_of(PAGE, PAGE, MOVED, CLICK, CLICK, CLICK, CANARY, OPEN, FORM, NAMED),
    st.sampled_from([0, 1, 3, 8, 40, 2400]),  # seconds since the one before
    AGENTS,
    st.sampled_from(["127.0.0.1", "192.0.2.7"]),
    st.sampled_from(["fresh", "fresh", "fresh", "again"]),  # the message id of the one before: a repeat
    st.sampled_from([0, 0, 0, 5400]),  # told so many seconds late: history
)


def write(steps: list[Any]) -> None:
    """The hits of a story into the log."""
    at, message = AT, ""
    for number, (act, later, agent, address, fresh, late) in enumerate(steps):
        at += timedelta(seconds=later)
        message = message if fresh == "again" and message else f"m{number}"
        kind, *rest = act
        more = {"user_agent": agent, "address": address, "message_id": message}
        told = {"timestamp": (at - timedelta(seconds=late)).isoformat()}
        match kind:
            case "page":
                context = {"page": {"url": rest[1], "referrer": rest[2]}}
                hit("page", {"anonymousId": rest[0], "context": context} | told, at, **more)
            case "moved":
                hit("track", {"anonymousId": rest[0], "event": "$human"} | told, at, **more)
            case "click":
                mail = {"contact": str(rest[1][0]), "message": 7, "url": f"https://site.example/{rest[2]}"}
                hit("click", mail | {"anonymousId": rest[0]}, at, **more)
            case "canary":
                hit("canary", {"contact": str(rest[1][0]), "message": 7, "anonymousId": rest[0]}, at, **more)
            case "open":
                hit("open", {"contact": str(rest[0][0]), "message": 7}, at, **more)
            case "form":
                fields = {"email": rest[1][1]}
                hit("form", {"form": "paper", "fields": fields, "anonymousId": rest[0], "flags": []}, at, **more)
            case "identify":
                traits = {"email": rest[1][1]}
                hit("identify", {"anonymousId": rest[0], "userId": rest[1][1], "traits": traits} | told, at, **more)


WHAT = """
SELECT a.hit_id - (SELECT min(id) FROM capture_hit) AS hit, a.kind, a.at, a.name, a.channel, a.human_at_first AS human,
       a.human >= 0.5 AS counts, a.reasons::text AS reasons, a.properties - 'visitor' AS properties,
       dense_rank() OVER (ORDER BY first_session.hit) AS visit, c.email, a.session_id IS NULL AS is_outside
FROM capture_judged a
LEFT JOIN profile_identity i ON i.subject_id = a.subject_id
LEFT JOIN profile_contact c ON c.id = i.contact_id
LEFT JOIN LATERAL (SELECT min(b.hit_id) AS hit FROM capture_activity b
                   WHERE b.session_id = a.session_id) AS first_session ON TRUE
WHERE a.hit_id IS NOT NULL ORDER BY a.hit_id
"""
REFUSED = "SELECT hit_id - (SELECT min(id) FROM capture_hit) AS hit, reason FROM capture_refusal ORDER BY hit_id"
PEOPLE_NOW = """
SELECT c.email, c.first_channel, count(i.*) AS browsers FROM profile_contact c
LEFT JOIN profile_identity i ON i.contact_id = c.id AND i.kind = 'visitor' GROUP BY c.id ORDER BY c.email
"""


class Undone(Exception):
    """Nothing of a run is kept."""


def judged(steps: list[Any], cuts: list[int]) -> dict[str, Any]:
    """What the database says after the hits of a story were judged in sets of these sizes, and then the rest."""
    found: dict[str, Any] = {}
    with suppress(Undone), transaction.atomic():
        write(steps)
        with clock.frozen(AT + timedelta(days=2)):
            for cut in cuts:
                judging.take_set(cut)
            while judging.take_set():
                pass
        found["acts"] = [tuple(map(_plain, row)) for row in database.rows(WHAT)]
        found["refused"] = [tuple(row) for row in database.rows(REFUSED)]
        found["people"] = [tuple(row) for row in database.rows(PEOPLE_NOW)]
        raise Undone
    return found


def _plain(value: Any) -> Any:
    return json.dumps(value, sort_keys=True) if isinstance(value, dict) else value


@pytest.fixture
def firm() -> None:
    form = Form.objects.create(name="Paper", code="paper", guard="off")
    FormField.objects.create(form=form, label="E-mail", name="email", kind="email", is_required=True, maps_to="email")
    for uid, email in ((ADA, "ada@nordwind.example"), (BEN, "ben@other.example")):
        contact = Contact.objects.create(uid=uid, email=email, email_key=email)
        Identity.objects.create(subject_id=uid, contact=contact, kind="self", since=AT, evidence="")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEP, min_size=2, max_size=14), cuts=st.lists(st.integers(1, 5), max_size=14))
def test_it_makes_no_difference_where_the_sets_are_cut(firm: None, steps: list[Any], cuts: list[int]) -> None:
    at_once, in_pieces = judged(steps, []), judged(steps, cuts)
    one_by_one = judged(steps, [1] * len(steps))
    _same(at_once, in_pieces)
    _same(at_once, one_by_one)


REASONS, COUNTS = 7, 6


def _same(one: dict[str, Any], other: dict[str, Any]) -> None:
    """The same in all but the words of evidence that turned nothing."""
    without = lambda acts: [act[:REASONS] + act[REASONS + 1 :] for act in acts]  # noqa: E731
    assert without(one["acts"]) == without(other["acts"])
    assert one["refused"] == other["refused"]
    assert one["people"] == other["people"]
