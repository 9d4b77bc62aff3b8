"""A model in a folder is exactly what was written, or an error that says what is wrong."""

from __future__ import annotations

import hashlib
import json
import pickle

import numpy as np
import pytest

from gpdht.errors import GpdhtError, ModelError
from gpdht.registry.folder import check_new_folder, load_model, save_model
from gpdht.registry.model import Model


@pytest.fixture
def folder(model, tmp_path):
    return save_model(tmp_path / "model", model)


def all_pairs(num_genes):
    tf_P, target_P = np.divmod(np.arange(num_genes**2), num_genes)
    return tf_P, target_P


def change_index(folder, *, sign, **changes):
    """Edit `model.json`; with `sign`, its digest too, as a later writer would have."""
    path = folder / "model.json"
    content = json.loads(path.read_text()) | changes
    if sign:
        del content["sha256"]
        text = json.dumps(content, sort_keys=True)
        content["sha256"] = hashlib.sha256(text.encode()).hexdigest()
    path.write_text(json.dumps(content))


def test_scores_are_the_same_bit_for_bit_after_a_round_trip(model, dataset, folder):
    pairs = all_pairs(dataset.num_genes)
    loaded = load_model(folder)
    before, after = model.score(dataset, *pairs), loaded.score(dataset, *pairs)
    assert before.dtype == np.float32
    assert before.tobytes() == after.tobytes()


def test_everything_else_comes_back_too(model, folder):
    loaded = load_model(folder)
    assert loaded.config == model.config
    assert [r.config.train.seed for r in loaded.replicates] == [3, 4]
    assert (loaded.genes == model.genes).all()
    assert (loaded.cells == model.cells).all()
    assert (loaded.tfs == model.tfs).all()
    assert loaded.net.equals(model.net)
    assert (loaded.data, loaded.epochs, loaded.card) == (model.data, model.epochs, model.card)


def test_the_score_is_the_mean_of_the_replicates(model, dataset):
    pairs = all_pairs(dataset.num_genes)
    single = [replicate.score(*pairs) for replicate in model.replicates]
    assert not np.allclose(single[0], single[1])
    expected = (single[0].astype(float) + single[1]) / 2
    np.testing.assert_allclose(model.score(dataset, *pairs), expected, rtol=1e-6)


def test_a_model_saved_after_loading_is_the_same_files(folder, tmp_path):
    again = save_model(tmp_path / "again", load_model(folder))
    assert {p.name: p.read_bytes() for p in again.iterdir()} == {
        p.name: p.read_bytes() for p in folder.iterdir()
    }


def test_a_changed_byte_of_a_tensor_is_found(folder):
    path = folder / "replicate-1.safetensors"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(ModelError, match=r"replicate-1\.safetensors: .* not what was written"):
        load_model(folder)


def test_a_truncated_tensor_file_is_found(folder):
    path = folder / "replicate-0.safetensors"
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(ModelError, match="100 bytes that are not what was written"):
        load_model(folder)


@pytest.mark.parametrize("name", ["replicate-0.safetensors", "model.json"])
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()
    with pytest.raises(ModelError, match=name.replace(".", r"\.")):
        load_model(folder)


def test_an_edited_index_is_found(folder):
    change_index(folder, sign=False, epochs=99)
    with pytest.raises(ModelError, match="changed after it was written"):
        load_model(folder)


def test_an_index_that_is_no_json_is_found(folder):
    (folder / "model.json").write_text('{"format": 1,')
    with pytest.raises(ModelError, match="cannot be read"):
        load_model(folder)


def test_a_newer_format_says_which_version_to_install(folder):
    change_index(folder, sign=True, format=99, gpdht="9.1")
    with pytest.raises(ModelError, match=r"written by gpdht 9\.1; .* reads format 4"):
        load_model(folder)


def test_settings_that_this_version_does_not_know_are_named(folder):
    config = json.loads((folder / "model.json").read_text())["config"]
    change_index(folder, sign=True, config={**config, "encoder.spin": 1})
    with pytest.raises(ModelError, match=r'"encoder\.spin"'):
        load_model(folder)


def test_a_pickle_is_never_unpickled(folder, tmp_path):
    class Harmful:
        def __reduce__(self):
            return (open, (str(tmp_path / "ran"), "w"))

    data = pickle.dumps(Harmful())
    (folder / "replicate-0.safetensors").write_bytes(data)
    files = json.loads((folder / "model.json").read_text())["files"]
    files["replicate-0.safetensors"] = hashlib.sha256(data).hexdigest()
    change_index(folder, sign=True, files=files)
    with pytest.raises(ModelError, match="no safetensors file"):
        load_model(folder)
    assert not (tmp_path / "ran").exists()


def test_tensors_of_another_config_are_refused(folder):
    config = json.loads((folder / "model.json").read_text())["config"]
    change_index(folder, sign=True, config={**config, "encoder.dim": 16})
    with pytest.raises(ModelError, match="do not fit its config"):
        load_model(folder)


def test_a_failed_write_leaves_nothing(model, tmp_path, monkeypatch):
    monkeypatch.setattr("gpdht.registry.folder._digest", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        save_model(tmp_path / "model", model)
    assert list(tmp_path.iterdir()) == []


def test_an_existing_model_is_not_overwritten(model, folder):
    with pytest.raises(GpdhtError, match="exists already"):
        save_model(folder, model)
    with pytest.raises(GpdhtError, match="does not exist"):
        check_new_folder(folder / "no" / "model")


def test_other_expression_is_refused_and_another_edge_list_is_not(model, dataset):
    from dataclasses import replace

    fewer = replace(dataset, net=dataset.net.head(10))
    assert fewer.fingerprint != dataset.fingerprint
    model.score(fewer, np.array([0]), np.array([1]))
    other = replace(dataset, expression=dataset.expression * 2, name="doubled")
    with pytest.raises(ModelError, match='"doubled" has 30 genes × 20 cells, other values'):
        model.score(other, np.array([0]), np.array([1]))
    renamed = replace(
        dataset,
        genes=np.array([f"N{gene}" for gene in dataset.genes]),
        net=dataset.net[["source", "target"]].map(lambda gene: f"N{gene}"),
    )
    with pytest.raises(ModelError, match=r'0 of its genes are the model\'s \("NTF'):
        model.check_fits(renamed)


def test_a_model_of_no_known_origin_is_told_from_one_of_ours(tmp_path):
    (tmp_path / "model.json").write_text('{"weights": []}')
    with pytest.raises(ModelError, match="is no model of gpdht"):
        load_model(tmp_path)


def test_a_model_has_replicates(fitted, dataset):
    assert len(Model.of(fitted[:1], dataset, epochs=1).replicates) == 1
