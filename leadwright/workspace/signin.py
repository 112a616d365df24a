"""How people sign in: by address and password with a second factor, or once by a signed link."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class Adapter(DefaultAccountAdapter):
    """Nobody signs up by himself; administrators invite."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Closed."""
        return False
