"""What the browser tells us about a page while somebody uses it."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import ConsoleMessage, Page, Request

WATCH_LAYOUT = """
window.layoutShifts = [];
new PerformanceObserver(list => {
  for (const shift of list.getEntries()) {
    if (!shift.hadRecentInput) window.layoutShifts.push(shift.value);
  }
}).observe({type: "layout-shift", buffered: true});
"""


@dataclass
class Witness:
    """What a page did while it was watched; layout shifts are noted in the page's ``window.layoutShifts``."""

    outside_requests: list[str] = field(default_factory=list)
    policy_violations: list[str] = field(default_factory=list)
    script_errors: list[str] = field(default_factory=list)
    failed_files: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        """Take down everything the page asks for, complains of or breaks."""
        page.add_init_script(WATCH_LAYOUT)
        page.on("request", self._on_request)
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.script_errors.append(str(error)))
        page.on(
            "response",
            lambda response: (
                self.failed_files.append(response.url)
                if response.status >= 400 and response.request.resource_type != "document"
                else None
            ),
        )

    def _on_request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in {"http", "https"} and parts.hostname != "127.0.0.1":
            self.outside_requests.append(request.url)

    def _on_console(self, message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            self.policy_violations.append(message.text)

    def saw_nothing_wrong(self) -> bool:
        """Whether the page kept to itself and to its policy, and nothing in it broke."""
        return not (self.outside_requests or self.policy_violations or self.script_errors or self.failed_files)
