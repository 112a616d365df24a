"""Campaigns, links and spend in the console: what they show, keep and refuse, and to whom."""

import io
from datetime import date
from decimal import Decimal

import pytest
from bs4 import BeautifulSoup
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from PIL import Image

from leadwright.attract import campaigns, links
from leadwright.attract.models import Campaign, Form, Persona, Spend, TrackedLink
from leadwright.kit import config
from leadwright.workspace.models import AuditEntry, Role, User

pytestmark = pytest.mark.django_db

EVIL = "\"><script>alert('1')</script><img src=x onerror=alert(2)>"


def enter(client: Client, role: str) -> User:
    user = User.objects.create_user(f"{role}@firm.example", name="Ada", role=role)
    client.force_login(user)
    return user


@pytest.fixture
def fair() -> Campaign:
    made = Campaign.objects.create(
        name="Hannover fair", code="hannover", channel="Event", manner="concentration", budget=Decimal(1000)
    )
    TrackedLink.objects.create(
        campaign=made, code="stand", target="https://nordwind.example/demo/", source="stand", medium="qr"
    )
    Spend.objects.create(campaign=made, spent_on=date(2026, 3, 2), amount=Decimal("250.50"), note="Carpet")
    return made


def test_a_campaign_is_planned_with_a_code_of_its_own(client: Client) -> None:
    enter(client, Role.MARKETER)
    told = {"name": "Früh­ling & Co", "channel": "Paid Search", "manner": "broadcast", "budget": "500"}
    for code in ("fruhling-co", "fruhling-co-2"):
        answer = client.post(reverse("campaign_new"), told)
        made = Campaign.objects.get(code=code)
        assert answer["Location"] == reverse("campaign", args=[made.pk])
    assert AuditEntry.objects.filter(action="added", object_kind="campaign").count() == 2


