"""What this package adds to the console: editors of personas, campaigns and forms, and the gate before resources."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from wagtail import hooks
from wagtail.documents.models import Document
from wagtail.snippets.models import register_snippet

from leadwright.attract.editors import CampaignEditor, FormEditor, PersonaEditor
from leadwright.attract.pages import ResourcePage


@hooks.register("before_serve_document")
def gate(document: Document, request: HttpRequest) -> HttpResponse | None:
    """A resource's file is handed out by its form; who asks for it directly comes to its page, users excepted."""
    if request.user.is_authenticated:
        return None
    page = ResourcePage.objects.live().filter(document=document).first()
    return HttpResponseRedirect(page.get_url(request) or "/") if page else None


for editor in (PersonaEditor, CampaignEditor, FormEditor):
    register_snippet(editor)
