"""Where a search starts: the best points of earlier studies, on other data or in another space."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from gpdht.config import Config
from gpdht.errors import ConfigError, StudyError
from gpdht.search.space import Space
from gpdht.search.study import Study, eligible, open_study

POINTS = 3
"""How many of the best points of an earlier study are tried at most."""
IN_ALL = 4
"""How many points of few studies are tried; of many studies it is one of each."""


def find_start(
    sources: Sequence[str | Path], studies: str | Path, space: Space, protocol: dict[str, Any]
) -> dict[str, Any]:
    """The points that a new study takes from earlier ones, as its record keeps them.

    The best complete trials of each, first the winner of every study, then every second, and so
    on; equal points once, and none that is the reference or no valid configuration. Scores of
    different data are not compared, only their order within a study is used.

    Parameters
    ----------
    sources : names or folders of studies.
    protocol : of the new study; see `Study.record`.

    Returns
    -------
    `studies` (`name, id, dataset`) and `points` (`study, id, trial, values`).

    Raises
    ------
    StudyError
        If a study is not there, has no trial that may win, no setting of this space, or another
        objective or split: what is best there says little about what is best here.
    """
    earlier = [_opened(source, studies, space, protocol) for source in sources]
    tops = [list(_best_points(study, space)) for study in earlier]
    most = max(len(earlier), IN_ALL)
    points: list[dict[str, Any]] = []
    taken = [space.reference]
    for rank in range(POINTS):
        for point in (top[rank] for top in tops if rank < len(top)):
            if point["values"] not in taken and len(points) < most:
                taken.append(point["values"])
                points.append(point)
    return {"studies": [_named(study) for study in earlier], "points": points}


def check_same_start(study: Study, sources: Sequence[str | Path], studies: str | Path) -> None:
    """Refuse to resume a study from other studies than it began with; none are the same ones.

    One that was removed since is known by its name: its points are in the study.
    """
    begun = study.record.get("warm_start", {"studies": []})["studies"]
    by_name = {one["name"]: one for one in begun}
    given = []
    for source in sources:
        try:
            given.append(_named(open_study(source, studies)))
        except StudyError:
            if Path(source).name not in by_name:
                raise
            given.append(by_name[Path(source).name])
    if given and {one["id"] for one in given} != {one["id"] for one in begun}:
        names = ", ".join(one["name"] for one in begun) or "no earlier study"
        raise StudyError(
            f'study "{study.name}" began from {names}, not from '
            f"{', '.join(one['name'] for one in given)}; resume it without --warm-start, or use "
            "another --name."
        )


def describe_start(study: Study) -> list[str]:
    """Which points a study took from where, a line for each earlier study."""
    start = study.record.get("warm_start", {"studies": [], "points": []})
    lines = []
    for source in start["studies"]:
        numbers = [str(p["trial"]) for p in start["points"] if p["id"] == source["id"]]
        found = f"trials {', '.join(numbers)}" if numbers else "nothing that is not tried anyway"
        lines.append(f"from {source['name']} ({source['dataset']}): {found}")
    return lines


def _opened(
    source: str | Path, studies: str | Path, space: Space, protocol: dict[str, Any]
) -> Study:
    study = open_study(source, studies)
    there, here = study.space.objective.metric, space.objective.metric
    split = study.record["protocol"].get("cv.split")
    known = {*study.space.fixed, *(param.path for param in study.space.params)}
    why = None
    if there != here:
        why = f"its objective is {there}, not {here}, and another objective has another best point"
    elif split != protocol["cv.split"]:
        why = (
            f"its split is {split}, not {protocol['cv.split']}: what helps there, such as learning "
            "genes by heart, may harm here"
        )
    elif not known.intersection(param.path for param in space.params):
        why = "it has none of the settings that this space searches"
    elif eligible(study.trials()).empty:
        why = "none of its trials is complete and keeps its constraints"
    if why:
        raise StudyError(f'cannot start from study "{study.name}": {why}. Leave it out.')
    return study


def _best_points(study: Study, space: Space) -> Iterator[dict[str, Any]]:
    """The best trials of a study that are points of this space, at most `POINTS`."""
    trials = eligible(study.trials())
    scores = trials.set_index("number")["objective"].astype(float)
    order = scores.sort_values(ascending=space.objective.mode == "min", kind="stable").index
    seen: list[dict[str, Any]] = []
    for number in map(int, order):
        values = moved({**study.space.fixed, **study.values(number)}, space)
        if len(seen) < POINTS and values not in seen and _is_valid(values, space):
            seen.append(values)
            yield {"study": study.name, "id": study.record["id"], "trial": number, "values": values}


def moved(values: dict[str, Any], space: Space) -> dict[str, Any]:
    """A point of another space as the nearest point of this one.

    Numbers outside of a range are put on its end, steps are rounded to; what this space does not
    search is dropped. What is missing, or is no choice here, is as in the reference.
    """
    fallback = Config().flat() | (space.reference or {})
    point = dict(space.fixed)
    for param in space.params:
        if param.applies(point):
            value = values.get(param.path, fallback[param.path])
            fits = param.contains(value) or (param.kind != "choice" and _is_number(value))
            point[param.path] = param.nearest(value if fits else fallback[param.path])
    return {path: value for path, value in point.items() if path not in space.fixed}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_valid(values: dict[str, Any], space: Space) -> bool:
    try:
        space.config(values)
    except ConfigError:
        return False
    return True


def _named(study: Study) -> dict[str, str]:
    record = study.record
    return {"name": record["name"], "id": record["id"], "dataset": record["dataset"]["name"]}
