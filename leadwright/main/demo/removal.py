"""Takes the example firm away again: what was noted when it was made, the people of the market, and nothing else."""

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from django.apps import apps
from django.db.models import ProtectedError, Q
from wagtail.models import Page

from leadwright.attract.pages import HomePage
from leadwright.kit import config, database, jobs, sql
from leadwright.main.demo.made import plan
from leadwright.market.people import DOMAINS
from leadwright.profile import rules
from leadwright.profile.models import Company, Contact, Suppression
from leadwright.profile.privacy import erasures
from leadwright.workspace.models import Workspace

SQL = sql.load("removal")
Item = TypeVar("Item")

CHUNK = 500
# What depends on others goes first.
ORDER = (
    "nurture.Journey",
    "engage.Email",
    "qualify.ScoreRule",
    "qualify.Segment",
    "attract.Campaign",
    "attract.ThanksPage",
    "attract.PlainPage",
    "attract.LandingPage",
    "attract.ResourcePage",
    "attract.ArticlePage",
    "attract.ArticleIndexPage",
    "attract.Form",
    "attract.Persona",
    "profile.CustomField",
    "wagtaildocs.Document",
    "wagtailimages.Image",
    "workspace.User",
)


def people() -> list[int]:
    """The contacts that the market made: their domains end as nobody else's do."""
    return list(Contact.objects.filter(email__iendswith=DOMAINS).values_list("pk", flat=True))


def remove() -> dict[str, int]:
    """Remove the example firm; answers how many records of each kind went."""
    workspace = Workspace.objects.first()
    if workspace is None or not workspace.demo.get("made"):
        return {}
    gone: dict[str, int] = {}
    made: dict[str, list[Any]] = workspace.demo["made"]
    keys = people()
    for chunk in _batched(keys, CHUNK):
        with database.atomic():
            addresses = Contact.objects.filter(pk__in=chunk).values_list("email_key", flat=True)
            marks = [rules.fingerprint(address) for address in addresses if address]
            gone["facts"] = gone.get("facts", 0) + _forget(database.rows(SQL["subjects"], contacts=chunk))
            receipt = erasures.erase(chunk, by="the end of the example firm")
            # Nobody need remember not to write to people who never were, nor that they were forgotten.
            if receipt:
                receipt.delete()
            Suppression.objects.filter(email_key__in=marks, reason=Suppression.Reason.ERASED).delete()
        gone["contacts"] = gone.get("contacts", 0) + len(chunk)
    for subjects in _batched(database.rows(SQL["strangers"], pages=_addresses(made)), CHUNK):
        gone["facts"] = gone.get("facts", 0) + _forget(subjects)
    apps.get_model("engage.Broadcast").objects.filter(email__in=made.get("engage.Email", [])).delete()
    for label in ORDER:
        for record in apps.get_model(label).objects.filter(pk__in=made.get(label, [])):
            try:
                record.delete()
            except ProtectedError:
                continue  # somebody's own work refers to it; it stays
            gone[label] = gone.get(label, 0) + 1
    _forget_firms()
    _restore(workspace)
    jobs.wake("contacts", "segments", "leads")
    return gone


def _batched(items: Sequence[Item], size: int) -> Iterator[list[Item]]:
    """The items in parts of at most a size."""
    for start in range(0, len(items), size):
        yield list(items[start : start + size])


def _addresses(made: dict[str, list[Any]]) -> list[str]:
    """The addresses of the example firm's pages, its first page among them."""
    labels = [label for label in ORDER if label.startswith("attract.") and label.endswith("Page")]
    keys = [key for label in labels for key in made.get(label, [])]
    pages = Page.objects.filter(Q(pk__in=keys) | Q(pk__in=HomePage.objects.values("pk")))
    return [config.base_url() + parts[2] for page in pages if (parts := page.get_url_parts())]


def _forget(rows: Sequence[Any]) -> int:
    """Take what these subjects did out of the log."""
    return int(database.value(SQL["forget"], subjects=[row.subject_id for row in rows])) if rows else 0


def _forget_firms() -> None:
    """Companies of the market that nobody is left in, and browsers that have done nothing."""
    Company.objects.filter(domain__endswith=DOMAINS, contacts=None).delete()
    database.execute(SQL["browsers"])


def _restore(workspace: Workspace) -> None:
    """Give the firm its own name back, and the first page its emptiness, where nobody has changed them since."""
    firm = plan()["firm"]
    for name, before in workspace.demo.get("before", {}).items():
        if getattr(workspace, name) == firm["name" if name == "firm" else name]:
            setattr(workspace, name, before)
    workspace.demo = {}
    workspace.save()
    home = apps.get_model("attract.HomePage").objects.first()
    if home and home.headline == plan()["pages"]["home"]["headline"]:
        for name in ("headline", "eyebrow", "intro", "button_label", "second_label", "seo_title", "search_description"):
            setattr(home, name, "")
        home.title, home.body = "Home", []
        home.image = home.button_page = home.second_page = None
        home.save_revision().publish()
