"""The public site: what visitors, search engines and machines get."""

import re
from typing import Any
from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup
from django.core.files.base import ContentFile
from django.test import Client
from wagtail.documents.models import Document
from wagtail.models import Page, Site

from leadwright.attract import offers, sites
from leadwright.attract.models import Form, FormField
from leadwright.attract.pages import (
    Appearance,
    ArticleIndexPage,
    ArticlePage,
    HomePage,
    LandingPage,
    PlainPage,
    ResourcePage,
    ThanksPage,
)
from leadwright.kit import signing
from leadwright.workspace.models import User, Workspace

pytestmark = pytest.mark.django_db

EVIL = "\"><script>alert('1')</script><img src=x onerror=alert(2)>"


@pytest.fixture
def home() -> HomePage:
    """The site on its first day."""
    Workspace.objects.get_or_create(pk=1, defaults={"firm": "Nordwind Controls"})
    sites.ensure()
    return HomePage.objects.get()


def publish(parent: Page, page: Any) -> Any:
    parent.add_child(instance=page)
    page.save_revision().publish()
    return page


def form(code: str = "demo", **more: Any) -> Form:
    made = Form.objects.create(name="Ask for a demo", code=code, **more)
    FormField.objects.create(
        form=made, label="Work e-mail", name="email", kind="email", maps_to="email", is_required=True, sort_order=0
    )
    FormField.objects.create(
        form=made, label="People", name="size", kind="choice", options="1–49\n50–250\n", sort_order=1
    )
    FormField.objects.create(form=made, label="First name", name="first_name", maps_to="first_name", sort_order=2)
    return made


def soup(client: Client, address: str, status: int = 200) -> BeautifulSoup:
    answer = client.get(address)
    assert answer.status_code == status
    return BeautifulSoup(answer.content, "html.parser")


def test_the_first_start_makes_a_first_page_and_wagtails_welcome_is_gone(client: Client, home: HomePage) -> None:
    assert Site.objects.get().root_page_id == home.pk
    assert not Page.objects.filter(title__startswith="Welcome to").exists()
    page = soup(client, "/")
    assert page.h1
    assert page.h1.text == "Your public site begins here"
    assert page.find("a", href="/app/")


def test_a_second_start_changes_nothing(home: HomePage) -> None:
    before = [*Page.objects.values_list("pk", "path", "latest_revision")]
    sites.ensure()
    assert [*Page.objects.values_list("pk", "path", "latest_revision")] == before


def test_a_site_that_somebody_built_is_left_alone(home: HomePage) -> None:
    home.headline = "Ours"
    home.save_revision().publish()
    sites.ensure()
    assert HomePage.objects.get().headline == "Ours"


def test_every_kind_of_page_renders_with_its_marks_for_search_engines(client: Client, home: HomePage) -> None:
    body = [
        ("heading", {"text": "Why", "above": "Theme", "anchor": "why"}),
        ("text", "<p>Words</p>"),
        ("quote", {"text": "It works", "person": "Ada", "role": "Head of Operations"}),
        ("proof", {"figures": [{"number": "11 %", "says": "less power"}], "source": "Our customers"}),
        ("firms", {"intro": "Used by", "names": ["Falk", "Brenner"]}),
        ("cards", {"cards": [{"title": "One", "text": "1"}, {"title": "Two", "text": "2"}], "numbered": True}),
        ("button", {"label": "Go", "page": home, "strong": True}),
        ("questions", {"answers": [{"question": "How?", "answer": "<p>So.</p>"}]}),
        ("columns", {"left": [("text", "<p>left</p>")], "right": [("text", "<p>right</p>")], "share": "half"}),
        ("form", {"form": form(), "title": "Write to us"}),
    ]
    home.headline, home.body = "Power, seen", body
    home.save_revision().publish()
    index = publish(home, ArticleIndexPage(title="Articles", slug="articles", show_in_menus=True))
    pages = [
        home,
        index,
        publish(index, ArticlePage(title="Idle load", slug="idle", intro="What machines use at night", body=body)),
        publish(home, LandingPage(title="A demo", slug="demo", intro="Twenty minutes", form=form("other"), body=body)),
        publish(home, ResourcePage(title="The guide", slug="guide", intro="Twelve pages", form=form("paper"))),
        publish(home, ThanksPage(title="Thank you", slug="thanks")),
        publish(home, PlainPage(title="Imprint", slug="imprint", body=body)),
    ]
    for page in pages:
        shown = soup(client, page.get_url())
        assert shown.h1
        assert len(shown.find_all("h1")) == 1
        assert shown.find("link", rel="canonical")["href"] == page.address  # type: ignore[index]
        assert shown.find("meta", property="og:title")
        assert shown.find("script", src="/t/t.js")
        assert not [
            tag
            for tag in shown.find_all(["script", "img", "link"])
            if str(tag.get("src") or tag.get("href")).startswith("http") and "canonical" not in (tag.get("rel") or [])
        ]
        ids = [tag["id"] for tag in shown.find_all(id=True)]
        assert len(ids) == len(set(ids))


