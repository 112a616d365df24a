"""Builds what the example firm publishes, plans and sends, from firm.yaml, through the packages' own functions.

Everything made is noted in Workspace.demo["made"], so that it can be removed again and nothing else.
"""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.images import ImageFile
from django.db import transaction
from wagtail.documents.models import Document
from wagtail.images.models import Image
from wagtail.models import Page, Site

from leadwright.attract import sites
from leadwright.attract.models import Campaign, Form, FormField, Persona, TrackedLink
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
from leadwright.kit import clock, config
from leadwright.main.demo import papers, pictures, plans
from leadwright.main.demo.made import Made, Plan, plan
from leadwright.workspace.models import User, Workspace


@transaction.atomic
def build(first_day: date | None = None) -> Workspace:
    """Make the example firm in an installation that has none; its plans begin on `first_day` (a year ago)."""
    workspace = Workspace.objects.select_for_update().first() or Workspace.objects.create()
    if workspace.demo.get("made"):
        return workspace
    first_day = first_day or (clock.now() - timedelta(days=365)).date()
    made = Made(workspace)
    firm = plan()["firm"]
    workspace.demo["before"] = {
        name: getattr(workspace, name)
        for name in ("firm", "time_zone", "currency", "sender_name", "sender_address", "postal_address")
    }
    for name in workspace.demo["before"]:
        setattr(workspace, name, firm["name" if name == "firm" else name])
    workspace.demo["first_day"] = first_day.isoformat()
    made.save()
    workspace.save()
    _users(made)
    personas = {each["name"]: made.note(Persona.objects.create(**each)) for each in plan()["personas"]}
    forms = _forms(made)
    pages = Pages(made, personas, forms).build()
    _campaigns(made, personas, pages, first_day)
    plans.build(made, first_day)
    made.save()
    return workspace


def _users(made: Made) -> None:
    for each in plan()["users"]:
        user, is_new = User.objects.get_or_create(
            email=each["email"],
            defaults={
                "name": each["name"],
                "role": each["role"],
                "takes_leads": each.get("takes_leads", False),
                "is_demo": True,
            },
        )
        if is_new:
            user.set_unusable_password()
            user.save()
            made.note(user)


def _forms(made: Made) -> dict[str, Form]:
    forms = {}
    for each in plan()["forms"]:
        form = Form.objects.create(
            code=each["code"],
            name=each["name"],
            button=each["button"],
            opens_lead=each["opens_lead"],
            consent_purpose=each["consent_purpose"],
            consent_wording=each["consent_wording"],
            consent_required=each.get("consent_required", False),
        )
        for number, field in enumerate(each["fields"]):
            FormField.objects.create(
                form=form,
                sort_order=number,
                label=field["label"],
                name=field["name"],
                kind=field.get("kind", "text"),
                maps_to=field.get("maps_to", ""),
                is_required=field.get("required", False),
                options="\n".join(field.get("options", [])),
                placeholder=field.get("placeholder", ""),
                half=field.get("half", False),
                help=field.get("help", ""),
                minimum=field.get("minimum", ""),
                asked=field.get("asked", FormField.Asked.ALWAYS),
                show_when=_conditions(field.get("show_when")),
            )
        forms[form.code] = made.note(form)
    return forms


def _conditions(told: list[str] | None) -> list[tuple[str, dict[str, str]]]:
    """Of a question that depends on another: question, relation, value."""
    return [("condition", dict(zip(("question", "relation", "value"), told, strict=True)))] if told else []


