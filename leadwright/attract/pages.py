"""The public site: home, articles, landing pages, resources. Wagtail keeps drafts, revisions and previews."""

from math import ceil
from typing import Any, ClassVar

from django.core.paginator import Paginator
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils.html import strip_tags
from modelcluster.fields import ParentalManyToManyField
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel
from wagtail.contrib.settings.models import BaseSiteSetting, register_setting
from wagtail.fields import RichTextField, StreamField
from wagtail.models import Page
from wagtail.search import index

from leadwright.attract import offers
from leadwright.attract.blocks import Body
from leadwright.attract.stages import BuyingStage
from leadwright.kit import config

ARTICLES_PER_PAGE = 12
WORDS_PER_MINUTE = 220

ROOTS = ("wagtailcore.Page",)
SUBJECTS = (
    "attract.ArticleIndexPage",
    "attract.ArticlePage",
    "attract.LandingPage",
    "attract.ResourcePage",
    "attract.ThanksPage",
    "attract.PlainPage",
)


class SitePage(Page):
    """What all pages share: for whom they are, how far this buyer is, and how they look when shared."""

    personas = ParentalManyToManyField("attract.Persona", blank=True, help_text="For whom it is written.")
    buying_stage = models.CharField(max_length=20, choices=BuyingStage.choices, blank=True)
    social_image = models.ForeignKey(
        "wagtailimages.Image",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="Shown where the page is shared; 1,200 × 630 pixels look best.",
    )
    canonical = models.URLField(
        blank=True, help_text="Only if this text first appeared elsewhere: the address of the original."
    )
    is_hidden = models.BooleanField(default=False, help_text="Search engines are asked to leave this page out.")

    promote_panels: ClassVar = [
        MultiFieldPanel(
            [FieldPanel("slug"), FieldPanel("seo_title"), FieldPanel("search_description")], heading="In search results"
        ),
        MultiFieldPanel([FieldPanel("social_image")], heading="When shared"),
        MultiFieldPanel([FieldPanel("personas"), FieldPanel("buying_stage")], heading="For whom, and how far they are"),
        MultiFieldPanel(
            [FieldPanel("show_in_menus"), FieldPanel("is_hidden"), FieldPanel("canonical")], heading="Where it appears"
        ),
    ]

    class Meta:
        abstract = True

    @property
    def address(self) -> str:
        """The full public address, whatever host asked."""
        parts = self.get_url_parts()
        return f"{config.base_url()}{parts[2]}" if parts and parts[2] else ""

    @property
    def canonical_address(self) -> str:
        """Where search engines should look for this text."""
        return self.canonical or self.address

    @property
    def summary(self) -> str:
        """The page in a sentence, for search results and lists."""
        return self.search_description or strip_tags(getattr(self, "intro", "") or "")

    def get_sitemap_urls(self, request: HttpRequest | None = None) -> list[dict[str, Any]]:
        """The page's line in the sitemap, unless search engines are asked to leave it out."""
        if self.is_hidden or self.canonical:
            return []
        return [{"location": self.address, "lastmod": self.last_published_at or self.latest_revision_created_at}]

    def serve(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page; browsers ask again each time, since it may hold a form with its own time and number."""
        response: HttpResponse = super().serve(request, *args, **kwargs)
        response.headers.setdefault("Cache-Control", "private, no-cache")
        return response


class HomePage(SitePage):
    """The site's first page."""

    eyebrow = models.CharField("line above", max_length=80, blank=True)
    headline = models.CharField(max_length=140, blank=True)
    intro = RichTextField(blank=True, features=["bold", "italic", "link"])
    image = models.ForeignKey("wagtailimages.Image", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    button_label = models.CharField(max_length=40, blank=True)
    button_page = models.ForeignKey(
        "wagtailcore.Page", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    second_label = models.CharField(max_length=40, blank=True)
    second_page = models.ForeignKey(
        "wagtailcore.Page", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    body = StreamField(Body(required=False), blank=True)

    template = "attract/home_page.html"
    page_description = "The first page of the site."
    parent_page_types: ClassVar = ROOTS
    subpage_types: ClassVar = SUBJECTS
    content_panels: ClassVar = [
        *Page.content_panels,
        MultiFieldPanel(
            [
                FieldPanel("eyebrow"),
                FieldPanel("headline"),
                FieldPanel("intro"),
                FieldPanel("image"),
                FieldRowPanel([FieldPanel("button_label"), FieldPanel("button_page")]),
                FieldRowPanel([FieldPanel("second_label"), FieldPanel("second_page")]),
            ],
            heading="First sight",
        ),
        FieldPanel("body"),
    ]

    @property
    def is_empty(self) -> bool:
        """Whether nobody has written anything here yet."""
        return not (self.headline or self.intro or self.body)

    def articles(self) -> list["ArticlePage"]:
        """The three newest articles."""
        return list(
            ArticlePage.objects.live()
            .public()
            .descendant_of(self)
            .select_related("image")
            .order_by("-published_on")[:3]
        )


class ArticleIndexPage(SitePage):
    """All articles, newest first."""

    intro = RichTextField(blank=True, features=["bold", "italic", "link"])

    template = "attract/article_index_page.html"
    page_description = "A list of all articles below it, newest first."
    parent_page_types: ClassVar = ("attract.HomePage",)
    subpage_types: ClassVar = ("attract.ArticlePage",)
    content_panels: ClassVar = [*Page.content_panels, FieldPanel("intro")]

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """One page of the articles."""
        context: dict[str, Any] = super().get_context(request, *args, **kwargs)
        articles = ArticlePage.objects.live().public().child_of(self).select_related("image").order_by("-published_on")
        context["articles"] = Paginator(articles, ARTICLES_PER_PAGE).get_page(request.GET.get("page"))
        return context


class ArticlePage(SitePage):
    """A piece that teaches the buyer something."""

    intro = models.CharField(max_length=250, blank=True)
    author = models.CharField(max_length=120, blank=True)
    published_on = models.DateField(null=True, blank=True, help_text="Empty: the day it is first published.")
    image = models.ForeignKey("wagtailimages.Image", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    body = StreamField(Body(required=False), blank=True)

    template = "attract/article_page.html"
    page_description = "Teaches the buyer something; brings strangers through search and sharing."
    parent_page_types: ClassVar = ("attract.ArticleIndexPage", "attract.HomePage")
    subpage_types: ClassVar = ()
    search_fields: ClassVar = [*Page.search_fields, index.SearchField("intro"), index.SearchField("body")]
    content_panels: ClassVar = [
        *Page.content_panels,
        FieldPanel("intro"),
        FieldRowPanel([FieldPanel("author"), FieldPanel("published_on")]),
        FieldPanel("image"),
        FieldPanel("body"),
    ]

    @property
    def day(self) -> Any:
        """The day it stands under."""
        return self.published_on or self.first_published_at

    @property
    def minutes(self) -> int:
        """How long it takes to read."""
        words = strip_tags(str(self.body.render_as_block())).split() if self.body else []
        return max(1, ceil(len(words) / WORDS_PER_MINUTE))

    def related(self) -> list["ArticlePage"]:
        """Two further articles, newest first."""
        others = ArticlePage.objects.live().public().sibling_of(self, inclusive=False).select_related("image")
        return list(others.order_by("-published_on")[:2])


class LandingPage(SitePage):
    """One offer, one form, one decision."""

    eyebrow = models.CharField("line above", max_length=80, blank=True)
    intro = models.CharField(max_length=250, blank=True)
    form = models.ForeignKey(
        "attract.Form",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="Stands beside the title, in sight at once.",
    )
    form_title = models.CharField(max_length=80, blank=True)
    promises = RichTextField(
        blank=True, features=["bold", "ul"], help_text="What the visitor gets; a short list beside the form."
    )
    is_plain = models.BooleanField(
        "without menu", default=True, help_text="Leave the site's menu out, so that the offer is the only choice."
    )
    body = StreamField(Body(required=False), blank=True)

    template = "attract/landing_page.html"
    page_description = "One offer and one form, for a campaign."
    parent_page_types: ClassVar = ("attract.HomePage",)
    subpage_types: ClassVar = ("attract.ThanksPage",)
    content_panels: ClassVar = [
        *Page.content_panels,
        MultiFieldPanel(
            [
                FieldPanel("eyebrow"),
                FieldPanel("intro"),
                FieldPanel("promises"),
                FieldPanel("form"),
                FieldPanel("form_title"),
                FieldPanel("is_plain"),
            ],
            heading="The offer",
        ),
        FieldPanel("body"),
    ]


class ResourcePage(SitePage):
    """A paper or tool, given in exchange for an address."""

    kind = models.CharField(max_length=40, blank=True, help_text="What it is, such as Guide, Checklist or Calculator.")
    intro = models.CharField(max_length=250, blank=True)
    image = models.ForeignKey(
        "wagtailimages.Image", null=True, blank=True, on_delete=models.SET_NULL, related_name="+", verbose_name="cover"
    )
    document = models.ForeignKey(
        "wagtaildocs.Document",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="The file. It is handed out only through a link that the form answers with.",
    )
    open_days = models.PositiveSmallIntegerField(
        "days that a link works", default=7, validators=[MinValueValidator(1), MaxValueValidator(365)]
    )
    most_downloads = models.PositiveSmallIntegerField(
        "downloads per link", null=True, blank=True, help_text="Empty: as many as somebody likes."
    )
    form = models.ForeignKey("attract.Form", null=True, blank=True, on_delete=models.SET_NULL, related_name="resources")
    form_title = models.CharField(max_length=80, blank=True)
    body = StreamField(Body(required=False), blank=True)

    template = "attract/resource_page.html"
    page_description = "A gated paper or tool: the visitor gives an address, and gets the file."
    parent_page_types: ClassVar = ("attract.HomePage",)
    subpage_types: ClassVar = ()
    search_fields: ClassVar = [*Page.search_fields, index.SearchField("intro"), index.SearchField("body")]
    content_panels: ClassVar = [
        *Page.content_panels,
        MultiFieldPanel(
            [
                FieldPanel("kind"),
                FieldPanel("intro"),
                FieldPanel("image"),
                FieldPanel("document"),
                FieldRowPanel([FieldPanel("open_days"), FieldPanel("most_downloads")]),
            ],
            heading="The offer",
        ),
        MultiFieldPanel([FieldPanel("form"), FieldPanel("form_title")], heading="In exchange"),
        FieldPanel("body"),
    ]

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """With the download, where a form without a thanks page has led back here."""
        context: dict[str, Any] = super().get_context(request, *args, **kwargs)
        return context | handed_out(request)


def handed_out(request: HttpRequest) -> dict[str, Any]:
    """The resource that a form's answer gave a link to, with the way to its file; empty where there is none."""
    token = request.GET.get("r", "")
    page_id = offers.resource_of(token)
    if page_id is None:
        return {}
    resource = ResourcePage.objects.live().filter(pk=page_id).select_related("document").first()
    return {"resource": resource, "download": f"/t/a/{token}"}


class ThanksPage(SitePage):
    """What stands after a form: thanks, the download if one was promised, and the next step."""

    intro = models.CharField(max_length=250, blank=True)
    body = StreamField(Body(required=False), blank=True)

    template = "attract/thanks_page.html"
    page_description = "Stands after a form. Where the form gave a resource, its download is offered here."
    parent_page_types: ClassVar = ("attract.HomePage", "attract.LandingPage")
    subpage_types: ClassVar = ()
    content_panels: ClassVar = [*Page.content_panels, FieldPanel("intro"), FieldPanel("body")]

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """With the resource that the form's answer gave a link to."""
        context: dict[str, Any] = super().get_context(request, *args, **kwargs)
        return context | handed_out(request)

    def get_sitemap_urls(self, request: HttpRequest | None = None) -> list[dict[str, Any]]:
        """Nobody should come here by a search."""
        return []


class PlainPage(SitePage):
    """Imprint, privacy, contact: words that must be there. Linked from the foot of every page."""

    intro = models.CharField(max_length=250, blank=True)
    in_footer = models.BooleanField("in the footer", default=True)
    body = StreamField(Body(required=False), blank=True)

    template = "attract/plain_page.html"
    page_description = "Imprint, privacy, contact."
    parent_page_types: ClassVar = ("attract.HomePage",)
    subpage_types: ClassVar = ()
    search_fields: ClassVar = [*Page.search_fields, index.SearchField("body")]
    content_panels: ClassVar = [*Page.content_panels, FieldPanel("intro"), FieldPanel("in_footer"), FieldPanel("body")]


@register_setting(icon="view")
class Appearance(BaseSiteSetting):
    """How the public site looks: every choice of colours meets WCAG AA in light and dark."""

    class Look(models.TextChoices):
        HARBOUR = "harbour", "Harbour (blue)"
        FOREST = "forest", "Forest (green)"
        COPPER = "copper", "Copper (warm)"
        PLUM = "plum", "Plum (violet)"
        GRAPHITE = "graphite", "Graphite (grey)"

    look = models.CharField(max_length=12, choices=Look.choices, default=Look.HARBOUR)
    logo = models.ForeignKey(
        "wagtailimages.Image",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="Empty: the firm's name in letters.",
    )
    tagline = models.CharField(max_length=160, blank=True, help_text="One sentence in the footer: what the firm does.")
    button_label = models.CharField(max_length=30, blank=True, help_text="The button at the top right of every page.")
    button_page = models.ForeignKey(
        "wagtailcore.Page", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    contact_line = models.CharField(max_length=160, blank=True, help_text="Telephone and address, in the footer.")

    panels: ClassVar = [
        FieldPanel("look"),
        FieldPanel("logo"),
        FieldPanel("tagline"),
        FieldPanel("contact_line"),
        FieldRowPanel([FieldPanel("button_label"), FieldPanel("button_page")]),
    ]

    class Meta:
        verbose_name = "site's appearance"
