"""A small public site for tests in a browser; `python -m tests.browser.sites` builds it in the installation at hand."""


def build() -> None:
    """A home page, an article, a landing page with a form, a resource with its file, and their thanks.

    Its codes and slugs are none of the demo's, which the stories build in the same installation afterwards.
    """
    from django.core.files.base import ContentFile
    from wagtail.documents.models import Document

    from leadwright.attract import sites
    from leadwright.attract.models import Form, FormField
    from leadwright.attract.pages import (
        ArticleIndexPage,
        ArticlePage,
        HomePage,
        LandingPage,
        ResourcePage,
        ThanksPage,
    )

    sites.ensure()
    home = HomePage.objects.get()

    def publish(parent, page):
        parent.add_child(instance=page)
        page.save_revision().publish()
        return page

    def form(code, thanks):
        made = Form.objects.create(
            name="Ask for a demo",
            code=code,
            button="Show me",
            thanks_page=thanks,
            consent_purpose="newsletter",
            consent_wording="Send me the newsletter, once a month.",
        )
        for order, (label, name, kind, must) in enumerate(
            (
                ("Work e-mail", "email", "email", True),
                ("First name", "first_name", "text", False),
                ("People", "size", "choice", False),
                ("What is it about?", "about", "long_text", False),
            )
        ):
            FormField.objects.create(
                form=made,
                label=label,
                name=name,
                kind=kind,
                is_required=must,
                maps_to=name if name in ("email", "first_name") else "",
                options="1–49\n50–250" if kind == "choice" else "",
                sort_order=order,
            )
        return made

    body = [
        ("heading", {"text": "Why machines idle", "above": "Theme", "anchor": "why"}),
        ("text", "<p>Words about <b>power</b>, and a <a href='https://nordwind.example/'>link</a>.</p>"),
        ("quote", {"text": "It works", "person": "Ada", "role": "Head of Operations"}),
        ("proof", {"figures": [{"number": "11 %", "says": "less power"}], "source": "Our customers"}),
        ("questions", {"answers": [{"question": "How?", "answer": "<p>So.</p>"}]}),
    ]
    thanks = publish(home, ThanksPage(title="Thank you, we have it", slug="thanks", intro="We write back today."))
    landing = publish(
        home,
        LandingPage(title="See it run", slug="trial", intro="Twenty minutes", form=form("trial", thanks), body=body),
    )
    index = publish(home, ArticleIndexPage(title="Articles", slug="reading", show_in_menus=True))
    publish(index, ArticlePage(title="What idle costs", slug="idle", intro="A sum in three lines", body=body))
    file = Document.objects.create(title="Guide", file=ContentFile(b"%PDF-1.7", name="guide.pdf"))
    publish(
        home, ResourcePage(title="The guide", slug="leaflet", document=file, form=form("leaflet", thanks), body=body)
    )
    home = HomePage.objects.get()
    home.headline, home.button_label, home.button_page, home.body = "Power, seen", "See it run", landing, body
    home.save_revision().publish()


if __name__ == "__main__":
    import os

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadwright.main.settings")
    django.setup()
    build()
