"""What a comparison was made of and what it cost, as parts of a page."""

from __future__ import annotations

from collections.abc import Iterable

from gpdht.comparison.chart_tables import ComparisonTables
from gpdht.config import Config
from gpdht.models.catalogue import title_of
from gpdht.presentation import Table, count, number, seconds
from gpdht.report.page import Command, Facts, Folded, Paragraph, Part


def fact_parts(tables: ComparisonTables) -> list[Part]:
    """Sets, splits, pairs, seeds, settings, versions and command."""
    about, results = tables.comparison.about, tables.comparison.results
    sets = [
        (
            name,
            one["name"],
            f"{one['cells']:,}",
            f"{one['genes']:,}",
            f"{one['known_tfs']:,}",
            f"{one['edges']:,}",
            one["fingerprint"][:12],
        )
        for name, one in about["sets"].items()
    ]
    header = ("set", "dataset", "cells", "genes", "TFs", "known edges", "fingerprint")
    versions = ", ".join(f"{name} {text}" for name, text in about["versions"].items())
    pairs = [
        ("Splits", _all(results["split"])),
        ("Candidate pairs", _all(results["universe"].dropna())),
        ("Negatives", _all(results["negatives"])),
        ("Folds", _all(results["folds"])),
        ("Seeds", _all(results["seed"])),
        ("Scores", "out of fold, pooled over folds, mean over seeds"),
        ("Settings", about["config_hash"]),
        ("Versions", versions),
    ]
    parts: list[Part] = [
        Table("The sets.", header, sets, words=(0, 1)),
        Facts([(name, value or "–") for name, value in pairs]),
    ]
    changed = _changed(about["config"])
    if changed:
        parts.append(Folded("Settings that differ from the defaults", [Facts(changed)]))
    if about.get("command"):
        parts += [Paragraph("The same comparison again:"), Command(about["command"])]
    return parts


def cost_parts(tables: ComparisonTables) -> list[Part]:
    """What each model cost, and which jobs did not complete."""
    if tables.costs.empty:
        return [Paragraph("No job has ended yet.")]
    rows = [
        (
            title_of(row.model),
            str(row.jobs),
            str(row.complete),
            seconds(row.seconds),
            number(row.memory_mb, 0),
        )
        for row in tables.costs.itertuples()
    ]
    failed = tables.failures
    ended_badly = float(_seconds(tables))
    total = float(tables.costs["seconds"].sum())
    text = (
        f"The jobs took {seconds(total)} in all, {seconds(ended_badly)} of it in jobs that failed."
    )
    header = ("model", "jobs", "complete", "time", "peak memory, MiB")
    parts: list[Part] = [
        Paragraph(text),
        Table("What each model cost, over all jobs.", header, rows),
    ]
    if failed.empty:
        return [*parts, Paragraph("No job failed.")]
    reasons = [
        (
            f"{row.set}, {row.split}, seed {row.seed}",
            title_of(row.model),
            row.state,
            row.error or "",
        )
        for row in failed.itertuples()
    ]
    caption = f"{count(len(failed), 'job')} did not complete, for these reasons."
    return [*parts, Table(caption, ("job", "model", "end", "reason"), reasons, words=(0, 1, 2, 3))]


def _seconds(tables: ComparisonTables) -> float:
    jobs = tables.comparison.results.drop_duplicates("job")
    return float(jobs.loc[jobs["state"] != "complete", "seconds"].sum())


def _changed(config: dict) -> list[tuple[str, str]]:
    defaults = Config().flat()
    return [
        (path, str(value))
        for path, value in config.items()
        if path in defaults and value != defaults[path]
    ]


def _all(values: Iterable) -> str:
    return ", ".join(str(value) for value in dict.fromkeys(values))
