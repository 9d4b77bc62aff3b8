"""What was checked, and how it stands."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from gpdht.errors import GpdhtError

T = TypeVar("T")
State = Literal["passed", "warning", "failed", "not checked"]


@dataclass(frozen=True)
class Check:
    """One line: what was checked, how it stands, what was found.

    Parameters
    ----------
    remedy : what to do, where `found` does not say it.
    node : the node it is about, if about one.
    """

    name: str
    state: State
    found: str
    remedy: str = ""
    node: str | None = None


@dataclass
class Checks:
    """All checks so far; what depends on a failed one is not checked."""

    rows: list[Check] = field(default_factory=list)

    def attempt(
        self, name: str, work: Callable[..., tuple[T, str | Check]], *needs: object
    ) -> T | None:
        """The value that `work(*needs)` returns beside what it found; None if that failed.

        Parameters
        ----------
        needs : values of earlier checks; with a None among them `work` is not called.
        """
        made: list[T] = []

        def rows(*given: object) -> list[Check]:
            value, found = work(*given)
            made.append(value)
            return [found if isinstance(found, Check) else Check(name, "passed", found)]

        self.attempt_rows(name, rows, *needs)
        return made[0] if made else None

    def attempt_rows(self, name: str, work: Callable[..., Iterable[Check]], *needs: object) -> None:
        """The rows that `work(*needs)` gives, or one that says why it gives none."""
        if any(need is None for need in needs):
            self.skip(name, "needs what failed above")
            return
        try:
            self.add(work(*needs))
        except GpdhtError as error:
            self.add([Check(name, "failed", " ".join(str(error).split()))])

    def skip(self, name: str, why: str) -> None:
        """Say that something was not checked."""
        self.add([Check(name, "not checked", why)])

    def add(self, rows: Iterable[Check]) -> None:
        """Rows as they are."""
        self.rows += rows
