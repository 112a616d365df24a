"""A key opens no more than whoever made it may see and do, in every router of the API."""

from typing import Any

import pytest
from allauth.mfa.totp.internal import auth as totp
from django.test import Client

from leadwright.handover.models import Assignment, Task
from leadwright.kit import clock, rates
from leadwright.profile.models import Company, Contact, Identity
from leadwright.qualify.models import Lead, Member, Segment
from leadwright.workspace import keys
from leadwright.workspace.models import ApiKey, Role, User

pytestmark = pytest.mark.django_db
API = "/api/v1/"


@pytest.fixture
def cleo() -> User:
    return User.objects.create_user("cleo@firm.example", name="Cleo", role=Role.REP)


@pytest.fixture
def other() -> User:
    return User.objects.create_user("dan@firm.example", name="Dan", role=Role.REP)


@pytest.fixture
def hidden(other: User) -> dict[str, int]:
    """A contact of another rep with everything that hangs on it."""
    firm = Company.objects.create(name="Hidden Works", domain="hidden.example", owner=other)
    person = Contact.objects.create(
        first_name="Secret", email="secret@hidden.example", email_key="secret@hidden.example", company=firm, owner=other
    )
    Identity.objects.get_or_create(subject_id=person.uid, defaults={"contact": person, "kind": "self"})
    lead = Lead.objects.create(contact=person, owner=other, source="form secret")
    task = Task.objects.create(
        kind="call", title="Call Secret", contact=person, lead=lead, user=other, due_at=clock.now(), cause="x"
    )
    Assignment.objects.create(lead=lead, user=other, at=clock.now(), rule="secret", why="secret", answer_by=clock.now())
    segment = Segment.objects.create(name="All", conditions={"all": [{"kind": "contact"}]})
    Member.objects.create(segment=segment, contact=person, since=clock.now())
    return {"contact": person.pk, "company": firm.pk, "lead": lead.pk, "task": task.pk, "segment": segment.pk}


def headers(user: User | None, scope: str = "admin") -> dict[str, str]:
    return {"Authorization": f"Bearer {keys.create(scope, user=user)[1]}"}


@pytest.mark.parametrize(
    "path", ["contacts", "companies", "leads", "tasks", "assignments", "segments/{segment}/members"]
)
def test_lists_leave_out_what_belongs_to_another_rep(
    client: Client, cleo: User, other: User, hidden: dict[str, int], path: str
) -> None:
    path = API + path.format(**hidden)
    assert client.get(path, headers=headers(cleo)).json()["items"] == []
    assert len(client.get(path, headers=headers(other)).json()["items"]) == 1


@pytest.mark.parametrize(
    "path", ["contacts/{contact}", "contacts/{contact}/score", "companies/{company}", "leads/{lead}"]
)
def test_what_belongs_to_another_rep_is_not_there(
    client: Client, cleo: User, other: User, hidden: dict[str, int], path: str
) -> None:
    path = API + path.format(**hidden)
    assert client.get(path, headers=headers(cleo)).status_code == 404
    assert client.get(path, headers=headers(other)).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("patch", "contacts/{contact}", {"title": "taken"}, 404),
        ("patch", "companies/{company}", {"city": "taken"}, 404),
        ("patch", "leads/{lead}", {"interest": "taken"}, 404),
        ("post", "leads/{lead}/move", {"to": "mql"}, 404),
        ("post", "tasks/{task}/complete", {}, 404),
        ("post", "tasks", {"title": "taken", "contact": "{contact}", "due_at": "2030-01-01T00:00:00Z"}, 404),
        ("post", "leads", {"contact": "{contact}", "interest": "taken"}, 422),
        ("post", "leads", {"email": "secret@hidden.example", "interest": "taken"}, 422),
        ("post", "contacts", {"email": "secret@hidden.example", "title": "taken"}, 409),
        ("post", "companies", {"domain": "hidden.example", "city": "taken"}, 409),
    ],
)
def test_what_belongs_to_another_rep_stays_as_it_is(
    client: Client, cleo: User, hidden: dict[str, int], method: str, path: str, body: Any, status: int
) -> None:
    sent = {name: hidden["contact"] if value == "{contact}" else value for name, value in body.items()}
    call = getattr(client, method)
    answer = call(API + path.format(**hidden), sent, content_type="application/json", headers=headers(cleo))
    assert answer.status_code == status, answer.content
    assert Contact.objects.get().title == ""
    assert Company.objects.get().city == ""
    assert Lead.objects.get().interest == ""
    assert Task.objects.get().done_at is None