class Pages:
    """The site, page by page; links between pages are put in once all of them exist."""

    def __init__(self, made: Made, personas: dict[str, Persona], forms: dict[str, Form]) -> None:
        self.made, self.personas, self.forms = made, personas, forms
        self.plan = plan()["pages"]
        self.images = {key: self._image(each) for key, each in plan()["images"].items()}
        self.home = HomePage.objects.get(pk=sites.ensure().root_page_id)
        self.pages: dict[str, Page] = {"home": self.home}

    def _image(self, each: Plan) -> Image:
        file = ImageFile(ContentFile(pictures.PICTURES[each["kind"]]()), name=f"{each['kind']}.png")
        return self.made.note(Image.objects.create(title=each["title"], description=each["title"], file=file))

    def build(self) -> dict[str, Page]:
        """Make all pages, then publish them with their bodies."""
        p = self.plan
        index = self._add(self.home, ArticleIndexPage, p["articles"] | {"slug": "articles"}, show_in_menus=True)
        for number, each in enumerate(p["article_list"]):
            day = (clock.now() - timedelta(days=40 + 95 * number)).date()
            self._add(index, ArticlePage, each, author=each["author"], published_on=day, image=self._picture(each))
        document = self._document()
        self._add(
            self.home,
            ResourcePage,
            p["guide"],
            kind=p["guide"]["kind"],
            document=document,
            image=self._picture(p["guide"]),
            show_in_menus=True,
        )
        self._add(self.home, LandingPage, p["pricing"], is_plain=False, show_in_menus=True)
        self._add(self.home, LandingPage, p["demo"], promises=p["demo"]["promises"], eyebrow=p["demo"]["eyebrow"])
        self._add(self.home, LandingPage, p["letter"], eyebrow=p["letter"]["eyebrow"], is_plain=False)
        for key in ("imprint", "privacy"):
            self._add(self.home, PlainPage, p[key])
        for each in p["thanks"]:
            self._add(self.home, ThanksPage, each, is_hidden=True)
        self._fill()
        self._dress()
        return self.pages

    def _picture(self, each: Plan) -> Image | None:
        return self.images[each["image"]] if "image" in each else None

    def _document(self) -> Document:
        guide = plan()["guide"]
        pages = [(page["heading"], page["text"]) for page in guide["pages"]]
        paper = papers.pdf(guide["title"], guide["subtitle"], plan()["firm"]["name"], pages)
        file = ContentFile(paper, name=guide["file"])
        return self.made.note(Document.objects.create(title=guide["title"], file=file))

    def _add(self, parent: Page, model: type[Page], each: Plan, **fields: Any) -> Page:
        names = ("title", "slug", "intro", "seo_title", "search_description", "form_title")
        known = {field.name for field in model._meta.get_fields()}
        fields |= {name: each[name] for name in names if name in each and name in known}
        if "form" in each:
            fields["form"] = self.forms[each["form"]]
        page = model(buying_stage=each.get("stage", ""), **fields)
        parent.add_child(instance=page)
        page.personas.set([self.personas[name] for name in each.get("personas", [])])
        self.pages[page.slug] = self.made.note(page)
        return page

    def _fill(self) -> None:
        first = self.plan["home"]
        home = self.home
        for name in ("title", "seo_title", "search_description", "eyebrow", "headline", "intro"):
            setattr(home, name, first[name])
        home.image = self._picture(first)
        home.button_label, home.button_page = first["button"][0], self.pages[first["button"][1]]
        home.second_label, home.second_page = first["second"][0], self.pages[first["second"][1]]
        bodies = {each["slug"]: each.get("body") for each in self.plan["article_list"]}
        bodies |= {
            key: self.plan[key].get("body") for key in ("home", "demo", "pricing", "letter", "imprint", "privacy")
        }
        bodies[self.plan["guide"]["slug"]] = self.plan["guide"]["body"]
        for slug, page in self.pages.items():
            if body := bodies.get(slug):
                page.body = [self._block(each) for each in body]
            page.save_revision().publish()
        for each in plan()["forms"]:
            Form.objects.filter(code=each["code"]).update(thanks_page=self.pages[each["thanks_page"]])

    def _block(self, each: Plan) -> tuple[str, Any]:
        ((kind, value),) = each.items()
        return kind, self._value(kind, value)

    def _value(self, kind: str, value: Any) -> Any:
        if kind == "picture":
            return value | {"image": self.images[value["image"]], "width": value.get("width", "text")}
        if kind == "button":
            return value | {"page": self.pages[value["page"]]}
        if kind == "form":
            return value | {"form": self.forms[value["form"]]}
        if kind == "columns":
            return value | {side: [self._block(each) for each in value[side]] for side in ("left", "right")}
        return value

    def _dress(self) -> None:
        firm = plan()["firm"]
        look = Appearance.for_site(Site.objects.get(is_default_site=True))
        look.look, look.tagline, look.contact_line = firm["look"], firm["tagline"], firm["contact_line"]
        look.button_label, look.button_page = "Ask for a demo", self.pages["demo"]
        look.save()


def _campaigns(made: Made, personas: dict[str, Persona], pages: dict[str, Page], first_day: date) -> None:
    base = config.base_url()
    for each in plan()["campaigns"]:
        campaign = Campaign.objects.create(
            code=each["code"],
            name=each["name"],
            channel=each["channel"],
            manner=each["manner"],
            goal=each["goal"],
            goal_leads=each["goal_leads"],
            budget=Decimal(each["budget"]),
            starts_on=first_day,
            persona=personas[each["persona"]],
        )
        made.note(campaign)
        TrackedLink.objects.create(
            campaign=campaign,
            code=each["code"],
            target=base + pages[each["target"]].url_path.removeprefix(pages["home"].url_path.rstrip("/")),
            source=each["source"],
            medium=each["medium"],
        )
        if "form" in each:  # whoever fills it without coming by another campaign came for this one
            Form.objects.filter(code=each["form"]).update(campaign=campaign)
