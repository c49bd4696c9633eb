"""The words of findings, as the finders here use them; they live where every feature can reach them."""

from upsell.core.findings import Finding, Severity, advice, ok, problem

__all__ = ["Finding", "Severity", "advice", "ok", "problem"]