def test_a_batch_refuses_another_reps_contact_and_takes_the_rest(
    client: Client, cleo: User, hidden: dict[str, int]
) -> None:
    told = {"contacts": [{"email": "Secret@hidden.example", "title": "taken"}, {"email": "new@example.com"}]}
    answer = client.post(API + "contacts/batch", told, "application/json", headers=headers(cleo)).json()
    assert [item["state"] for item in answer["items"]] == ["refused", "created"]
    assert answer["items"][0]["id"] is None


def test_messages_of_another_reps_contact_are_not_there(client: Client, cleo: User, hidden: dict[str, int]) -> None:
    assert client.get(API + "messages", headers=headers(cleo)).json()["items"] == []


def test_reports_count_only_what_the_maker_sees(
    client: Client, cleo: User, other: User, hidden: dict[str, int]
) -> None:
    def leads(user: User) -> Any:
        found = client.get(API + "reports/funnel?period=all", headers=headers(user)).json()
        return found["stages"][0]["leads"]

    assert (leads(cleo), leads(other)) == (0, 1)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("post", "segments", {"name": "x", "conditions": {"all": []}}),
        ("patch", "segments/{segment}", {"name": "x"}),
        ("post", "campaigns", {"name": "x", "channel": "email"}),
        ("put", "goals", {"month": "2026-01-01", "targets": {}}),
        ("post", "broadcasts", {"name": "x", "email": 1, "segment": 1}),
        ("post", "journeys/1/enroll", {"contacts": [1]}),
        ("delete", "contacts/{contact}", {}),
        ("delete", "companies/{company}", {}),
    ],
)
def test_a_key_does_nothing_that_its_maker_may_not(
    client: Client, cleo: User, hidden: dict[str, int], method: str, path: str, body: Any
) -> None:
    call = getattr(client, method)
    answer = call(API + path.format(**hidden), body, content_type="application/json", headers=headers(cleo))
    assert answer.status_code == 403
    assert "Cleo" in answer.json()["detail"]


def test_a_key_ends_with_its_maker(client: Client, other: User, hidden: dict[str, int]) -> None:
    held = headers(other)
    User.objects.filter(pk=other.pk).update(is_active=False)
    assert client.get(API + "contacts", headers=held).status_code == 401
    User.objects.filter(pk=other.pk).update(is_active=True)
    Contact.objects.update(owner=None)
    User.objects.get(pk=other.pk).delete()
    assert client.get(API + "contacts", headers=held).status_code == 401


