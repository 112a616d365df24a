"""Takes the example firm away again: what was noted when it was made, the people of the market, and nothing else."""

from typing import Any

from django.apps import apps
from django.db.models import ProtectedError

from leadwright.kit import jobs
from leadwright.main.demo.made import plan
from leadwright.market.people import DOMAINS
from leadwright.profile import erasures
from leadwright.profile.models import Company, Contact, Suppression
from leadwright.workspace.models import Workspace

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
    keys = people()
    for start in range(0, len(keys), CHUNK):
        chunk = keys[start : start + CHUNK]
        erasures.erase(chunk)
        gone["contacts"] = gone.get("contacts", 0) + len(chunk)
    made: dict[str, list[Any]] = workspace.demo["made"]
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


def _forget_firms() -> None:
    """Companies of the market that nobody is left in, and the notes that its addresses were erased."""
    Company.objects.filter(domain__endswith=DOMAINS, contacts=None).delete()
    Suppression.objects.filter(email_key__endswith=DOMAINS, reason=Suppression.Reason.ERASED).delete()


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
