"""What is sent to a form: checked again on the server, kept aside where too much speaks against it, never twice."""

import asyncio
import io
import zipfile
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from django.db import connection

from leadwright.attract import offers, proofs
from leadwright.attract.models import Form, FormField
from leadwright.capture import judging
from leadwright.capture.forms import attachments, domains, held, uploads
from leadwright.capture.judging import quarantines, refusals
from leadwright.capture.judging.hits import Batch
from leadwright.capture.models import Activity, HeldSubmission, Refusal, Upload
from leadwright.kit import clock, jobs
from leadwright.profile.models import Consent, Contact, Identity
from leadwright.profile.privacy import erasures
from leadwright.qualify.models import Lead
from tests.capture.conftest import rows

PDF = b"%PDF-1.7 words"


@pytest.fixture(autouse=True)
def easy(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """Riddles of a few bits, and a data folder of the test's own."""
    monkeypatch.setenv("LEADWRIGHT_FORM_WORK", "6")
    monkeypatch.setenv("LEADWRIGHT_DATA", str(tmp_path))


@pytest.fixture
def form(committed: None) -> Form:
    form = Form.objects.create(name="Paper", code="paper")
    for number, (name, kind, more) in enumerate(
        (
            ("email", "email", {"is_required": True}),
            ("who", "radio", {"options": "firm\nperson"}),
            ("firm", "text", {"is_required": True, "maps_to": "company", "show_when": when("who", "is", "firm")}),
            ("topics", "choices", {"options": "prices\nroll-out\nsupport"}),
            ("words", "long_text", {}),
            ("cv", "file", {"file_types": "pdf"}),
            ("source", "hidden", {"placeholder": "site"}),
        )
    ):
        FormField.objects.create(form=form, label=name.title(), name=name, kind=kind, sort_order=number, **more)
    return form


def when(question: str, relation: str, value: str = "") -> list[dict[str, Any]]:
    return [{"type": "condition", "value": {"question": question, "relation": relation, "value": value}, "id": "1"}]


def drawn(
    *, seconds: float = 60, left_out: tuple[str, ...] = (), variant: str = "", riddle: str | None = None
) -> dict[str, str]:
    """What a page that we drew some seconds ago puts into its form, with the riddle solved."""
    asked = proofs.riddle("paper") if riddle is None else riddle
    answer = next(n for n in range(10_000) if not proofs.judge("paper", asked, str(n))[0]) if asked else ""
    timing = offers.rendered("paper", clock.now() - timedelta(seconds=seconds), variant, left_out)
    return {"lw_t": timing, "lw_w": asked, "lw_n": str(answer)}


def hits() -> list[dict[str, Any]]:
    return [row[0] for row in rows("SELECT payload FROM capture_hit WHERE kind = 'form' ORDER BY id")]


async def settled(look: Callable[[], Any] = lambda: None) -> Any:
    """Judge what has come in, then look at it in the same thread."""

    def work() -> Any:
        try:
            jobs.settle(everything=True)
            return look()
        finally:
            connection.close()

    return await asyncio.to_thread(work)


async def test_what_is_not_asked_is_neither_required_nor_taken(client: httpx.AsyncClient, form: Form) -> None:
    told = {"email": "ada@nordwind.example", "who": "person", "firm": "Nordwind"} | drawn()
    assert (await client.post("/t/f/paper", json=told)).json()["ok"]
    assert hits()[-1]["fields"] == {"email": "ada@nordwind.example", "who": "person", "source": "site"}
    assert hits()[-1]["flags"] == ["odd_answers"]
    answer = await client.post("/t/f/paper", json=told | {"who": "firm", "firm": ""})
    assert set(answer.json()["errors"]) == {"firm"}


async def test_several_answers_of_one_question_come_together(client: httpx.AsyncClient, form: Form) -> None:
    body = "email=ada%40nordwind.example&topics=support&topics=prices&topics=support"
    await client.post("/t/f/paper", content=body, headers={"content-type": "application/x-www-form-urlencoded"})
    assert hits()[-1]["fields"]["topics"] == ["prices", "support"]
    await client.post("/t/f/paper", json={"email": "ada@nordwind.example", "topics": ["roll-out"]})
    assert hits()[-1]["fields"]["topics"] == ["roll-out"]


async def test_only_a_signed_token_leaves_a_question_out(client: httpx.AsyncClient, form: Form) -> None:
    told = {"email": "ada@nordwind.example", "who": "firm"}
    assert (await client.post("/t/f/paper", json=told | drawn(left_out=("firm",)))).json()["ok"]
    forged = drawn() | {"lw_t": drawn(left_out=("firm",))["lw_t"][:-2] + "xx"}
    assert not (await client.post("/t/f/paper", json=told | forged)).json()["ok"]
    other = offers.rendered("another", clock.now(), "", ("firm",))
    assert not (await client.post("/t/f/paper", json=told | {"lw_t": other})).json()["ok"]


async def test_without_script_the_form_comes_back_filled_with_what_to_mend(
    client: httpx.AsyncClient, form: Form
) -> None:
    told = {"email": "ada@nowhere", "who": "person", "words": "<b>Hi</b>", "topics": "prices"} | drawn()
    answer = await client.post("/t/f/paper", data=told, headers={"accept": "text/html"})
    assert answer.status_code == 422
    assert 'value="ada@nowhere"' in answer.text
    assert "&lt;b&gt;Hi&lt;/b&gt;" in answer.text
    assert 'value="prices" checked' in answer.text
    assert "is not an e-mail address" in answer.text
    assert told["lw_t"] in answer.text
    assert hits() == []


async def test_a_double_click_a_retry_and_a_reload_are_one_submission(client: httpx.AsyncClient, form: Form) -> None:
    told = {"email": "ada@nordwind.example", "lw_id": "a" * 32}
    for more in (drawn(), drawn(), {}):
        await client.post("/t/f/paper", json=told | more)
    await client.post("/t/f/paper", data=told)
    assert await settled(lambda: Activity.objects.filter(kind="form_submitted").count()) == 1
    assert await settled(Lead.objects.count) == 1


async def test_a_form_is_taken_from_the_sites_it_names_and_from_our_own(client: httpx.AsyncClient, form: Form) -> None:
    await asyncio.to_thread(_name_sites, form)
    for origin, status in (
        ("https://partner.example", 200),
        ("http://site.example", 200),
        ("https://evil.example", 403),
        ("https://partner.example.evil.example", 403),
    ):
        answer = await client.post("/t/f/paper", json={"email": "ada@x.example"}, headers={"origin": origin})
        assert answer.status_code == status, origin
        assert answer.headers["access-control-allow-origin"] == origin


def _name_sites(form: Form) -> None:
    try:
        form.allowed_origins = "https://partner.example"
        form.save()
    finally:
        connection.close()


# Files


def office(name: str, *more: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for each in ("[Content_Types].xml", f"{name}/document.xml", *more):
            packed.writestr(each, "x")
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.pdf", PDF, "pdf"),
        ("a.exe", PDF, "pdf"),
        ("a.pdf", b"MZ\x90\x00", ""),
        ("a.docx", office("word"), "docx"),
        ("a.docx", office("word", "word/vbaProject.bin"), ""),
        ("a.zip", office("other"), ""),
        ("a.png", b"\x89PNG\r\n\x1a\n....", "png"),
        ("a.txt", "Grüße\n".encode(), "txt"),
        ("a.csv", b"a;b\n", "csv"),
        ("a.txt", b" <html><script>alert(1)</script>", ""),
        ("a.svg", b"<svg onload='x'/>", ""),
        ("a.txt", b"#!/bin/sh\n", ""),
        ("a.txt", b"\xff\xfe\x00", ""),
        ("a.docx", b"PK\x03\x04" + b"\x00" * 50, ""),
    ],
)
def test_a_file_is_what_is_in_it(name: str, content: bytes, kind: str) -> None:
    assert uploads.kind_of(uploads.Part(name, content)) == kind


