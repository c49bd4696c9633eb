"""The matrix of supported versions: ``make matrix``.

Every session installs the pinned requirements of its Python, then the Django it is about. The interpreters must be
installed; none is downloaded.
"""

import nox

nox.options.default_venv_backend = "uv|virtualenv"
nox.options.error_on_missing_interpreters = True

SUPPORTED = [("3.11", "5.2"), ("3.12", "5.2"), ("3.12", "6.0"), ("3.12", "6.1"), ("3.13", "5.2"), ("3.13", "6.1")]


@nox.session
@nox.parametrize(
    ("python", "django"), SUPPORTED, ids=[f"python{python}-django{django}" for python, django in SUPPORTED]
)
def tests(session: nox.Session, django: str) -> None:
    """Run the suite, but for the browser, and check the migrations."""
    session.install("-r", "requirements/dev.txt")
    session.install(f"Django~={django}.0")
    session.run("python", "-m", "pytest", "-m", "not browser and not slow", *session.posargs)
    session.run("python", "manage.py", "makemigrations", "--check", "--dry-run", "upsell")
