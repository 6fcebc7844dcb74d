"""What networks make of glyphs, of ours and of others."""

from pathlib import Path

import numpy as np
import pytest

from ml.adapting import IMPORTED, OutputForm, adapted
from ml.artifacts import SHIPPED, Manifest, write_artifact
from ml.errors import ArtifactError
from ml.features import PROJECTED, features
from ml.training import compiled, write_model
from tests.ml.networks import PLAIN, known_digits, make_network

GLYPHS = known_digits().images[:40]
LABELS = known_digits().labels[:40]


@pytest.fixture(scope="module")
def imported(tmp_path_factory) -> Path:
    """An artefact of somebody else's network, with no output for what is no digit."""
    folder = tmp_path_factory.mktemp("imported") / "model"
    network = adapted(make_network(), (28, 28, 1), PLAIN, OutputForm.PROBABILITIES)
    manifest = Manifest(IMPORTED, temperature=1.0, sure_threshold=0.9)
    content = compiled(network, quantised=False)
    write_artifact(folder, manifest, lambda path: write_model(network, content, path))
    return folder


def test_many_values_become_fewer_and_as_large_as_the_last_part():
    seen, known = features(SHIPPED, GLYPHS[:3], GLYPHS)

    assert seen.shape == (3, PROJECTED + 11)
    assert known.dtype == np.float32
    assert known.mean(axis=0) == pytest.approx(0, abs=1e-4)
    assert seen == pytest.approx(known[:3], abs=1e-4)


def test_glyphs_of_one_digit_are_nearer_to_each_other():
    [seen] = features(SHIPPED, GLYPHS)

    distances = np.linalg.norm(seen[:, None] - seen[None], axis=2)
    same = LABELS[:, None] == LABELS[None]
    np.fill_diagonal(distances, np.nan)
    assert np.nanmedian(distances[same]) < 0.8 * np.nanmedian(distances[~same])


def test_the_network_of_others_is_looked_into_as_well(imported):
    [seen] = features(imported, GLYPHS)

    assert len(seen) == len(GLYPHS)
    assert np.isfinite(seen).all()


def test_a_damaged_artefact_is_refused(tmp_path):
    with pytest.raises(ArtifactError):
        features(tmp_path, GLYPHS)