async def test_a_file_lies_below_the_data_folder_and_belongs_to_whoever_sent_it(
    client: httpx.AsyncClient, form: Form
) -> None:
    told = {"email": "ada@nordwind.example", "lw_id": "b" * 32} | drawn()
    for _ in range(2):
        answer = await client.post(
            "/t/f/paper",
            data=told,
            files={"cv": ("../../x\\My CV.pdf", PDF, "text/html")},
            headers={"accept": "application/json"},
        )
        assert answer.json()["ok"], answer.text
    [told_file] = hits()[-1]["files"]["cv"]
    assert (told_file["name"], told_file["kind"], told_file["size"]) == ("My CV.pdf", "pdf", len(PDF))
    assert "cv" not in hits()[-1]["fields"]
    upload = await settled(Upload.objects.get)
    assert uploads.path(upload.pk).read_bytes() == PDF
    assert uploads.path(upload.pk).stat().st_mode & 0o777 == 0o600
    owner = await settled(lambda: Identity.objects.get(subject_id=upload.subject_id).contact)
    assert owner.email == "ada@nordwind.example"
    await settled(lambda: erasures.erase([owner.pk]))
    assert not uploads.path(upload.pk).exists()
    assert await settled(Upload.objects.count) == 0


async def test_a_file_that_is_none_or_too_large_is_refused_in_a_sentence(client: httpx.AsyncClient, form: Form) -> None:
    for content, part in ((b"MZ\x90\x00", "not one of pdf"), (PDF + b" " * 5 * 1024**2, "at most 5 MB")):
        answer = await client.post("/t/f/paper", data={"email": "a@x.example"}, files={"cv": ("a.pdf", content)},
                                   headers={"accept": "application/json"})  # fmt: skip
        assert part in answer.json()["errors"]["cv"]
    answer = await client.post(
        "/t/f/paper", data={"email": "a@x.example"}, files={"cv": ("a.pdf", b"x" * 10 * 1024**2)}
    )
    assert answer.status_code == 413
    assert not uploads.folder().exists()