def test_the_form_explains_both_manners(client: Client) -> None:
    enter(client, Role.MARKETER)
    page = client.get(reverse("campaign_new")).content.decode()
    assert "One message to many people" in page
    assert "One situation for named people" in page


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({"starts_on": "2026-03-02", "ends_on": "2026-03-01"}, "ends before it begins"),
        ({"budget": "-1"}, "zero or more"),
        ({"code": "Not a code"}, "small letters"),
        ({"name": ""}, "required"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_in_words(client: Client, told: dict[str, str], says: str) -> None:
    enter(client, Role.MARKETER)
    answer = client.post(reverse("campaign_new"), {"name": "Spring", "channel": "Email", "manner": "broadcast"} | told)
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert not Campaign.objects.exists()


def test_a_campaign_shows_its_budget_beside_its_spend_and_its_links(client: Client, fair: Campaign) -> None:
    enter(client, Role.MARKETER)
    page = BeautifulSoup(client.get(reverse("campaign", args=[fair.pk])).content, "html.parser")
    bar = page.find("progress")
    assert (bar["max"], bar["value"]) == ("1000.00", "250.50")  # type: ignore[index]
    assert "€ 750 left" in page.text
    address = f"{config.base_url()}/t/l/stand"
    assert page.find("input", value=address)
    assert page.find("button", attrs={"data-lw-copy": address})
    assert page.find("svg", class_="lw-code")
    assert page.find(attrs={"hx-get": reverse("campaign_panel", args=[fair.pk])})


def test_a_qr_code_holds_the_address_and_comes_as_svg_and_png(client: Client, fair: Campaign) -> None:
    enter(client, Role.REP)
    link = fair.links.get()
    svg = client.get(reverse("link_qr", args=[link.pk, "svg"]))
    assert svg["Content-Type"] == "image/svg+xml"
    assert svg["Content-Disposition"] == 'attachment; filename="stand.svg"'
    assert b"<svg" in svg.content
    png = Image.open(io.BytesIO(client.get(reverse("link_qr", args=[link.pk, "png"])).content))
    import segno

    expected = segno.make(links.address(link), error="m", micro=False)
    drawn = [
        [png.getpixel(((x + 4) * 16 + 8, (y + 4) * 16 + 8)) == 0 for x in range(expected.symbol_size(border=0)[0])]
        for y in range(expected.symbol_size(border=0)[1])
    ]
    assert drawn == [[bool(module) for module in row] for row in expected.matrix]
    assert client.get(reverse("link_qr", args=[link.pk, "gif"])).status_code == 404


def test_a_link_gets_a_short_code_and_keeps_it(client: Client, fair: Campaign) -> None:
    enter(client, Role.MARKETER)
    told = {"target": "https://nordwind.example/", "source": "poster", "medium": "qr"}
    client.post(reverse("link_new", args=[fair.pk]), told)
    made = TrackedLink.objects.get(source="poster")
    assert made.code.startswith("hannover-")
    client.post(reverse("link_edit", args=[made.pk]), told | {"target": "https://nordwind.example/b/", "code": "x"})
    code = made.code
    made.refresh_from_db()
    assert (made.code, made.target) == (code, "https://nordwind.example/b/")


@pytest.mark.parametrize("target", ["javascript:alert(1)", "ftp://files.example/x", "data:text/html,x", "no address"])
def test_a_link_leads_to_the_web_only(client: Client, fair: Campaign, target: str) -> None:
    enter(client, Role.MARKETER)
    told = {"target": target, "source": "poster", "medium": "qr"}
    assert client.post(reverse("link_new", args=[fair.pk]), told).status_code == 422
    assert TrackedLink.objects.count() == 1


def test_spend_is_entered_mended_and_removed_after_a_question(client: Client, fair: Campaign) -> None:
    enter(client, Role.HEAD)
    client.post(reverse("spend_new", args=[fair.pk]), {"spent_on": "2026-03-03", "amount": "80", "note": "Coffee"})
    spend = Spend.objects.get(note="Coffee")
    client.post(reverse("spend_edit", args=[spend.pk]), {"spent_on": "2026-03-03", "amount": "90", "note": "Coffee"})
    assert campaigns.spent([fair.pk]) == {fair.pk: Decimal("340.50")}
    assert "no longer count" in client.get(reverse("spend_remove", args=[spend.pk])).content.decode()
    assert Spend.objects.count() == 2
    client.post(reverse("spend_remove", args=[spend.pk]))
    assert Spend.objects.get().note == "Carpet"
    assert AuditEntry.objects.filter(object_kind="spend").count() == 3


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({"amount": "-5"}, "zero or more"),
        ({"amount": "5.001"}, "decimal places"),
        ({"amount": "99999999999999"}, "digits"),
        ({"amount": "much"}, "number"),
        ({"spent_on": "2026-02-30"}, "date"),
        ({"spent_on": "2026-03-02", "note": "Carpet"}, "change that one"),
    ],
)
def test_spend_that_cannot_be_is_refused_in_words(
    client: Client, fair: Campaign, told: dict[str, str], says: str
) -> None:
    enter(client, Role.MARKETER)
    answer = client.post(reverse("spend_new", args=[fair.pk]), {"spent_on": "2026-03-05", "amount": "5"} | told)
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert Spend.objects.count() == 1


def test_writing_spend_twice_keeps_one_entry(fair: Campaign) -> None:
    day = date(2026, 3, 2)
    assert campaigns.keep_spend(fair, day, Decimal(300), "Carpet")[1] is False
    assert campaigns.keep_spend(fair, day, Decimal(10), "Tape")[1] is True
    assert campaigns.spent([fair.pk])[fair.pk] == 310
    with pytest.raises(ValidationError, match="zero or more"):
        campaigns.keep_spend(fair, day, Decimal(-1))


SEEN = ("campaigns", "links", "forms", "resources")


