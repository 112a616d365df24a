"""A form in three steps for tests in a browser; `python -m tests.browser.forms ORIGIN` builds it for a site to show."""

import sys


def build(origin: str) -> None:
    """The form and its landing page."""
    from leadwright.attract import sites
    from leadwright.attract.models import Form, FormField
    from leadwright.attract.pages import HomePage, LandingPage

    sites.ensure()
    made = Form.objects.create(name="In steps", code="steps", button="Send it", allowed_origins=origin)
    firm = [{"type": "condition", "value": {"question": "who", "relation": "is", "value": "firm"}, "id": "1"}]
    for order, (name, kind, more) in enumerate(
        (
            ("email", "email", {"is_required": True}),
            ("who", "radio", {"options": "firm\nperson", "is_required": True}),
            ("firm", "text", {"is_required": True, "maps_to": "company", "show_when": firm}),
            ("topics", "choices", {"options": "Prices\nSupport", "begins_step": "What it is about"}),
            ("rating", "rating", {"options": "low\nhigh"}),
            ("words", "long_text", {"begins_step": "Details", "help": "In a sentence or two."}),
        )
    ):
        FormField.objects.create(form=made, label=name.title(), name=name, kind=kind, sort_order=order, **more)
    page = LandingPage(title="In steps", slug="steps", intro="Three of them", form=made)
    HomePage.objects.get().add_child(instance=page)
    page.save_revision().publish()


if __name__ == "__main__":
    from leadwright.kit import terminal

    with terminal.installation():
        build(sys.argv[1])