async def test_what_a_kill_leaves_behind_is_swept(client: httpx.AsyncClient, form: Form) -> None:
    kept = uploads.keep("form-killed", "cv", 0, uploads.Part("a.pdf", PDF), "pdf")  # no row, no hit
    rowed = uploads.keep("form-rowed", "cv", 0, uploads.Part("a.pdf", PDF), "pdf")  # a row, no hit

    def sweep() -> tuple[int, int]:
        old = clock.now() - timedelta(days=3)
        Upload.objects.create(id=rowed.id, message_id="form-rowed", form_code="paper", question="cv", name="a.pdf",
                              kind="pdf", size=1, sha256="", received_at=old)  # fmt: skip
        early = attachments.sweep()
        with clock.frozen(clock.now() + timedelta(days=3)):
            return early, attachments.sweep()

    assert await settled(sweep) == (1, 1)
    assert not uploads.path(kept.id).exists()
    assert not uploads.path(rowed.id).exists()


# Spam


async def test_a_proof_of_work_counts_for_its_form_and_its_time(client: httpx.AsyncClient, form: Form) -> None:
    riddle = proofs.riddle("paper")
    right = drawn(riddle=riddle)
    wrong = next(str(n) for n in range(10_000) if proofs.judge("paper", riddle, str(n))[0])
    cases = (
        (right, []),
        (right | {"lw_n": ""}, ["no_work"]),
        (right | {"lw_n": wrong}, ["bad_work"]),
        (right | {"lw_w": "6.forged"}, ["no_work"]),
        (right | {"lw_w": riddle.replace("6.", "0.", 1)}, ["bad_work"]),
        (right | {"lw_w": proofs.riddle("another")}, ["bad_work"]),
        (right | {"lw_n": "１２"}, ["bad_work"]),
    )
    for number, (more, flags) in enumerate(cases):
        await client.post("/t/f/paper", json={"email": f"a{number}@x.example"} | more)
        assert hits()[-1]["flags"] == flags, number
    with clock.frozen(clock.now() + proofs.VALID_FOR + timedelta(seconds=1)):
        assert proofs.judge("paper", riddle, right["lw_n"])[0] == "no_work"


