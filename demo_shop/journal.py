"""Remembers which stages of the demo shop are built: a second run starts in seconds, a killed one goes on."""

import json
from datetime import date
from pathlib import Path
from typing import Any

NAME = "demo.json"


class Journal:
    """A small file beside the database. Every change replaces it as a whole, so it is never half-written."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME
        try:
            self._facts: dict[str, Any] = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            self._facts = {}

    @property
    def plan(self) -> dict[str, Any] | None:
        """What is being built here; ``None`` in an empty folder."""
        return self._facts.get("plan")

    def begin(self, plan: dict[str, Any], today: date) -> None:
        """Note what is going to be built, and on which day its history ends."""
        self._facts = {"plan": plan, "today": today.isoformat(), "done": []}
        self._write()

    @property
    def today(self) -> date:
        """The day after the last day of the history."""
        return date.fromisoformat(self._facts["today"])

    def move_to(self, today: date) -> None:
        """Note that the history was moved, and what was learned from it is out of date."""
        self._facts["today"] = today.isoformat()
        self._write()

    def is_done(self, stage: str) -> bool:
        """Say whether the stage was finished."""
        return stage in self._facts["done"]

    def finish(self, stage: str) -> None:
        """Note that the stage is finished."""
        if not self.is_done(stage):
            self._facts["done"].append(stage)
            self._write()

    def reopen(self, stage: str) -> None:
        """Note that the stage has to be done again."""
        if self.is_done(stage):
            self._facts["done"].remove(stage)
            self._write()

    def forget(self) -> None:
        """Drop the plan: whatever comes next begins anew."""
        self._facts = {}
        self._path.unlink(missing_ok=True)

    def _write(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._path.with_suffix(".tmp")
        draft.write_text(json.dumps(self._facts, indent=2) + "\n", encoding="utf-8")
        draft.replace(self._path)
