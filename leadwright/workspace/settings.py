"""What people set for the whole workspace in the console: one row."""

from django.http import HttpRequest

from leadwright.workspace.models import Workspace


def current(request: HttpRequest | None = None) -> Workspace:
    """The workspace's row, made on first use; with a request it is read once for that request."""
    kept: Workspace | None = getattr(request, "workspace", None)
    if kept is None:
        kept = Workspace.objects.order_by("pk").first() or Workspace.objects.create(pk=1)
        if request is not None:
            request.workspace = kept  # type: ignore[attr-defined]
    return kept
