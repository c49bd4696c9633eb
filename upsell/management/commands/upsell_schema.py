"""Writes the description of the REST API."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from drf_spectacular.renderers import OpenApiYamlRenderer

from upsell.core.api.schema import openapi_strictly


class Command(BaseCommand):
    """``manage.py upsell_schema``: our addresses only, and only without a single warning."""

    help = "Write the OpenAPI description of upsell's REST API as YAML."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take a file to write to."""
        parser.add_argument("--file", type=Path, help="The file to write; without it, the standard output.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Describe, validate, write."""
        try:
            schema = openapi_strictly()
        except ValueError as error:
            raise CommandError(str(error)) from error
        renderer: Any = OpenApiYamlRenderer()
        text = renderer.render(schema, renderer_context={}).decode()
        file: Path | None = options["file"]
        if file is None:
            self.stdout.write(text, ending="")
            return
        try:
            file.write_text(text)
        except OSError as error:
            raise CommandError(f"{file} could not be written: {error.strerror}.") from error
        self.stdout.write(f"Wrote {file}.")