async def test_a_proof_that_is_replayed_is_worth_nothing(client: httpx.AsyncClient, form: Form) -> None:
    told = drawn()
    for number in range(4):
        await client.post("/t/f/paper", json={"email": f"a{number}@x.example"} | told)
    kept = await settled(lambda: list(HeldSubmission.objects.order_by("id").values_list("email", "reasons")))
    assert kept == [("a2@x.example", ["replayed"]), ("a3@x.example", ["replayed"])]


async def test_without_script_a_person_is_taken_and_a_spammer_kept_aside(client: httpx.AsyncClient, form: Form) -> None:
    plain = drawn() | {"lw_n": ""}
    await client.post("/t/f/paper", data={"email": "ada@nordwind.example", "words": "Please call."} | plain)
    spam = {"email": "buy@x.example", "words": 'See http://a.example and http://b.example <a href="x">now</a>'}
    await client.post("/t/f/paper", data=spam | plain)
    assert await settled(lambda: list(Contact.objects.values_list("email", flat=True))) == ["ada@nordwind.example"]
    [kept] = await settled(lambda: list(HeldSubmission.objects.all()))
    assert (kept.email, set(kept.reasons)) == ("buy@x.example", {"no_work", "links", "markup"})
    assert await settled(lambda: Refusal.objects.get().reason) == "quarantined"


@pytest.mark.parametrize(
    ("signs", "is_aside"),
    [
        (["honeypot"], True),
        (["replayed"], True),
        (["no_work"], False),
        (["no_work", "no_timing", "script", "too_fast"], False),  # a program of the firm's own
        (["no_work", "no_timing", "script", "links"], True),
        (["no_work", "links", "markup"], True),
        (["no_work", "disposable", "too_fast"], False),
    ],
)
def test_what_a_program_of_the_firms_own_shows_sets_nothing_aside(signs: list[str], *, is_aside: bool) -> None:
    assert quarantines.is_held(signs, "") is is_aside


async def test_a_post_with_nothing_but_answers_becomes_a_contact(client: httpx.AsyncClient, form: Form) -> None:
    for number in range(4):
        await client.post("/t/f/paper", data={"email": f"a{number}@nordwind.example"})
    assert await settled(lambda: Contact.objects.count() == 4)
    assert not await settled(HeldSubmission.objects.exists)


async def test_a_strict_form_wants_a_browser_that_vouches(client: httpx.AsyncClient, form: Form) -> None:
    def strict() -> None:
        try:
            Form.objects.update(guard="strict")
        finally:
            connection.close()

    await asyncio.to_thread(strict)
    for _ in range(50):
        answer = await client.post("/t/f/paper", json={"email": "a@x.example"})
        if hits()[-1]["guard"] == "strict":
            break
        await asyncio.sleep(0.05)
    assert answer.json()["ok"]
    await client.post("/t/f/paper", json={"email": "ada@nordwind.example"} | drawn())
    contacts = await settled(lambda: list(Contact.objects.values_list("email", flat=True)))
    assert "ada@nordwind.example" in contacts
    assert await settled(HeldSubmission.objects.count) >= 1


async def test_a_released_submission_comes_as_if_nothing_had_been_in_the_way_and_once(
    client: httpx.AsyncClient, form: Form
) -> None:
    came = clock.now() - timedelta(days=20)
    with clock.frozen(came):
        told = {"email": "Ada@Nordwind.example", "website_url_2": "oops", "lw_vid": "browser-1"} | drawn()
        await client.post("/t/f/paper", data=told, files={"cv": ("cv.pdf", PDF)})
    [kept] = await settled(lambda: list(HeldSubmission.objects.all()))
    assert await settled(Contact.objects.count) == 0
    assert await settled(attachments.sweep) == 0  # its file waits with it
    both = await settled(lambda: (held.release([kept.pk]), held.release([kept.pk])))
    assert both == (1, 0)
    fact = await settled(lambda: Activity.objects.get(kind="form_submitted"))
    assert abs(fact.at - came) < timedelta(seconds=1)
    assert fact.human is not None
    assert fact.human >= 0.5
    assert await settled(Lead.objects.count) == 1
    lead = await settled(Lead.objects.get)
    assert abs(lead.opened_at - came) < timedelta(seconds=1)
    upload = await settled(Upload.objects.get)
    assert upload.subject_id == fact.subject_id


