"""The console's Content-Security-Policy: scripts only from our own files.

Our own screens allow no inline script at all. Wagtail's editors start their widgets from inline scripts without a
nonce, so that pages which Wagtail's own views draw allow those; see docs/decisions/0008-the-console-s-door.md.
"""

from typing import Any

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.middleware import CSPMiddleware
from django.http import HttpRequest, HttpResponseBase

CONSOLE = "/app/"
STRICT: dict[str, Any] = {
    "default-src": [SELF],
    "script-src": [SELF],
    "style-src": [SELF, UNSAFE_INLINE],  # Plotly and the editors place things by style
    "img-src": [SELF, "data:", "blob:"],
    "font-src": [SELF, "data:"],
    "connect-src": [SELF],
    "frame-src": [SELF],
    "frame-ancestors": [SELF],
    "object-src": [NONE],
    "base-uri": [SELF],
    "form-action": [SELF],
}


def _is_drawn_by_wagtail(request: HttpRequest) -> bool:
    match = request.resolver_match
    view = getattr(match, "func", None)
    view = getattr(view, "view_class", view)
    return str(getattr(view, "__module__", "")).startswith(("wagtail", "generic_chooser"))


class ConsolePolicy(CSPMiddleware):
    """Sends the policy with the console's answers, and none with the public site's, which has its own."""

    def get_policy_parts(self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False) -> Any:
        """The policy that fits whoever drew the page."""
        parts = super().get_policy_parts(request, response, report_only)
        if report_only or not request.path_info.startswith(CONSOLE):
            return parts
        policy = dict(STRICT)
        if _is_drawn_by_wagtail(request):
            policy["script-src"] = [SELF, UNSAFE_INLINE]
        parts.config = policy
        return parts