@pytest.mark.parametrize("role", list(Role))
def test_everybody_may_look_but_only_those_who_plan_may_change(client: Client, fair: Campaign, role: str) -> None:
    enter(client, role)
    link, spend = fair.links.get(), fair.spends.get()
    for name in SEEN:
        assert client.get(reverse(name)).status_code == 200, name
    page = client.get(reverse("campaign", args=[fair.pk])).content.decode()
    changing = [
        reverse("campaign_new"),
        reverse("campaign_edit", args=[fair.pk]),
        reverse("link_new", args=[fair.pk]),
        reverse("link_edit", args=[link.pk]),
        reverse("link_remove", args=[link.pk]),
        reverse("spend_new", args=[fair.pk]),
        reverse("spend_edit", args=[spend.pk]),
        reverse("spend_remove", args=[spend.pk]),
    ]
    expected = 403 if role == Role.REP else 200
    for address in changing:
        assert client.get(address).status_code == expected, address
        assert address == changing[0] or (address in page) == (role != Role.REP), address
    if role == Role.REP:
        for address in changing:
            assert client.post(address, {"name": "Mine"}).status_code == 403, address
        assert (Campaign.objects.get().name, Spend.objects.count(), TrackedLink.objects.count()) == (fair.name, 1, 1)


def test_a_stranger_is_asked_to_sign_in(client: Client, fair: Campaign) -> None:
    for address in (*(reverse(name) for name in SEEN), reverse("campaign", args=[fair.pk])):
        assert client.get(address).status_code == 302


def test_what_is_not_there_is_not_found(client: Client) -> None:
    enter(client, Role.ADMINISTRATOR)
    for name in ("campaign", "campaign_edit", "link_new", "spend_new", "spend_edit", "link_edit", "campaign_panel"):
        assert client.get(reverse(name, args=[99])).status_code == 404, name


def test_no_word_of_an_author_becomes_markup(client: Client) -> None:
    enter(client, Role.ADMINISTRATOR)
    made = Campaign.objects.create(
        name=EVIL, code="evil", channel=EVIL[:40], goal=EVIL, persona=Persona.objects.create(name=EVIL, role=EVIL)
    )
    link = TrackedLink.objects.create(
        campaign=made,
        code="evil",
        target="https://x.example/" + EVIL,
        source=EVIL,
        medium=EVIL,
        content=EVIL,
        term=EVIL,
    )
    spend = Spend.objects.create(campaign=made, spent_on=date(2026, 3, 2), amount=1, note=EVIL)
    Form.objects.create(name=EVIL, code="evil", campaign=made, consent_purpose=EVIL[:40])
    addresses = [
        *(reverse(name) + "?q=script" for name in SEEN),
        *(reverse(name) for name in SEEN),
        *(reverse(name, args=[made.pk]) for name in ("campaign", "campaign_edit", "link_new", "spend_new")),
        *(reverse(name, args=[link.pk]) for name in ("link_edit", "link_remove")),
        *(reverse(name, args=[spend.pk]) for name in ("spend_edit", "spend_remove")),
        reverse("campaign_panel", args=[made.pk]),
    ]
    for address in addresses:
        page = BeautifulSoup(client.get(address).content, "html.parser")
        assert not page.find("img", src="x"), address
        assert not [tag for tag in page.find_all("script") if "alert(" in tag.text and not tag.get("type")], address


def test_the_list_tells_what_is_running_and_asks_once_for_all_leads(client: Client, fair: Campaign) -> None:
    enter(client, Role.MARKETER)
    old = Campaign.objects.create(name="Old mailing", code="old", channel="Email", ends_on=date(2020, 1, 1))
    everything = BeautifulSoup(client.get(reverse("campaigns")).content, "html.parser")
    asks = [tag["hx-get"] for tag in everything.find_all(attrs={"hx-get": True}) if "leads" in str(tag["hx-get"])]
    assert len(asks) == 1
    assert {str(fair.pk), str(old.pk)} == set(str(asks[0]).partition("=")[2].split(","))
    cells = BeautifulSoup(client.get(str(asks[0])).content, "html.parser")
    assert cells.find(id=f"campaign-leads-{fair.pk}").text == "0"  # type: ignore[union-attr]
    running = client.get(reverse("campaigns") + "?time=running").content.decode()
    assert "Hannover fair" in running
    assert "Old mailing" not in running
    assert "€ 250" in running


def test_the_menu_goes_pages_campaigns_forms_resources_personas_links(client: Client) -> None:
    enter(client, Role.ADMINISTRATOR)
    page = client.get(reverse("campaigns")).content.decode()
    places = [
        page.index(f'"label": "{label}"') for label in ("Pages", "Campaigns", "Forms", "Resources", "Personas", "Links")
    ]
    assert places == sorted(places)
