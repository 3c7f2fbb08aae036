"""Texts and pictures out of folders, pictures as arrays, and runs of series: as Keras has them."""

from __future__ import annotations

import numpy as np
import pytest

import tinynet

PIXELS = np.random.default_rng(0).integers(0, 256, (6, 4, 5, 3)).astype("uint8")


@pytest.fixture(autouse=True)
def as_keras():
    with tinynet.install_as_keras():
        yield


@pytest.fixture
def texts(tmp_path):
    for name in ("bad", "good"):
        (tmp_path / name).mkdir()
        for number in range(5):
            (tmp_path / name / f"{number}.txt").write_text(f"{name} {number}")
    return tmp_path


def test_texts_are_read_with_the_number_of_their_folder(texts, capsys):
    import tensorflow as tf

    data = tf.keras.utils.text_dataset_from_directory(texts, batch_size=4)
    assert "Found 10 files belonging to 2 classes." in capsys.readouterr().out
    assert data.class_names == ["bad", "good"]
    assert len(data) == 3
    seen = {str(text): int(label) for batch, labels in data for text, label in zip(batch, labels, strict=True)}
    assert seen == {f"{name} {n}": number for number, name in enumerate(["bad", "good"]) for n in range(5)}
    for batch, labels in data.take(1):
        assert labels.numpy().shape == (4,)
        assert str(batch.numpy()[0])[:3] in ("bad", "goo")


def test_texts_are_held_back_for_validation(texts):
    from keras.utils import text_dataset_from_directory

    options = {"validation_split": 0.3, "seed": 1, "batch_size": None, "label_mode": None}
    train, test = (text_dataset_from_directory(texts, subset=part, **options) for part in ("training", "validation"))
    both = text_dataset_from_directory(texts, subset="both", **options)
    parts = [sorted(map(str, part)) for part in (train, test)]
    assert [len(part) for part in parts] == [7, 3]
    assert not set(parts[0]) & set(parts[1])
    assert [sorted(map(str, part)) for part in both] == parts
    with pytest.raises(ValueError, match="must be set together"):
        text_dataset_from_directory(texts, subset="training")
    with pytest.raises(FileNotFoundError, match="no folder"):
        text_dataset_from_directory(texts / "nowhere")


@pytest.mark.parametrize(
    ("mode", "label"), [("int", 1), ("binary", [1.0]), ("categorical", [0.0, 1.0])], ids=["int", "binary", "one-hot"]
)
def test_labels_have_the_form_that_is_asked_for(texts, mode, label):
    from keras.utils import text_dataset_from_directory

    data = text_dataset_from_directory(texts, label_mode=mode, shuffle=False, batch_size=None)
    assert [labels.tolist() for _, labels in data][-1] == label


def test_a_network_is_trained_on_a_folder_of_texts(texts):
    import tensorflow as tf
    from keras import layers

    data = tf.keras.utils.text_dataset_from_directory(texts, batch_size=4)
    vectors = layers.TextVectorization(output_sequence_length=2)
    vectors.adapt(data.map(lambda x, y: x))
    ready = data.map(lambda x, y: (vectors(x), y)).cache().prefetch(buffer_size=tf.data.AUTOTUNE)
    model = tf.keras.Sequential([layers.Embedding(12, 4), layers.Flatten(), layers.Dense(1, "sigmoid")])
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    history = model.fit(ready, epochs=60, verbose=0)
    assert history.history["accuracy"][-1] == 1


def test_pictures_are_what_keras_makes_of_them(tmp_path):
    tinynet.install_as_keras().uninstall()
    pytest.importorskip("PIL")
    theirs = pytest.importorskip("keras").utils
    path = tmp_path / "a.png"
    theirs.save_img(path, PIXELS[0], scale=False)
    cases = [
        {},
        {"color_mode": "grayscale"},
        {"target_size": (3, 2)},
        {"target_size": (8, 9), "keep_aspect_ratio": True},
    ]
    cases += [{"target_size": (2, 3), "interpolation": "bilinear", "color_mode": "rgba"}]
    expected = [theirs.img_to_array(theirs.load_img(path, **case)) for case in cases]
    back = np.asarray(theirs.array_to_img(PIXELS[0] / 300.0))
    with tinynet.install_as_keras():
        from keras.preprocessing import image
        from keras.utils import array_to_img

        for case, value in zip(cases, expected, strict=True):
            np.testing.assert_array_equal(image.img_to_array(image.load_img(path, **case)), value)
        np.testing.assert_array_equal(np.asarray(array_to_img(PIXELS[0] / 300.0)), back)
        image.save_img(tmp_path / "b.png", PIXELS[0], scale=False)
        np.testing.assert_array_equal(image.img_to_array(image.load_img(tmp_path / "b.png")), PIXELS[0])
        with pytest.raises(ValueError, match="`color_mode` must be one of"):
            image.load_img(path, color_mode="cmyk")