def stumble(batch: Batch) -> Batch:
    raise ValueError("nobody has foreseen this")


@pytest.mark.parametrize("becomes", ["taken", "kept aside and released", "kept aside and removed", "failed once more"])
async def test_a_submission_that_failed_keeps_its_file_until_it_is_judged_again(
    client: httpx.AsyncClient, form: Form, monkeypatch: pytest.MonkeyPatch, becomes: str
) -> None:
    came = clock.now() - timedelta(days=20)
    with clock.frozen(came):
        trap = {"website_url_2": "oops"} if "aside" in becomes else {}
        told = {"email": "Ada@Nordwind.example", "lw_vid": "browser-1"} | trap | drawn()
        await client.post("/t/f/paper", data=told, files={"cv": ("cv.pdf", PDF)})
    with monkeypatch.context() as patch:
        patch.setattr(judging, "STEPS", (stumble,))
        [refused] = await settled(lambda: list(Refusal.objects.filter(reason="failed")))
        assert await settled(attachments.sweep) == 0  # its file waits with it
        if becomes == "failed once more":
            assert await settled(lambda: refusals.judge_again([refused.hit_id], "nora")) == 1
            refused = await settled(lambda: Refusal.objects.filter(reason="failed").latest("hit_id"))
            assert await settled(attachments.sweep) == 0

    def judge_again() -> int:
        assert refusals.judge_again([refused.hit_id], "nora") == 1
        return attachments.sweep()  # in between: it waits to be judged, and so does its file

    assert await settled(judge_again) == 0
    upload = await settled(Upload.objects.get)
    if "aside" in becomes:
        [kept] = await settled(lambda: list(HeldSubmission.objects.all()))
        assert await settled(lambda: [each.pk for each in held.files(kept)]) == [upload.pk]
        assert await settled(attachments.sweep) == 0
        if becomes.endswith("removed"):
            assert await settled(lambda: held.remove([kept.pk])) == 1
            assert not uploads.path(upload.pk).exists()
            return
        assert await settled(lambda: held.release([kept.pk])) == 1
    fact = await settled(lambda: Activity.objects.get(kind="form_submitted"))
    upload = await settled(Upload.objects.get)
    assert upload.subject_id == fact.subject_id
    assert uploads.path(upload.pk).read_bytes() == PDF


async def test_a_removed_submission_leaves_nothing_not_even_its_file(client: httpx.AsyncClient, form: Form) -> None:
    told = {"email": "a@x.example", "website_url_2": "spam"} | drawn()
    await client.post("/t/f/paper", data=told, files={"cv": ("cv.pdf", PDF)})
    [kept] = await settled(lambda: list(HeldSubmission.objects.all()))
    upload = await settled(Upload.objects.get)
    assert await settled(lambda: held.remove([kept.pk])) == 1
    assert not uploads.path(upload.pk).exists()
    assert await settled(lambda: (HeldSubmission.objects.count(), Upload.objects.count())) == (0, 0)


# The rest


