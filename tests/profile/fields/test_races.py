"""A value that must be unique is one record's, also when two people keep it at the same moment."""

from collections.abc import Callable
from contextlib import suppress
from threading import Barrier, BrokenBarrierError, Thread
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from leadwright.kit import ids
from leadwright.profile import edits
from leadwright.profile.fields import definitions
from leadwright.profile.models import Company, Contact, PastValue
from leadwright.workspace.models import Role, User

pytestmark = pytest.mark.django_db(transaction=True)

Send = Callable[[Client, Contact], Any]


def keep(client: Client, who: Contact) -> Any:
    told = {"first_name": who.first_name, "email": f"{who.first_name}@mill.example", "custom__badge": "17"}
    return client.post(reverse("contact_edit", args=[who.pk]), told)


def keep_fact(client: Client, who: Contact) -> Any:
    return client.post(reverse("contact_fact", args=[who.pk, "custom.badge"]), {"custom__badge": "17"})


def write(client: Client, who: Contact) -> Any:
    told = {"uid": str(ids.uuid7()), "first_name": "Eve", "email": f"eve{who.pk}@mill.example", "custom__badge": "17"}
    return client.post(reverse("contact_new"), told)


@pytest.mark.parametrize("send", [keep, keep_fact, write])
def test_of_two_users_who_keep_the_same_value_at_once_one_is_told(send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    definitions.make("contact", "Badge", "text", is_unique=True)
    marketer = User.objects.create_user(
        email="mara@leadwright.example", password="right-horse-staple", role=Role.MARKETER
    )
    people = [Contact.objects.create(first_name=name, external_id=name) for name in ("Ada", "Ben")]
    both_have_looked, look = Barrier(2, timeout=1.5), definitions.taken

    def slowly(*asked: Any) -> bool:
        found = look(*asked)
        with suppress(BrokenBarrierError):  # the other one waits for us, as it should
            both_have_looked.wait()
        return found

    monkeypatch.setattr(definitions, "taken", slowly)
    answers = []

    def act(who: Contact) -> None:
        client = Client()
        client.force_login(marketer)
        answers.append(send(client, who).content.decode())
        connection.close()

    users = [Thread(target=act, args=(who,)) for who in people]
    for user in users:
        user.start()
    for user in users:
        user.join(30)
    assert Contact.objects.filter(custom__badge="17").count() == 1
    assert sum("it must be unique" in answer for answer in answers) == 1


def test_a_value_that_is_somebody_elses_by_now_is_not_put_back() -> None:
    definitions.make("contact", "Badge", "text", is_unique=True)
    user = User.objects.create_user(email="mara@leadwright.example", password="right-horse-staple", role=Role.MARKETER)
    ada = Contact.objects.create(first_name="Ada", custom={"badge": "17"})
    Contact.objects.filter(pk=ada.pk).update(custom={"badge": "18"})
    Contact.objects.create(first_name="Ben", custom={"badge": "17"})
    ada.refresh_from_db()
    with pytest.raises(edits.NotPutBack, match="must be unique"):
        edits.put_back(ada, PastValue.objects.get(contact=ada, field="custom.badge"), user)
    assert not Company.objects.exists()
