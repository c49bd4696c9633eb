"""The API's description, and a page to read and try it, for staff."""

from typing import Any

from django.templatetags.static import static
from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiYamlRenderer
from rest_framework.negotiation import BaseContentNegotiation, DefaultContentNegotiation
from rest_framework.permissions import IsAdminUser
from rest_framework.renderers import BaseRenderer, TemplateHTMLRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from upsell.core.api.schema import describe, openapi
from upsell.core.api.views import Guarded

SIDECAR = "drf_spectacular_sidecar"


class SchemaView(Guarded):
    """The description in OpenAPI, as YAML or JSON."""

    permission_classes = (IsAdminUser,)
    renderer_classes: tuple[type[BaseRenderer], ...] = (OpenApiYamlRenderer, OpenApiJsonRenderer)
    content_negotiation_class: type[BaseContentNegotiation] = DefaultContentNegotiation

    @describe(exclude=True)
    def get(self, request: Request) -> Response:
        """Describe the API where it is mounted."""
        server = reverse("upsell-api:schema").removesuffix("schema/").rstrip("/")
        return Response(openapi(server or "/"))


class DocumentationView(Guarded):
    """Swagger UI, served by the shop itself."""

    permission_classes = (IsAdminUser,)
    renderer_classes: tuple[type[BaseRenderer], ...] = (TemplateHTMLRenderer,)

    @describe(exclude=True)
    def get(self, request: Request) -> Response:
        """Draw the page."""
        context: dict[str, Any] = {
            "schema_url": reverse("upsell-api:schema"),
            "style_url": static(f"{SIDECAR}/swagger-ui-dist/swagger-ui.css"),
            "script_url": static(f"{SIDECAR}/swagger-ui-dist/swagger-ui-bundle.js"),
        }
        return Response(context, template_name="upsell/api/documentation.html")
