"""Django's Tasks API wherever it lives: in Django from 6.0, in its backport before."""

try:
    from django.tasks import task
except ImportError:  # Django 5.2
    from django_tasks import task  # type: ignore[no-redef]

__all__ = ["task"]