def test_batches_of_pictures_are_scaled_centred_and_turned_over():
    from keras.preprocessing.image import ImageDataGenerator

    x, y = ImageDataGenerator(rescale=1 / 255).flow(PIXELS, np.arange(6), batch_size=4, shuffle=False)[1]
    np.testing.assert_allclose(x, PIXELS[4:] / 255, rtol=1e-6)
    assert y.tolist() == [4, 5]
    made = ImageDataGenerator(samplewise_center=True, samplewise_std_normalization=True)
    one = made.flow(PIXELS, shuffle=False)[0][0]
    np.testing.assert_allclose([one.mean(), one.std()], [0, 1], atol=1e-5)
    made = ImageDataGenerator(featurewise_center=True, featurewise_std_normalization=True)
    made.fit(PIXELS)
    whole = made.flow(PIXELS, shuffle=False)[0]
    np.testing.assert_allclose(whole.mean(axis=(0, 1, 2)), 0, atol=1e-4)
    turned = ImageDataGenerator(horizontal_flip=True).flow(PIXELS, shuffle=False, seed=0)[0]
    as_they_were = [np.array_equal(a, b) for a, b in zip(turned, PIXELS, strict=True)]
    turned_over = [np.array_equal(a, b[:, ::-1]) for a, b in zip(turned, PIXELS, strict=True)]
    assert all(a or b for a, b in zip(as_they_were, turned_over, strict=True))
    assert any(as_they_were)
    assert any(turned_over)


def test_a_part_is_held_back_and_batches_go_on_without_end():
    from keras.preprocessing.image import ImageDataGenerator

    made = ImageDataGenerator(validation_split=0.5)
    train, test = (made.flow(PIXELS, np.arange(6), 2, subset=part, seed=0) for part in ("training", "validation"))
    assert (train.n, test.n, len(train)) == (3, 3, 2)
    assert sorted(np.concatenate([next(train)[1], train.next()[1]]).tolist()) == [3, 4, 5]
    assert len(next(train)[0]) == 2


def test_a_network_is_trained_on_batches_of_pictures(tmp_path):
    pytest.importorskip("PIL")
    import keras
    from keras.preprocessing.image import ImageDataGenerator, save_img

    for name in ("dark", "light"):
        (tmp_path / name).mkdir()
        for number in range(4):
            save_img(tmp_path / name / f"{number}.png", PIXELS[number] // (4 if name == "dark" else 1), scale=False)
    batches = ImageDataGenerator(rescale=1 / 255).flow_from_directory(
        tmp_path, target_size=(4, 5), class_mode="binary", batch_size=3, seed=0
    )
    assert batches.class_indices == {"dark": 0, "light": 1}
    assert batches.samples == 8
    model = keras.Sequential([keras.layers.Flatten(input_shape=(4, 5, 3)), keras.layers.Dense(1, "sigmoid")])
    model.compile(keras.optimizers.Adam(0.05), "binary_crossentropy", metrics=["accuracy"])
    history = model.fit(batches, epochs=30, verbose=0)
    assert history.history["accuracy"][-1] == 1
    data = keras.utils.image_dataset_from_directory(tmp_path, image_size=(4, 5), batch_size=8)
    ((x, y),) = list(data)
    assert (x.shape, y.sum()) == ((8, 4, 5, 3), 4)


def test_what_needs_neighbouring_pixels_is_refused():
    from keras.preprocessing.image import ImageDataGenerator

    with pytest.raises(ValueError, match=r"does not turn, shift, zoom .* Leave `rotation_range` out"):
        ImageDataGenerator(rotation_range=20)
    with pytest.raises(TypeError, match="takes no `rotations`"):
        ImageDataGenerator(rotations=20)
    ImageDataGenerator(rotation_range=0, fill_mode="nearest")
    with pytest.raises(ValueError, match="4 axes"):
        ImageDataGenerator().flow(PIXELS[0])


def test_runs_of_a_series_are_cut_out():
    from keras.preprocessing.sequence import TimeseriesGenerator
    from keras.utils import timeseries_dataset_from_array

    series = np.arange(10.0)
    data = timeseries_dataset_from_array(series, series[3:] * 10, sequence_length=3, batch_size=4)
    (x, y), last = list(data)
    assert x.numpy().tolist() == [[0, 1, 2], [1, 2, 3], [2, 3, 4], [3, 4, 5]]
    assert y.numpy().tolist() == [30, 40, 50, 60]
    assert len(last[0]) == 3
    every = timeseries_dataset_from_array(series, None, 2, sequence_stride=3, sampling_rate=2, batch_size=None)
    assert [run.tolist() for run in every] == [[0, 2], [3, 5], [6, 8]]
    # the example of Keras 2's documentation
    data = np.arange(50)[:, None]
    batches = TimeseriesGenerator(data, data, length=10, sampling_rate=2, batch_size=2)
    assert len(batches) == 20
    x, y = batches[0]
    assert x[..., 0].tolist() == [[0, 2, 4, 6, 8], [1, 3, 5, 7, 9]]
    assert y.tolist() == [[10], [11]]


def test_rows_of_an_hdf5_file_are_read(tmp_path):
    h5py = pytest.importorskip("h5py")
    from keras.utils.io_utils import HDF5Matrix

    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["x"] = np.arange(10)
    assert HDF5Matrix(tmp_path / "a.h5", "x", 2, 5, lambda x: x * 2).tolist() == [4, 6, 8]
