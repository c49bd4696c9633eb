"""The one door to a numerical solver: HiGHS, as SciPy carries it. Nothing is loaded before the first question.

SciPy's public function builds a new problem for every question and answers in milliseconds; its binding keeps the
problem, so that the next question, with other limits, starts from the last answer and takes a tenth of that. Where the
binding is missing (it is not part of SciPy's promise), the public function answers instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import inf, isfinite
from typing import Any

from upsell.offers.solver.model import Model

TUNING = {
    "mip_heuristic_run_feasibility_jump": False,
    "mip_heuristic_run_rens": False,
    "mip_heuristic_run_rins": False,
    "mip_heuristic_run_root_reduced_cost": False,
    "mip_detect_symmetry": False,
}
"""What the solver tries beside dividing pays for large problems; on baskets it took half of the time (measured)."""

UNKNOWN = 10**15
"""A bound that says nothing."""

TOLERANCE = 1e-4
"""A bound may be wrong by so much of a minor unit and is still told rightly by the whole number below it."""


CHOSEN = 2
"""What the binding calls a whole choice that keeps to the limits."""

PUBLIC_OPTIMAL, PUBLIC_INFEASIBLE = 0, 2
"""What the public function calls an answer, and that there is none."""


class UnfinishedError(Exception):
    """The solver has stopped without an answer: out of time, or in trouble."""


@dataclass(frozen=True, slots=True)
class Answer:
    """How many of each column; no choice gives more than ``bound``; ``slack``: what one more of a column costs."""

    bound: float
    counts: list[float]
    slack: list[float]

    @property
    def whole_bound(self) -> int:
        """The bound as money."""
        if not isfinite(self.bound):  # stopped before it knew anything
            return UNKNOWN
        return int(self.bound + TOLERANCE + 1e-9 * abs(self.bound))


@cache
def _binding() -> Any | None:
    """Return SciPy's own binding of HiGHS; nothing where this SciPy has none."""
    try:
        from scipy.optimize._highspy import _core
    except ImportError:
        return None
    return _core if hasattr(_core, "_Highs") else None


@cache
def available() -> bool:
    """Say whether a solver can be loaded at all."""
    if _binding() is not None:
        return True
    try:
        from scipy.optimize import milp  # noqa: F401
    except ImportError:
        return False
    return True


class Table:
    """A model in the solver, to be asked again and again with other limits of its columns.

    After so many seconds in all the relaxed questions go unanswered.
    """

    def __init__(self, model: Model, seconds: float | None = None) -> None:
        self._model = model
        self._seconds = seconds
        self._lower = [0.0] * len(model.columns)
        self._upper = [float(column.upper) for column in model.columns]
        self._core = _binding()
        self._highs = self._loaded(whole=False, seconds=seconds) if self._core is not None else None

    @property
    def warm(self) -> bool:
        """Say whether the next question starts from the last answer."""
        return self._highs is not None

    def limit(self, column: int, lower: int, upper: int) -> None:
        """Ask from now on for no less and no more of a column than this."""
        self._lower[column], self._upper[column] = lower, upper
        if self._highs is not None:
            self._highs.changeColBounds(column, float(lower), float(upper))

    def relaxed(self) -> Answer | None:
        """Return the best choice if columns could be taken in parts; nothing if no choice keeps to the limits.

        It is an error of its own if the solver stops without knowing.
        """
        if self._highs is None:
            return self._public(whole=False, seconds=self._seconds)
        self._highs.run()
        return self._read(self._highs, whole=False)

    def whole(self, seconds: float | None) -> Answer | None:
        """Return the best choice of whole columns, as far as so many seconds go; nothing if nothing is known."""
        if self._highs is None:
            return self._public(whole=True, seconds=seconds)
        highs = self._loaded(whole=True, seconds=seconds)
        highs.run()
        return self._read(highs, whole=True)

    def _loaded(self, *, whole: bool, seconds: float | None) -> Any:
        import numpy as np

        core, model = self._core, self._model
        highs = core._Highs()  # type: ignore[union-attr]
        time_limit = inf if seconds is None else max(0.0, seconds)
        options: dict[str, Any] = {"output_flag": False, "threads": 1, "time_limit": time_limit}
        if whole:
            options |= {"mip_abs_gap": 0.99, "mip_rel_gap": 0.0, **TUNING}
        else:
            options |= {"presolve": "off", "solver": "simplex"}
        for name, value in options.items():
            highs.setOptionValue(name, value)
        starts, rows, weights = self._entries()
        table = core.HighsLp()  # type: ignore[union-attr]
        table.num_col_, table.num_row_ = len(model.columns), len(model.lower)
        table.col_cost_ = np.array([-float(column.gain) for column in model.columns])
        table.col_lower_, table.col_upper_ = np.array(self._lower), np.array(self._upper)
        table.row_lower_, table.row_upper_ = np.array(model.lower), np.array(model.upper)
        table.a_matrix_.format_ = core.MatrixFormat.kColwise  # type: ignore[union-attr]
        table.a_matrix_.num_col_, table.a_matrix_.num_row_ = table.num_col_, table.num_row_
        table.a_matrix_.start_, table.a_matrix_.index_, table.a_matrix_.value_ = starts, rows, weights
        if whole:
            table.integrality_ = [core.HighsVarType.kInteger] * table.num_col_  # type: ignore[union-attr]
        highs.passModel(table)
        return highs

    def _entries(self) -> tuple[list[int], list[int], list[float]]:
        starts, rows, weights = [0], [], []
        for column in self._model.columns:
            for row, weight in column.rows:
                rows.append(row)
                weights.append(float(weight))
            starts.append(len(rows))
        return starts, rows, weights

    def _read(self, highs: Any, *, whole: bool) -> Answer | None:
        status = self._core.HighsModelStatus  # type: ignore[union-attr]
        found = highs.getModelStatus()
        info = highs.getInfo()
        if whole:
            chosen = info.primal_solution_status == CHOSEN
            counts = list(highs.getSolution().col_value) if chosen else [0.0] * len(self._model.columns)
            return Answer(-info.mip_dual_bound, counts, [])
        if found == status.kInfeasible:
            return None
        if found != status.kOptimal:
            raise UnfinishedError
        solution = highs.getSolution()
        return Answer(-info.objective_function_value, list(solution.col_value), list(solution.col_dual))

    def _public(self, *, whole: bool, seconds: float | None) -> Answer | None:
        import numpy as np
        from scipy.optimize import Bounds, LinearConstraint, milp
        from scipy.sparse import csc_array

        model = self._model
        starts, rows, weights = self._entries()
        matrix = csc_array((weights, rows, starts), shape=(len(model.lower), len(model.columns)))
        options: dict[str, Any] = {"mip_rel_gap": 0.0}
        if seconds is not None:
            options["time_limit"] = seconds
        result = milp(
            -np.array([float(column.gain) for column in model.columns]),
            integrality=np.full(len(model.columns), int(whole)),
            bounds=Bounds(np.array(self._lower), np.array(self._upper)),
            constraints=LinearConstraint(matrix, np.array(model.lower), np.array(model.upper)),
            options=options,
        )
        if not whole and result.status not in (PUBLIC_OPTIMAL, PUBLIC_INFEASIBLE):
            raise UnfinishedError
        if result.x is None:
            return None
        bound = result.mip_dual_bound if whole else result.fun
        bound = -inf if bound is None else bound
        return Answer(-bound, result.x.tolist(), [])