def test_a_reps_key_reads_neither_mailbox_nor_metrics_beyond_loopback(
    client: Client, cleo: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEADWRIGHT_HOST", "0.0.0.0")
    assert client.get("/mailbox/api/messages", headers=headers(cleo)).status_code == 401
    assert client.get("/metrics", headers=headers(cleo)).status_code == 401
    of_the_house = {"Authorization": f"Bearer {keys.create('read')[1]}"}
    assert client.get("/mailbox/api/messages", headers=of_the_house).status_code == 200
    assert client.get("/metrics", headers=of_the_house).status_code == 200


def test_what_cannot_be_stored_is_refused_in_words(client: Client) -> None:
    held = {"Authorization": f"Bearer {keys.create('admin')[1]}"}
    for path in ("contacts?search=%00", "contacts?external_id=%00", "leads?owner=99999999999999999999999"):
        answer = client.get(API + path, headers=held)
        assert answer.status_code < 500, (path, answer.content)
    told = {"email": "a@example.com", "title": "a\x00b", "custom": {"a\x00": "\x00"}}
    assert client.post(API + "contacts", told, "application/json", headers=held).status_code == 422


@pytest.mark.parametrize("path", ["/mailbox", "/mailbox/api/messages", "/metrics"])
def test_what_the_machine_shows_is_open_at_the_machine_only(
    client: Client, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    assert client.get(path).status_code == 200
    assert client.get(path, headers={"X-Forwarded-For": "198.51.100.7"}).status_code in (302, 401)
    assert client.get(path, headers={"Forwarded": "for=198.51.100.7"}).status_code in (302, 401)
    assert client.get(path, REMOTE_ADDR="198.51.100.7").status_code in (302, 401)
    monkeypatch.setenv("LEADWRIGHT_URL", "https://leads.firm.example")
    assert client.get(path).status_code in (302, 401)
    monkeypatch.setenv("LEADWRIGHT_URL", "http://localhost:8000")
    assert client.get(path).status_code == 200


def test_an_administrator_without_his_second_factor_reads_no_mailbox_elsewhere(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEADWRIGHT_URL", "https://leads.firm.example")
    chief = User.objects.create_user("chief@firm.example", name="Chief", role=Role.ADMINISTRATOR)
    client.force_login(chief)
    assert client.get("/mailbox").status_code == 200
    totp.TOTP.activate(chief, totp.generate_totp_secret())
    assert client.get("/mailbox").status_code == 403


def test_a_key_acts_in_nobody_elses_name(client: Client, cleo: User, other: User) -> None:
    person = Contact.objects.create(email="ada@nordwind.example", email_key="ada@nordwind.example", owner=cleo)
    lead = Lead.objects.create(contact=person, owner=cleo, source="form demo")
    task = Task.objects.create(
        kind="call", title="Call Ada", contact=person, lead=lead, user=cleo, due_at=clock.now(), cause="c"
    )
    move, complete = f"{API}leads/{lead.pk}/move", f"{API}tasks/{task.pk}/complete"
    asked = ((move, {"to": "sal", "user": other.pk}), (complete, {"outcome": "reached", "user": other.pk}))
    for path, body in asked:
        refused = client.post(path, body, "application/json", headers=headers(cleo, "write"))
        assert refused.status_code == 403, path
        assert "Cleo" in refused.json()["detail"]
    boss = User.objects.create_user("bea@firm.example", name="Bea", role=Role.ADMINISTRATOR)
    assert (
        client.post(move, {"to": "sal", "user": other.pk}, "application/json", headers=headers(boss)).status_code == 200
    )
    assert lead.moves.get(to_stage="sal").user == other
    assert client.post(complete, {"outcome": "reached"}, "application/json", headers=headers(cleo)).status_code == 200
    task.refresh_from_db()
    assert task.done_at


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://WWW.Firm.example/", ["https://www.firm.example"]),
        ("http://127.0.0.1:8000\nhttp://127.0.0.1:8000", ["http://127.0.0.1:8000"]),
        ("*.firm.example, firm.example", ["*.firm.example", "firm.example"]),
        ("https://bücher.example", ["https://xn--bcher-kva.example"]),
        ("", []),
    ],
)
def test_a_key_is_bound_to_sites_on_its_screen(client: Client, given: str, kept: list[str]) -> None:
    client.force_login(User.objects.create_user("bea@firm.example", name="Bea", role=Role.ADMINISTRATOR))
    told = {"name": "Shop", "scope": "collect", "allowed_origins": given}
    page = client.post("/app/settings/keys/", told, follow=True).content.decode()
    key = ApiKey.objects.get(name="Shop")
    assert key.allowed_origins == kept
    assert "/t/t.js&quot; data-key=&quot;lw_" in page
    assert f"/app/settings/keys/{key.pk}/" in page
    changed = {"name": "Web shop", "allowed_origins": "shop.example"}
    assert client.post(f"/app/settings/keys/{key.pk}/", changed).status_code == 302
    key.refresh_from_db()
    assert (key.name, key.scope, key.allowed_origins) == ("Web shop", "collect", ["shop.example"])


@pytest.mark.parametrize("given", ["ftp://firm.example", "https://*.firm.example", "x.example:80", "-", "a/b"])
def test_what_is_no_site_is_said(client: Client, given: str) -> None:
    client.force_login(User.objects.create_user("bea@firm.example", name="Bea", role=Role.ADMINISTRATOR))
    told = {"name": "Shop", "scope": "collect", "allowed_origins": given}
    page = client.post("/app/settings/keys/", told)
    assert "is no site; write it as" in page.content.decode()
    assert not ApiKey.objects.exists()


def test_a_reader_may_not_open_a_key(client: Client, cleo: User) -> None:
    key, _ = keys.create("collect")
    client.force_login(cleo)
    assert client.get(f"/app/settings/keys/{key.pk}/").status_code == 403


def test_a_key_that_asks_too_often_is_told_when_to_come_again(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from leadwright.main import api

    buckets = rates.Buckets(0.1, 3)
    monkeypatch.setattr(api, "allowance", lambda: buckets)
    hasty, patient = headers(None, "read"), headers(None, "read")
    assert [client.get(f"{API}contacts", headers=hasty).status_code for _ in range(4)] == [200, 200, 200, 429]
    refused = client.get(f"{API}contacts", headers=hasty)
    assert refused["Content-Type"] == "application/problem+json"
    assert 1 <= int(refused["Retry-After"]) <= 11
    assert "try again in" in refused.json()["detail"]
    assert client.get(f"{API}contacts", headers=patient).status_code == 200
