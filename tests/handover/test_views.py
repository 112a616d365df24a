"""The queue works by one key, shows only what is one's own, and takes a double click."""

from typing import Any

import pytest
from django.urls import reverse

from leadwright.handover import tasks
from leadwright.handover.models import Task
from leadwright.kit import clock, jobs
from leadwright.qualify import leads

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def rita(rep: Any, client: Any) -> Any:
    user = rep("Rita")
    client.force_login(user)
    return user


@pytest.fixture
def ada(rita: Any, contact: Any, lead: Any) -> Any:
    person = contact("Ada", phone="+491234")
    lead(person, interest="Demo")
    jobs.settle()
    return person


def test_the_queue_says_whom_to_call_and_why(client: Any, ada: Any) -> None:
    page = client.get(reverse("queue")).content.decode()
    assert "Ada" in page
    assert "30 min left" in page
    assert "tel:+491234" in page
    assert "Demo" in page


def test_an_empty_queue_says_what_will_be_here(client: Any, rita: Any) -> None:
    assert "Nobody waits for you" in client.get(reverse("queue")).content.decode()


def test_one_key_logs_and_brings_the_next(client: Any, ada: Any, contact: Any, lead: Any) -> None:
    lead(contact("Ben"))
    jobs.settle()
    task = Task.objects.get(contact=ada)
    answer = client.post(
        reverse("queue_log"), {"entry": f"task:{task.pk}", "do": "c", "note": "Nice", "need": "Roll-out"}, headers=HTMX
    ).content.decode()
    assert "Ada: talked. The lead is sal now." in answer
    assert 'aria-label="Ben"' in answer
    task.refresh_from_db()
    assert task.note == "Nice\nWhat is the problem, and what does it cost? Roll-out"


def test_a_double_click_logs_once(client: Any, ada: Any) -> None:
    body = {"entry": f"task:{Task.objects.get().pk}", "do": "c"}
    client.post(reverse("queue_log"), body, headers=HTMX)
    assert "was logged already" in client.post(reverse("queue_log"), body, headers=HTMX).content.decode()


def test_giving_back_asks_for_the_reason(client: Any, ada: Any) -> None:
    body = {"entry": f"task:{Task.objects.get().pk}", "do": "x"}
    assert "Choose the reason first" in client.post(reverse("queue_log"), body, headers=HTMX).content.decode()
    reason = leads.reasons("disqualified")[0]
    answer = client.post(reverse("queue_log"), body | {"reason": reason.pk}, headers=HTMX).content.decode()
    assert "Ada was given back" in answer
    assert leads.of_contact(ada.pk)[0].stage == "disqualified"


def test_snoozing_takes_it_out_of_sight(client: Any, ada: Any) -> None:
    body = {"entry": f"task:{Task.objects.get().pk}", "do": "s", "until": "hour"}
    assert "Nobody waits for you" in client.post(reverse("queue_log"), body, headers=HTMX).content.decode()


def test_cleo_of_another_rep_stays_unseen(client: Any, ada: Any, rep: Any, contact: Any, lead: Any) -> None:
    cleo = contact("Cleo", owner=rep("Rob"))
    lead(cleo)
    jobs.settle()
    hers = Task.objects.get(contact=cleo)
    assert "Cleo" not in client.get(reverse("queue")).content.decode()
    assert client.post(reverse("queue_log"), {"entry": f"task:{hers.pk}", "do": "c"}).status_code == 404
    assert client.post(reverse("task_done", args=[hers.pk])).status_code == 404
    for name in ("handover_contact_tasks", "handover_contact_assignment"):
        assert client.get(reverse(name, args=[cleo.pk])).status_code == 404
    hers.refresh_from_db()
    assert hers.done_at is None


def test_a_task_that_nobody_has_is_taken_by_who_logs_it(client: Any, rita: Any, rep: Any, contact: Any) -> None:
    rob = rep("Rob")
    person = contact("Nadia")
    [task] = tasks.create([tasks.NewTask("Call Nadia", person.pk, "test:1", clock.now(), "call")])
    assert "Nadia" in client.get(reverse("queue")).content.decode()
    client.post(reverse("queue_log"), {"entry": f"task:{task}", "do": "n"}, headers=HTMX)
    assert Task.objects.get(pk=task).user == rita
    client.force_login(rob)
    assert "Nadia" not in client.get(reverse("queue")).content.decode()


def test_a_contact_that_went_to_another_leaves_the_queue(client: Any, rita: Any, rep: Any, contact: Any) -> None:
    person = contact("Nadia")
    tasks.create([tasks.NewTask("Call Nadia", person.pk, "test:1", clock.now(), "call", rita.pk)])
    assert "Nadia" in client.get(reverse("queue")).content.decode()
    person.owner = rep("Rob")
    person.save(update_fields=["owner"])
    assert "Nadia" not in client.get(reverse("queue")).content.decode()


def test_a_contact_shows_its_tasks_and_who_has_it_and_why(client: Any, ada: Any) -> None:
    assert "Call Ada" in client.get(reverse("handover_contact_tasks", args=[ada.pk])).content.decode()
    given = client.get(reverse("handover_contact_assignment", args=[ada.pk])).content.decode()
    assert "The only rep who takes leads" in given


def test_a_task_is_added_once_per_form(client: Any, ada: Any) -> None:
    for _ in range(2):
        body = {"title": "Send the paper", "kind": "todo", "token": "1"}
        client.post(reverse("handover_contact_tasks", args=[ada.pk]), body)
    assert Task.objects.filter(title="Send the paper").count() == 1


def test_the_head_sees_who_waits(client: Any, ada: Any, rep: Any) -> None:
    from datetime import timedelta

    from leadwright.kit import clock

    client.force_login(rep("Hanna", role="head", takes_leads=False))
    clock.advance(timedelta(minutes=45))
    page = client.get(reverse("handover_late")).content.decode()
    assert "unanswered over 30 min" in page
    assert "Ada" in page


@pytest.mark.parametrize("odd", ["abc", "²", "-1", "9" * 30, ""])
def test_what_is_no_number_is_no_entry(client: Any, ada: Any, odd: str) -> None:
    for entry in (odd, f"task:{odd}", f"lead:{odd}"):
        assert client.post(reverse("queue_log"), {"entry": entry, "do": "c"}).status_code == 404
    rejected = {"entry": f"task:{Task.objects.get().pk}", "do": "x", "reason": odd}
    assert "Choose the reason first" in client.post(reverse("queue_log"), rejected, headers=HTMX).content.decode()
    there = reverse("handover_contact_assignment", args=[ada.pk])
    assert client.post(there, {"user": odd}).status_code == 404


@pytest.mark.parametrize("odd", ["tomorrow", "2026-13-01T10:00", "9" * 30])
def test_a_moment_that_is_none_is_said_and_nothing_is_lost(client: Any, ada: Any, odd: str) -> None:
    logged = {"entry": f"task:{Task.objects.get().pk}", "do": "l", "again_at": odd}
    assert "is no moment" in client.post(reverse("queue_log"), logged, headers=HTMX).content.decode()
    there = reverse("handover_contact_tasks", args=[ada.pk])
    assert "is no moment" in client.post(there, {"title": "Call", "again_at": odd}).content.decode()
    assert Task.objects.count() == 1
