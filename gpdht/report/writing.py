"""The report of whatever a name or folder holds, written to a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gpdht.collection import paused_collection
from gpdht.comparison.result import Comparison
from gpdht.comparison.store import Store
from gpdht.comparison.tables import open_comparison
from gpdht.errors import StudyError
from gpdht.presentation import count
from gpdht.report.comparison import comparison_page
from gpdht.report.page import check_page_path, write_page
from gpdht.report.registered import find_registered
from gpdht.report.study import study_page
from gpdht.search.study import STUDIES, Study, open_study, study_names
from gpdht.search.study_tables import StudyTables


@paused_collection()
def write_report(
    what: str | Path,
    out: str | Path,
    *,
    studies: str | Path = STUDIES,
    tracking_uri: str | None = None,
) -> dict[str, Any]:
    """Write the page of a study or a comparison, whole or not at all.

    Parameters
    ----------
    what : a study's name or folder, or a comparison's folder.
    out : the page; an existing file is replaced.
    studies : folder in which names are looked up.
    tracking_uri : of the registry that has the model card; None for where the study is tracked.

    Returns
    -------
    `file`, `kind` (study or comparison), `name`, `finished`, `sections`, `charts`, `bytes`.

    Raises
    ------
    StudyError
        If it is neither a study nor a comparison.
    GpdhtError
        If the page cannot be written.
    TrackingError
        If the registry that was named cannot be reached.
    """
    out = Path(out)
    check_page_path(out)
    found = open_either(what, studies)
    if isinstance(found, Comparison):
        kind, page = "comparison", comparison_page(found)
        finished = found.is_finished
    else:
        kind, page = "study", study_page(found, find_registered(found, tracking_uri))
        finished = StudyTables(found).is_finished
    size = write_page(page, out)
    return {
        "file": str(out),
        "kind": kind,
        "name": page.title,
        "finished": finished,
        "sections": [section.title for section in page.sections if section.parts],
        "charts": len(page.figures()),
        "bytes": size,
    }


def open_either(what: str | Path, studies: str | Path = STUDIES) -> Study | Comparison:
    """The study or the comparison of a name or folder.

    Raises
    ------
    StudyError
        If it is neither.
    """
    folder = Path(what)
    if Store.exists_in(folder):
        return open_comparison(folder)
    places = (folder, Path(studies) / what)
    if not any(map(Study.exists_in, places)):
        names = study_names(studies)
        raise StudyError(
            f"{what}: neither a study nor a comparison ({_contents(folder)}). Expected the name "
            f"of a study in {Path(studies)} (found {', '.join(names) or 'none'}), a folder with "
            f"study.json, or the --out folder of `gpdht compare`, with {Store.RECORD}. Give one of "
            "these, or say with --studies where the studies are."
        )
    return open_study(what, studies)


def _contents(folder: Path) -> str:
    if not folder.exists():
        return "no such folder"
    if not folder.is_dir():
        return "a file"
    inside = sorted(path.name for path in folder.iterdir())
    return (
        f'a folder with {count(len(inside), "entry", "entries")}, e.g. "{inside[0]}"'
        if inside
        else "an empty folder"
    )
