"""What this package adds to the console: its screens, the editors of personas and forms, the gate before resources."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, URLResolver
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


for editor in (PersonaEditor, FormEditor):
    register_snippet(editor)
