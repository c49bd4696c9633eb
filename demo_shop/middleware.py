"""The demo shop's Content-Security-Policy: sent as a real header, the same on every Django version."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

STOREFRONT = "default-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
DASHBOARD = (  # Oscar's dashboard carries scripts and styles inside its pages
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; base-uri 'self'; form-action 'self'; frame-ancestors 'self'; object-src 'none'"
)


class ContentSecurityPolicyMiddleware:
    """Enforces ``default-src 'self'`` everywhere but on the pages that stand in Oscar's dashboard."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request and say what its page may load."""
        response = self.get_response(request)
        if settings.DEBUG and response.status_code in {404, 500}:
            return response  # Django's own pages about errors carry their looks inside
        in_dashboard = request.path.startswith((reverse("dashboard:index"), reverse("upsell:overview")))
        response.headers.setdefault("Content-Security-Policy", DASHBOARD if in_dashboard else STOREFRONT)
        return response
