"""A bare Oscar project with upsell in it: what a shop looks like on the evening it installs us.

SQLite in memory unless ``UPSELL_TEST_DATABASE_URL`` names a PostgreSQL server, such as
``postgresql://upsell@127.0.0.1:55432/upsell``.
"""

import os
import tempfile
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.urls import reverse_lazy

from demo_shop.settings import *  # noqa: F403
from demo_shop.settings import INSTALLED_APPS as DEMO_APPS
from demo_shop.settings import MIDDLEWARE as DEMO_MIDDLEWARE

ROOT_URLCONF = "tests.urls"
SECRET_KEY = "only-for-tests"
DEBUG = False
INSTALLED_APPS = [app for app in DEMO_APPS if app != "demo_shop"] + ["demo_shop"]  # behind Oscar: its theme stays off
MIDDLEWARE = [path for path in DEMO_MIDDLEWARE if not path.startswith("demo_shop.")]
SCRATCH = Path(tempfile.gettempdir()) / f"upsell-tests-{os.getpid()}"
MEDIA_ROOT = SCRATCH / "media"

if url := os.environ.get("UPSELL_TEST_DATABASE_URL"):
    parts = urlsplit(url)
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": parts.path.lstrip("/"),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": parts.hostname or "",
            "PORT": str(parts.port or ""),
        }
    }
else:
    DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}

HAYSTACK_CONNECTIONS = {"default": {"ENGINE": "haystack.backends.simple_backend.SimpleEngine"}}
HAYSTACK_SIGNAL_PROCESSOR = "haystack.signals.BaseSignalProcessor"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
LANGUAGE_CODE = "en-gb"
OSCAR_SHOP_NAME = "Test shop"
OSCAR_HOMEPAGE = reverse_lazy("catalogue:index")
