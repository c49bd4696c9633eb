"""What can be found out about a shop, each finding in plain words and with its cure.

A finder looks at one thing and yields what it found. It says ``ok`` when nothing is wrong, so that people see what was
looked at.
"""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding matters: it is fine, it could be better, or shoppers miss something because of it."""

    OK = "ok"
    ADVICE = "advice"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something found out: ``code`` names it for programs, ``message`` and ``cure`` tell people."""

    code: str
    severity: Severity
    message: str
    cure: str = ""


def ok(code: str, message: str) -> Finding:
    """Report that something is as it should be."""
    return Finding(code, Severity.OK, message)


def advice(code: str, message: str, cure: str) -> Finding:
    """Report what could be better."""
    return Finding(code, Severity.ADVICE, message, cure)


def problem(code: str, message: str, cure: str) -> Finding:
    """Report what shoppers miss something because of."""
    return Finding(code, Severity.PROBLEM, message, cure)


class Light(StrEnum):
    """The colour of a traffic light; never shown without its sentence."""

    ON = "on"
    WAITING = "waiting"
    BLOCKED = "blocked"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Effect:
    """What becomes today of something a merchant set up: a light and the sentence that explains it."""

    light: Light
    message: str
