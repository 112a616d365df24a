"""What this package adds to the console: its screens, the editors of personas and forms, the gate before resources."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.templatetags.static import static
from django.urls import URLPattern, URLResolver
from django.utils.html import format_html
from wagtail import hooks
from wagtail.documents.models import Document
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
    """A resource's file is handed out by its form; who asks for it directly comes to its page, users excepted."""
    if request.user.is_authenticated:
        return None
    page = ResourcePage.objects.live().filter(document=document).first()
    return HttpResponseRedirect(page.get_url(request) or "/") if page else None


@hooks.register("insert_editor_js")
def editor_script() -> str:
    """The editor of forms shows of each question only what its kind has."""
    return format_html('<script src="{}"></script>', static("attract/editor.js"))


for editor in (PersonaEditor, FormEditor):
    register_snippet(editor)
