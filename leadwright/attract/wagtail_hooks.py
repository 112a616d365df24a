"""What this package adds to the console: its screens, the editors of personas and forms, the gate before resources."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.templatetags.static import static
from django.urls import URLPattern, URLResolver
from django.utils.html import format_html
from wagtail import hooks
from wagtail.documents.models import Document
from wagtail.models import Page, ReferenceIndex
from wagtail.snippets.models import register_snippet

from leadwright.attract.editors import FormEditor, PersonaEditor
from leadwright.attract.pages import ResourcePage
from leadwright.attract.urls import urlpatterns


@hooks.register("register_admin_urls")
def urls() -> list[URLPattern | URLResolver]:
    """Campaigns, links, forms and resources under /app/."""
    return list(urlpatterns)


@hooks.register("before_serve_document")
def gate(document: Document, request: HttpRequest) -> HttpResponse | None:
    """A resource's file is handed out by its form only, and a document that nothing public shows by nobody.

    Whoever asks for a resource's file comes to its page; users may see everything.
    """
    if request.user.is_authenticated:
        return None
    gated = ResourcePage.objects.filter(document=document)
    if page := gated.filter(live=True).first():
        return HttpResponseRedirect(page.get_url(request) or "/")
    if gated.exists() or not _is_shown(document):
        raise Http404("There is no such document.")
    return None


def _is_shown(document: Document) -> bool:
    """Whether a published page, or an email, leads to a document. Carried by the index of references."""
    for reference in ReferenceIndex.get_references_to(document).select_related("base_content_type"):
        model = reference.base_content_type.model_class()
        if model is None:
            continue
        if not issubclass(model, Page) or model.objects.filter(pk=reference.object_id, live=True).exists():
            return True
    return False


@hooks.register("insert_editor_js")
def editor_script() -> str:
    """The editor of forms shows of each question only what its kind has."""
    return format_html('<script src="{}"></script>', static("attract/editor.js"))


for editor in (PersonaEditor, FormEditor):
    register_snippet(editor)
