"""The bundled data sets."""

from __future__ import annotations

import importlib.resources
import shutil

import numpy as np
import pytest

from tests.support.processes import copy_of_the_package, run
from tinynet.datasets import breast_cancer, diabetes, digits

BUNDLED = [breast_cancer, digits, diabetes]
SHAPES = {
    breast_cancer: ((455, 30), (114, 30)),
    digits: ((1437, 8, 8), (360, 8, 8)),
    diabetes: ((353, 10), (89, 10)),
}


@pytest.mark.parametrize("module", BUNDLED)
def test_a_bundled_set_loads_in_keras_form(module):
    (x_train, y_train), (x_test, y_test) = module.load_data()
    assert (x_train.shape, x_test.shape) == SHAPES[module]
    assert y_train.shape == x_train.shape[:1]
    assert y_test.shape == x_test.shape[:1]


@pytest.mark.parametrize("module", BUNDLED)
def test_the_same_seed_gives_the_same_split_and_another_seed_another(module):
    (first, _), _ = module.load_data(seed=5)
    (again, _), _ = module.load_data(seed=5)
    (other, _), _ = module.load_data(seed=6)
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("module", BUNDLED)
def test_loading_leaves_the_global_generator_alone(module):
    before = np.random.get_state()[1].copy()  # noqa: NPY002 - the legacy global state is what must not move
    module.load_data()
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002


@pytest.mark.parametrize("module", BUNDLED)
def test_every_sample_is_in_exactly_one_part(module):
    (whole, targets), (empty, _) = module.load_data(test_split=0.0)
    (x_train, y_train), (x_test, y_test) = module.load_data(test_split=0.3)
    assert len(empty) == 0
    assert len(x_train) == int(len(whole) * (1 - 0.3))
    np.testing.assert_array_equal(np.concatenate([x_train, x_test]), whole)
    np.testing.assert_array_equal(np.concatenate([y_train, y_test]), targets)


@pytest.mark.parametrize("module", BUNDLED)
@pytest.mark.parametrize("test_split", [-0.1, 1.0, 20])
def test_an_impossible_test_split_is_refused(module, test_split):
    with pytest.raises(ValueError, match="test_split"):
        module.load_data(test_split=test_split)


def test_breast_cancer_has_its_published_class_counts_and_names():
    (_, y), _ = breast_cancer.load_data(test_split=0)
    counts = dict(zip(breast_cancer.get_label_names(), np.bincount(y), strict=True))
    assert counts == {"malignant": 212, "benign": 357}
    assert len(set(breast_cancer.get_feature_names())) == 30


def test_digits_are_bytes_from_0_to_16_of_ten_classes():
    (x, y), _ = digits.load_data(test_split=0)
    assert x.dtype == np.uint8
    assert y.dtype == np.int64
    assert (x.min(), x.max()) == (0, 16)
    assert np.bincount(y).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]


def test_diabetes_targets_have_their_published_mean():
    (x, y), _ = diabetes.load_data(test_split=0)
    assert y.mean() == pytest.approx(152.13348416289594)
    assert x.shape[1] == len(diabetes.get_feature_names())


def test_the_bundled_sets_hold_what_scikit_learn_ships():
    sklearn_datasets = pytest.importorskip("sklearn.datasets")
    order = np.arange(569)
    np.random.RandomState(113).shuffle(order)
    theirs = sklearn_datasets.load_breast_cancer()
    (x, y), _ = breast_cancer.load_data(test_split=0)
    np.testing.assert_array_equal(x, theirs.data[order])
    np.testing.assert_array_equal(y, theirs.target[order])
    assert breast_cancer.get_feature_names() == tuple(theirs.feature_names)
    assert breast_cancer.get_label_names() == tuple(theirs.target_names)


def test_the_licence_travels_with_the_data():
    licence = importlib.resources.files("tinynet.datasets") / "bundled" / "LICENSE-scikit-learn.txt"
    assert "BSD 3-Clause" in licence.read_text()


def test_they_load_from_a_zip_file(tmp_path):
    copy_of_the_package(tmp_path / "package")
    file = shutil.make_archive(str(tmp_path / "tinynet"), "zip", tmp_path / "package")
    code = """
        from tinynet import datasets

        assert ".zip" in datasets.__file__
        for one in (datasets.breast_cancer, datasets.digits, datasets.diabetes):
            print(len(one.load_data()[0][0]), end=" ")
    """
    assert run(code, folder=file, TINYNET_CACHE_DIR=tmp_path) == "455 1437 353"
