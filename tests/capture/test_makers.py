"""The screens “Machine or human” and “Refused”: what they count, what can be marked, and who may look."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from leadwright.capture import makers, verdicts
from leadwright.capture.judging import refusals
from leadwright.capture.makers import Question
from leadwright.capture.models import Activity, HouseRule, Refusal
from leadwright.kit import clock, database, jobs
from leadwright.workspace.models import Role, User
from tests.capture.test_judging import AT, hit, judged, page

pytestmark = pytest.mark.django_db
BOT = "Googlebot/2.1 (+http://www.google.com/bot.html)"


@pytest.fixture
def signed_in() -> Callable[[Role], Client]:
    def sign_in(role: Role) -> Client:
        client = Client()
        client.force_login(User.objects.create_user(f"{role}@firm.example", name=role.label, role=role))
        return client

    return sign_in


@pytest.fixture
def acts() -> list[Activity]:
    """Two pages by people, one by a crawler, and an open."""
    page("https://site.example/a?utm_source=google&utm_medium=cpc", "v1")
    page("https://site.example/b", "v2")
    page("https://site.example/c", "v3", user_agent=BOT, address="203.0.113.7")
    hit("open", {"contact": "0194fa4e-0000-7000-8000-000000000000", "message": 7})
    found = judged()
    clock.set_to(AT + timedelta(days=1))
    return found


def test_both_numbers_are_told(acts: list[Activity]) -> None:
    total = makers.total(Question())
    assert (total.everything, total.people, total.machines) == (4, 2, 1)
    by_kind = {
        line.key: (line.everything, line.people, line.machines, line.unsure)
        for line in makers.counts(Question(), "kind")
    }
    assert by_kind == {"page": (3, 2, 1, 0), "email_opened": (1, 0, 0, 1)}
    assert {line.key: line.machines for line in makers.reasons(Question())}["crawler"] == 1
    assert [line.key for line in makers.agents(Question(kind="page"))] == [BOT]
    assert [line.key for line in makers.networks(Question(kind="page"))] == ["203.0.113.0/24"]


@pytest.mark.parametrize("by", list(makers.BY))
def test_each_way_to_tell_them_apart_adds_up(acts: list[Activity], by: str) -> None:
    assert sum(line.everything for line in makers.counts(Question(), by)) == 4


@pytest.mark.parametrize(
    ("question", "count"),
    [
        (Question(channel="Paid Search"), 1),
        (Question(reason="crawler"), 1),
        (Question(agent=BOT), 1),
        (Question(network="203.0.113.0/24"), 1),
        (Question(maker="unsure"), 1),
        (Question(maker="person"), 2),
        (Question(email="none"), 0),
        (Question(campaign="7"), 0),
    ],
)
def test_a_question_can_be_narrowed(acts: list[Activity], question: Question, count: int) -> None:
    assert makers.total(question).everything == count
    assert len(makers.sample(question)) == count


def test_a_marketer_marks_a_mistake_and_takes_it_back(acts: list[Activity], signed_in: Any) -> None:
    client = signed_in(Role.MARKETER)
    crawler = acts[2]
    client.post(f"/app/machines/acts/{crawler.pk}/", {"is_person": "true", "back": "/app/machines/?days=7"})
    assert makers.total(Question()).people == 3
    [shown] = makers.sample(Question(reason="marked"))
    assert (shown.is_marked, shown.marked_by) == (True, "Marketer")
    client.post(f"/app/machines/acts/{crawler.pk}/", {"is_person": "none"})
    assert makers.total(Question()).people == 2


def test_a_marketer_makes_and_ends_a_rule_of_the_house(acts: list[Activity], signed_in: Any) -> None:
    client = signed_in(Role.MARKETER)
    said = client.post(
        "/app/machines/rules/", {"kind": "network", "pattern": "127.0.0.1", "is_person": "false"}, follow=True
    )
    assert "counts as machines from now on" in said.content.decode()
    assert "judging the past: 0 %" in said.content.decode()
    jobs.settle()
    assert "judging" not in client.get("/app/machines/rules/progress/").content.decode()
    assert makers.total(Question()).people == 0
    client.post(f"/app/machines/rules/{HouseRule.objects.get().pk}/end/")
    assert "being taken back: 0 %" in client.get("/app/machines/rules/progress/").content.decode()
    jobs.settle()
    assert "127.0.0.1" not in client.get("/app/machines/rules/progress/").content.decode()
    assert makers.total(Question()).people == 2
    wrong = client.post("/app/machines/rules/", {"kind": "network", "pattern": "::/0"}, follow=True)
    assert "too large a part of the world" in wrong.content.decode()


@pytest.mark.parametrize(
    "path",
    [
        "machines/",
        "machines/evidence/",
        "machines/acts/",
        "machines/rules/progress/",
        "refused/",
        "refused/hits/",
        "refused/1/",
    ],
)
def test_a_rep_sees_none_of_it(acts: list[Activity], signed_in: Any, path: str) -> None:
    assert signed_in(Role.REP).get(f"/app/{path}").status_code == 403


def test_who_only_looks_cannot_mark(acts: list[Activity], signed_in: Any) -> None:
    client = signed_in(Role.HEAD)
    assert client.get("/app/machines/").status_code == 200
    assert client.post(f"/app/machines/acts/{acts[0].pk}/", {"is_person": "false"}).status_code == 403
    assert client.post("/app/machines/rules/", {"kind": "agent", "pattern": "Chrome/140"}).status_code == 403


@pytest.mark.parametrize("path", ["", "evidence/", "acts/"])
def test_odd_questions_are_answered(acts: list[Activity], signed_in: Any, path: str) -> None:
    odd = "?days=x&campaign=9e9&network=nonsense&by=thing&maker=x&email=%27&agent=%25&reason=%22"
    assert signed_in(Role.MARKETER).get(f"/app/machines/{path}{odd}").status_code == 200


def test_an_empty_console_teaches(signed_in: Any) -> None:
    client = signed_in(Role.MARKETER)
    assert "Nothing was done" in client.get("/app/machines/").content.decode()
    assert "Nothing was refused" in client.get("/app/refused/").content.decode()


def test_each_reason_of_a_refusal_is_known_in_words() -> None:
    page("https://site.example/", message_id="m1")
    page("https://site.example/", message_id="m1")
    hit("unknown", {"type": "strange", "anonymousId": "v"})
    hit("page", {"anonymousId": "v8", "lw": {"gpc": True}})
    hit("canary", {"contact": "0194fa4e-0000-7000-8000-000000000000", "message": 7})
    judged()
    reasons = set(Refusal.objects.values_list("reason", flat=True))
    assert reasons == {"repeated", "malformed", "privacy", "canary"}
    assert reasons <= set(refusals.REASONS)
    with clock.frozen(AT + timedelta(days=1)):
        counted = refusals.counts(14)
    assert {reason: sum(days.values()) for reason, days in counted.items()} == dict.fromkeys(reasons, 1)


def test_an_administrator_has_a_hit_judged_again_once(signed_in: Any) -> None:
    page("https://site.example/a", "v1", message_id="m1")
    page("https://site.example/b", "v1", message_id="m1")
    assert len(judged()) == 1
    [refused] = Refusal.objects.all()
    admin = signed_in(Role.ADMINISTRATOR)
    shown = admin.get(f"/app/refused/{refused.hit_id}/").content.decode()
    assert "Judge again" in shown
    assert "https://site.example/b" in shown
    for _ in range(2):
        admin.post(f"/app/refused/{refused.hit_id}/again/")
    assert sorted(each.properties["path"] for each in judged()) == ["/a", "/b"]
    refused.refresh_from_db()
    assert refused.again_by
    assert signed_in(Role.MARKETER).post(f"/app/refused/{refused.hit_id}/again/").status_code == 403


def test_who_asked_for_privacy_is_not_judged_again(signed_in: Any) -> None:
    hit("page", {"anonymousId": "v8", "lw": {"gpc": True}})
    judged()
    [refused] = Refusal.objects.all()
    assert refusals.judge_again([refused.hit_id], "nora") == 0
    admin = signed_in(Role.ADMINISTRATOR)
    assert "Judge again" not in admin.get(f"/app/refused/{refused.hit_id}/").content.decode()


def test_a_mark_is_seen_by_whoever_reads_by_the_api(acts: list[Activity]) -> None:
    verdicts.mark([acts[0].pk], is_person=False, by="nora")
    row = database.row("SELECT human, reasons::text FROM capture_judged WHERE id = %(id)s", id=acts[0].pk)
    assert row.human == pytest.approx(0.01)
    assert "marked" in row.reasons


def test_a_program_says_who_did_it_and_reads_what_was_refused(acts: list[Activity]) -> None:
    from tests.profile.test_api import Caller

    call = Caller("write")
    status, found = call("POST", f"/activities/{acts[0].pk}/verdict", {"is_person": False})
    assert (status, found["human"] < 0.5, "marked" in found["reasons"]) == (200, True, True)
    assert call("POST", f"/activities/{acts[0].pk}/verdict", {"is_person": None})[1]["human"] > 0.5
    assert call("POST", "/activities/0194fa4e-0000-7000-8000-000000000000/verdict", {"is_person": True})[0] == 404
    assert Caller("read")("POST", f"/activities/{acts[0].pk}/verdict", {"is_person": True})[0] == 403
    page("https://site.example/", message_id="m1")
    page("https://site.example/", message_id="m1")
    judged()
    refused = call("GET", "/refusals")[1]
    assert [each["reason"] for each in refused["items"]] == ["repeated"]
    assert refused["counts"] == {"repeated": 1}
    again = f"/refusals/{refused['items'][0]['hit']}/again"
    assert call("POST", again)[0] == 403
    assert Caller("admin")("POST", again)[1] == {"judged_again": 1}