def test_the_sitemap_names_public_pages_and_no_hidden_ones(client: Client, home: HomePage) -> None:
    shown = publish(home, PlainPage(title="Imprint", slug="imprint"))
    publish(home, PlainPage(title="Hidden", slug="hidden", is_hidden=True))
    publish(home, ThanksPage(title="Thanks", slug="thanks"))
    draft = home.add_child(instance=PlainPage(title="Draft", slug="draft", live=False))
    answer = client.get("/sitemap.xml")
    tree = ElementTree.fromstring(b"".join(answer.streaming_content))  # type: ignore[attr-defined]
    addresses = [element.text for element in tree.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]
    assert addresses == [home.address, shown.address]
    assert draft.address not in addresses
    assert "/sitemap.xml" in client.get("/robots.txt").content.decode()


def test_a_form_can_be_filled_without_script_and_by_everybody(client: Client, home: HomePage) -> None:
    made = form(consent_purpose="newsletter", consent_wording="Send me the newsletter, once a month.")
    publish(home, LandingPage(title="A demo", slug="demo", form=made))
    shown = soup(client, "/demo/").find("form")
    assert shown is not None
    assert (shown["method"], shown["action"]) == ("post", "/t/f/demo")  # type: ignore[index]
    for field in shown.find_all(["input", "select", "textarea"]):  # type: ignore[union-attr]
        if field.get("type") != "hidden":
            assert shown.find("label", attrs={"for": field["id"]}), field  # type: ignore[union-attr]
    email = shown.find("input", attrs={"name": "email"})  # type: ignore[union-attr]
    assert (email["type"], email["autocomplete"]) == ("email", "email")  # type: ignore[index]
    assert email.has_attr("required")  # type: ignore[union-attr]
    assert [option.text for option in shown.find_all("option")] == ["Please choose", "1–49", "50–250"]  # type: ignore[union-attr]
    consent = shown.find("input", attrs={"name": "lw_consent"})  # type: ignore[union-attr]
    assert not consent.has_attr("checked")  # type: ignore[union-attr]
    assert "Send me the newsletter, once a month." in shown.text
    trap = shown.find("input", attrs={"name": "website_url_2"})  # type: ignore[union-attr]
    assert trap["tabindex"] == "-1"  # type: ignore[index]
    assert trap.find_parent(attrs={"aria-hidden": "true"})  # type: ignore[union-attr]
    code, rendered_at, *_ = signing.read("form", shown.find("input", attrs={"name": "lw_t"})["value"])  # type: ignore[union-attr, index]
    assert code == "demo"
    assert rendered_at > 1_600_000_000_000


def test_two_visitors_get_two_message_ids(client: Client, home: HomePage) -> None:
    publish(home, LandingPage(title="A demo", slug="demo", form=form()))
    found = [re.findall(r'name="lw_id" value="(\w+)"', client.get("/demo/").content.decode())[0] for _ in range(2)]
    assert found[0] != found[1]


def test_a_form_that_is_switched_off_is_not_shown(client: Client, home: HomePage) -> None:
    publish(home, LandingPage(title="A demo", slug="demo", form=form(is_active=False)))
    assert soup(client, "/demo/").find("form") is None


