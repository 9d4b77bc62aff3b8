"""A folder that keeps what was asked and how it ended: a study, or a comparison."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Self

from gpdht.errors import StudyError
from gpdht.files import locked, write_text


@dataclass(frozen=True, eq=False)
class KeptFolder:
    """A folder with a JSON record; a subclass names the record's file and its format.

    Parameters
    ----------
    record : content of the file.
    """

    folder: Path
    record: dict[str, Any]

    RECORD: ClassVar[str]
    FORMAT: ClassVar[int]
    NOUN: ClassVar[str]

    @classmethod
    def exists_in(cls, folder: Path) -> bool:
        """Whether the folder has a record."""
        return (folder / cls.RECORD).is_file()

    @classmethod
    def read(cls, folder: Path) -> Self:
        """What the folder keeps; nothing is written.

        Raises
        ------
        StudyError
            If the record cannot be read, or is of another format.
        """
        path = folder / cls.RECORD
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise StudyError(
                f"{path}: cannot be read ({error}); restore the file, or start a new {cls.NOUN}."
            ) from error
        found = record.get("format") if isinstance(record, dict) else record
        if found != cls.FORMAT:
            raise StudyError(
                f"{path}: format {found!r}; this gpdht reads format {cls.FORMAT}. Open it with the "
                f"gpdht that made it, or start a new {cls.NOUN}."
            )
        return cls(folder, record)

    def update(self, **changes: Any) -> Self:
        """The same with a changed record, written to disk."""
        record = {"format": self.FORMAT, **self.record, **changes}
        write_text(self.folder / self.RECORD, json.dumps(record, indent=1) + "\n")
        return replace(self, record=record)

    def locked(self) -> AbstractContextManager[None]:
        """Keep other drivers out; see `gpdht.files.locked`.

        Raises
        ------
        StudyError
            If another driver runs it.
        """
        return locked(
            self.folder / "lock",
            lambda holder: StudyError(
                f'the {self.NOUN} "{self.folder.name}" is being run by {holder}; wait for it, '
                "stop it, or use another name or folder."
            ),
        )
