"""The demo shop as a thing to visit: building and serving it, and the ways through it that several tests take."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from playwright.sync_api import Locator, Page, expect

ROOT = Path(__file__).resolve().parent.parent.parent
MANAGE = [sys.executable, str(ROOT / "manage.py")]
START_SECONDS = 60


class ShopError(Exception):
    """The demo shop could not be built or served; the message ends with what it said."""


@contextmanager
def serve_demo_shop(folder: Path, *, scale: str) -> Iterator[str]:
    """Build a demo shop in ``folder`` and serve it on a free port; yields its address."""
    environment = {**os.environ, "UPSELL_DEMO_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "demo_shop.settings"}
    built = subprocess.run([*MANAGE, "demo", "--scale", scale], env=environment, capture_output=True, text=True)
    if built.returncode:
        raise ShopError(f"The demo shop could not be built:\n{built.stdout[-3000:]}\n{built.stderr[-3000:]}")
    port, log_path = _free_port(), folder / "server.log"
    command = [*MANAGE, "runserver", f"127.0.0.1:{port}", "--noreload"]
    with log_path.open("w") as log, subprocess.Popen(command, env=environment, stdout=log, stderr=log) as server:
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_until_served(url, server, log_path)
            yield url
        finally:
            server.terminate()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_served(url: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        try:
            with urlopen(url, timeout=START_SECONDS):
                return
        except URLError:
            time.sleep(0.2)
    raise ShopError(f"The demo shop does not answer:\n{log.read_text()[-3000:]}")
