"""The public site: home, articles, landing pages, resources. Wagtail keeps drafts, revisions and previews."""

from django.db import models
from wagtail.fields import RichTextField
from wagtail.models import Page


class HomePage(Page):
    """The site's first page."""

    intro = RichTextField(blank=True)


class ArticleIndexPage(Page):
    """All articles, newest first."""

    intro = RichTextField(blank=True)


class ArticlePage(Page):
    """A piece that teaches the buyer something."""

    intro = models.CharField(max_length=250, blank=True)


class LandingPage(Page):
    """One offer, one form, one decision."""

    intro = models.CharField(max_length=250, blank=True)


class ResourcePage(Page):
    """A paper or tool, given in exchange for an address."""

    intro = models.CharField(max_length=250, blank=True)


class ThanksPage(Page):
    """What stands after a form."""

    intro = models.CharField(max_length=250, blank=True)
