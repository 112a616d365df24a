import pytest
from django.test import Client

from leadwright.engage import mailbox, messages, sending
from leadwright.engage.models import EmailVersion, MailboxMessage
from leadwright.profile.models import Contact
from leadwright.workspace import keys
from leadwright.workspace.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def mail(guide: EmailVersion, ada: Contact) -> MailboxMessage:
    messages.queue(guide, [(ada.pk, "test:1")])
    sending.flush()
    return MailboxMessage.objects.get()


def test_the_api_lists_and_takes_a_mail_apart(mail: MailboxMessage, client: Client) -> None:
    (line,) = client.get("/mailbox/api/messages?to=ada@firm.example").json()
    assert line.keys() == {"id", "from", "to", "subject", "received_at"}
    assert (line["from"], line["to"]) == ("Nora Nord <nora@nordwind.example>", ["ada@firm.example"])
    whole = client.get(f"/mailbox/api/messages/{mail.pk}").json()
    assert whole["headers"]["Subject"] == "A guide for Ada"
    assert "Hello Ada" in whole["text"]
    assert "<html" in whole["html"]
    raw = client.get(f"/mailbox/api/messages/{mail.pk}/raw")
    assert raw.content == bytes(mail.raw)


def test_the_list_is_narrowed_by_recipient_and_by_what_came_before(mail: MailboxMessage, client: Client) -> None:
    assert client.get("/mailbox/api/messages?to=ben@firm.example").json() == []
    assert len(client.get("/mailbox/api/messages?to=ada@").json()) == 0
    assert len(client.get("/mailbox/api/messages?to=firm.ex").json()) == 1
    assert client.get(f"/mailbox/api/messages?after={mail.pk}").json() == []
    assert client.get("/mailbox/api/messages", {"after": mail.received_at.isoformat()}).json() == []
    assert len(client.get("/mailbox/api/messages?after=2000-01-01T00:00:00Z").json()) == 1


def test_the_page_shows_a_mail_in_a_frame_where_nothing_can_run(mail: MailboxMessage, client: Client) -> None:
    page = client.get(f"/mailbox/{mail.pk}").content.decode()
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page
    assert "allow-scripts" not in page
    assert "allow-same-origin" not in page
    framed = client.get(f"/mailbox/{mail.pk}/html")
    assert "default-src 'none'" in framed["Content-Security-Policy"]
    assert "sandbox allow-popups" in framed["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/mailbox/api/messages", "/mailbox", "/mailbox/api/messages/1/raw"])
def test_beyond_loopback_only_administrators_and_read_keys_get_in(
    path: str, client: Client, monkeypatch: pytest.MonkeyPatch, db: None
) -> None:
    mailbox.keep([mailbox.Received("a@b.example", ("c@d.example",), b"Subject: x\r\n\r\nHello\r\n")])
    path = path.replace("/1/", f"/{MailboxMessage.objects.get().pk}/")
    monkeypatch.setenv("LEADWRIGHT_HOST", "0.0.0.0")
    assert client.get(path).status_code in (302, 401)
    _, collect = keys.create("collect")
    assert client.get(path, headers={"Authorization": f"Bearer {collect}"}).status_code in (302, 401)
    _, read = keys.create("read")
    assert client.get(path, headers={"Authorization": f"Bearer {read}"}).status_code == 200
    client.force_login(User.objects.create_user("rep@firm.example", name="Rep", role="rep"))
    assert client.get(path).status_code in (401, 403)
    client.force_login(User.objects.create_superuser("root@firm.example", name="Root"))
    assert client.get(path).status_code == 200


def test_a_mail_that_makes_no_sense_is_shown_all_the_same(client: Client, db: None) -> None:
    broken = b"Subject: =?nope?Q?x?=\r\nContent-Type: text/plain; charset=klingon\r\n\r\n\xff\xfe<script>\r\n"
    mailbox.keep([mailbox.Received("", ("c@d.example",), broken)])
    mail = MailboxMessage.objects.get()
    assert client.get(f"/mailbox/{mail.pk}").status_code == 200
    assert client.get(f"/mailbox/api/messages/{mail.pk}").status_code == 200
    assert "<script>" not in client.get(f"/mailbox/{mail.pk}?show=text").content.decode()