async def test_a_domain_that_takes_no_mail_is_refused_where_the_form_asks_and_dns_answers(
    client: httpx.AsyncClient, form: Form, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    async def ask(domain: str) -> bool:
        asked.append(domain)
        if domain == "slow.example":
            raise TimeoutError
        return domain != "dead.example"

    monkeypatch.setattr(domains, "_ask", ask)
    monkeypatch.setattr(domains, "_known", {})
    for domain, fine in (("dead.example", False), ("dead.example", False), ("slow.example", True), ("x.example", True)):
        assert await domains.takes_mail(domain) is fine
    assert asked == ["dead.example", "slow.example", "x.example"]
    await client.post("/t/f/paper", json={"email": "a@dead.example"})
    assert len(hits()) == 1  # the form does not ask

    def wants() -> None:
        try:
            Form.objects.update(checks_domain=True)
        finally:
            connection.close()

    await asyncio.to_thread(wants)
    for number in range(50):
        answer = await client.post("/t/f/paper", json={"email": f"a{number}@dead.example"})
        if answer.status_code == 422:
            break
        await asyncio.sleep(0.05)
    assert "takes no mail" in answer.json()["errors"]["email"]


async def test_each_consent_of_a_form_is_written_with_its_own_words(client: httpx.AsyncClient, form: Form) -> None:
    def ask() -> None:
        try:
            for number, purpose in enumerate(("newsletter", "events")):
                FormField.objects.create(form=form, label=purpose, name=purpose, kind="consent", purpose=purpose,
                                         wording=f"Yes to {purpose}.", sort_order=20 + number)  # fmt: skip
        finally:
            connection.close()

    await asyncio.to_thread(ask)
    for number in range(50):
        await client.post("/t/f/paper", json={"email": f"a{number}@x.example", "newsletter": "yes", "events": "yes"})
        if hits()[-1]["consent"].get("also"):
            break
        await asyncio.sleep(0.05)
    email = hits()[-1]["fields"]["email"]
    given = await settled(
        lambda: set(Consent.objects.filter(contact__email=email).values_list("purpose_id", flat=True))
    )
    assert given == {"newsletter", "events"}


async def test_what_people_do_with_a_form_is_noted_with_its_token_only(client: httpx.AsyncClient, form: Form) -> None:
    token = offers.rendered("paper", clock.now(), "short", (), "script")
    told = {"event": "abandoned", "field": "email", "lw_t": token, "lw_id": "c" * 32, "lw_page": "https://x.example/a"}
    assert (await client.post("/t/f/paper/seen", json=told)).status_code == 204
    assert (await client.post("/t/f/paper/seen", json=told)).status_code == 204
    for bad in (
        told | {"lw_t": "forged"},
        told | {"event": "$human"},
        told | {"lw_t": offers.rendered("z", clock.now())},
    ):
        assert (await client.post("/t/f/paper/seen", json=bad)).status_code == 400
    fact = await settled(lambda: Activity.objects.get(kind="track"))
    assert (fact.name, fact.properties["field"], fact.properties["variant"]) == ("Form abandoned", "email", "short")


async def test_odd_bodies_are_answered_in_words(client: httpx.AsyncClient, form: Form) -> None:
    html = "<script>alert(1)</script>"
    thousand = "&".join(f"n{number}=x" for number in range(1_000))
    plain = {"content-type": "application/x-www-form-urlencoded"}
    assert (await client.post("/t/f/paper", content=thousand, headers=plain)).status_code == 400
    assert (await client.post("/t/f/paper", content=b"a=" + b"x" * 10 * 1024**2, headers=plain)).status_code == 413
    twice = await client.post("/t/f/paper", content="email=x&email=ada%40x.example", headers=plain)
    assert twice.status_code in (200, 303)
    answer = await client.post("/t/f/paper", data={"email": html, "who": html, "topics": html, "words": html})
    assert answer.status_code == 422
    assert "<script>" not in answer.text
    for odd in ({"email": {"a": 1}}, {"email": ["ada@x.example", 7, None]}, {"email": 7}, {"topics": {"a": []}}):
        assert (await client.post("/t/f/paper", json=odd)).status_code in (200, 422)
    many = "".join(f'--x\r\nContent-Disposition: form-data; name="n{n}"\r\n\r\nv\r\n' for n in range(400)) + "--x--"
    parts = {"content-type": "multipart/form-data; boundary=x"}
    assert (await client.post("/t/f/paper", content=many, headers=parts)).status_code == 400