def test_words_of_an_author_never_become_script(client: Client, home: HomePage) -> None:
    Workspace.objects.update(firm=EVIL, postal_address=EVIL)
    look = Appearance.for_site(Site.objects.get())
    look.tagline = look.contact_line = EVIL
    look.save()
    made = Form.objects.create(
        name=EVIL, code="evil", button=EVIL[:40], consent_purpose='x" onload="y', consent_wording=EVIL
    )
    for number, kind in enumerate(FormField.Kind.values):
        FormField.objects.create(
            form=made, label=EVIL, name=f"f{number}", kind=kind, options=EVIL, placeholder=EVIL, maps_to=EVIL[:60]
        )
    body = [
        ("heading", {"text": EVIL, "above": EVIL, "anchor": ""}),
        ("quote", {"text": EVIL, "person": EVIL, "role": EVIL}),
        ("proof", {"figures": [{"number": EVIL, "says": EVIL}], "source": EVIL}),
        ("firms", {"intro": EVIL, "names": [EVIL, EVIL]}),
        ("cards", {"cards": [{"title": EVIL, "text": EVIL}] * 2}),
        ("button", {"label": EVIL, "url": "/x" + EVIL, "says": EVIL}),
        ("form", {"form": made, "title": EVIL, "text": EVIL}),
    ]
    home.title = home.headline = home.eyebrow = home.seo_title = home.search_description = EVIL
    home.body = body
    home.save_revision().publish()
    index = publish(home, ArticleIndexPage(title=EVIL, slug="articles", show_in_menus=True))
    publish(index, ArticlePage(title=EVIL, slug="a", intro=EVIL, author=EVIL, body=body))
    publish(home, LandingPage(title=EVIL, slug="l", intro=EVIL, eyebrow=EVIL, form=made, form_title=EVIL))
    publish(home, ResourcePage(title=EVIL, slug="r", intro=EVIL, kind=EVIL[:40], form=made, form_title=EVIL))
    publish(home, ThanksPage(title=EVIL, slug="t", intro=EVIL))
    for address in ("/", "/articles/", "/articles/a/", "/l/", "/r/", "/t/", "/not-there/?q=" + EVIL):
        answer = client.get(address)
        shown = BeautifulSoup(answer.content, "html.parser")
        assert [tag.get("src") for tag in shown.find_all("script")] == ["/static/attract/form.js", "/t/t.js"], address
        assert not [tag for tag in shown.find_all(True) for name in tag.attrs if name.startswith("on")], address


def test_a_resources_file_is_given_only_through_its_form(client: Client, home: HomePage) -> None:
    file = Document.objects.create(title="Guide", file=ContentFile(b"%PDF-1.7", name="guide.pdf"))
    page = publish(home, ResourcePage(title="The guide", slug="guide", document=file, form=form("paper")))
    thanks = publish(home, ThanksPage(title="Thank you", slug="thanks"))
    assert client.get(file.url).headers["Location"].endswith("/guide/")
    assert client.get(f"/media/{file.file.name}").status_code == 404
    offer = soup(client, "/guide/").find("input", attrs={"name": "lw_offer"})
    assert signing.read("offer", offer["value"]) == ["paper", page.pk]  # type: ignore[index]
    assert soup(client, thanks.get_url()).find("a", download=True) is None
    token = signing.sign("resource", ["message-1", page.pk], offers.open_until())
    assert soup(client, f"{thanks.get_url()}?r={token}").find("a", href=f"/t/a/{token}")
    assert soup(client, f"{thanks.get_url()}?r={token}x").find("a", download=True) is None
    back = soup(client, f"/guide/?sent=paper&r={token}")  # where the form has no thanks page
    assert back.find("a", href=f"/t/a/{token}")
    assert back.find("form", attrs={"data-lw-form": "paper"}) is None


def test_a_page_can_be_previewed_without_counting_as_a_visit(client: Client, home: HomePage) -> None:
    client.force_login(User.objects.create_superuser("head@firm.example", name="Head"))
    answer = home.make_preview_request(extra_request_attrs={"user": User.objects.get()})
    assert answer.status_code == 200
    assert b"/t/t.js" not in answer.content


def test_an_editor_sees_our_mark_on_public_pages_and_a_visitor_none(client: Client, home: HomePage) -> None:
    assert b"userbar" not in client.get("/").content
    client.force_login(User.objects.create_superuser("head@firm.example", name="Head"))
    page = client.get("/").content.decode()
    assert "lw-userbar-mark" in page
    assert "icon-wagtail" not in page
    assert "Wagtail quick actions" not in page
    assert "Wagtail admin" not in page
