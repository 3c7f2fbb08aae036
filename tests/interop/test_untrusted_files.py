"""Keras's files that nobody vouches for: a model or a ValueError that names the file, and no memory beyond its own."""

from __future__ import annotations

import io
import json
import random
import tracemalloc
import zipfile

import h5py
import numpy as np
import pytest

from tests.support.mutations import members_of, mutated, npz_of
from tests.support.nets import classifier, unchanged
from tinynet import config, models


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Return the contents of good files by their endings."""
    folder, found = tmp_path_factory.mktemp("models"), {}
    model = classifier(optimizer="adam")
    model.name = "sequential"
    for layer, name in zip(model.layers, ("one", "two"), strict=True):
        layer.name = name
    for ending in (".keras", ".h5", ".weights.h5"):
        (model.save_weights if ending == ".weights.h5" else model.save)(folder / f"m{ending}")
        found[ending] = (folder / f"m{ending}").read_bytes()
    return found


def edited(content, edit):
    """Return an HDF5 file after a change."""
    file = io.BytesIO(content)
    with h5py.File(file, "a") as root:
        edit(root)
    return file.getvalue()


def in_keras(content, **members):
    """Return a .keras file with other members, given as functions of what they were."""
    names = {"config": "config.json", "weights": "model.weights.h5"}
    changes = {names[key]: change for key, change in members.items()}
    return npz_of([(n, changes[n](c) if n in changes else c) for n, c in members_of(content)])


KERNEL = {".keras": "layers/dense/vars/0", ".h5": "model_weights/one/sequential/one/kernel"}


def replaced(root, place, **made):
    del root[place]
    root.create_dataset(place, **made)


def with_layer(text, **changes):
    """Return a model's description with other arguments of its first dense layer."""
    found = json.loads(text)
    layer = found["config"]["layers"][1]
    layer["class_name"] = changes.pop("class_name", layer["class_name"])
    layer["config"].update(changes)
    return json.dumps(found)


def kernels():
    """Yield changes of where the first kernel stands, and what is said of them."""
    yield {"shape": (10**6, 10**6), "dtype": "f4", "chunks": (1000, 1000)}, "more than a file of this size may hold"
    yield {"shape": (40_000_000,), "dtype": "f4", "compression": "gzip"}, "more than a file of this size may hold"
    yield {"data": np.array(["a"], dtype=object), "dtype": h5py.string_dtype()}, "holds object"
    yield {"shape": (4, 5), "dtype": "f4", "external": [("/etc/hostname", 0, 80)]}, "elsewhere"
    yield {"data": np.zeros((5, 4), "f4")}, r"has shape \(5, 4\), and its layer needs \(4, 5\)"
    yield {"shape": (4, 5), "dtype": "c8"}, "holds complex64"


def layers():
    """Yield changes of a layer's description, and what is said of them."""
    yield {"units": 10**15}, r"has shape \(4, 5\), and its layer needs \(4, 1000000000000000\)"
    yield {"class_name": "Conv2D"}, "Unknown layer: 'Conv2D'"
    yield {"class_name": "Lambda", "function": ["4wEAAAA=", None, None]}, "holds Python code, which is never run"
    yield {"activation": {"class_name": "__lambda__", "config": {"value": "4wEA"}}}, "which is never run"
    yield {"kernel_constraint": {"class_name": "__lambda__", "config": {"value": "4wEA"}}}, "which is never run"
    yield {"dtype": {"class_name": "DTypePolicy", "config": {"name": "mixed_float16"}}}, "`dtype` must be"


def linked(target):
    """Return what puts a link in the place of the first kernel."""

    def edit(root, place):
        del root[place]
        root[place] = target

    return edit


def hostile(whole):
    """Yield files that are no models, their endings, and what loading each must say."""
    for made, words in kernels():
        yield ".h5", edited(whole[".h5"], lambda f, m=made: replaced(f, KERNEL[".h5"], **m)), words
        weights = lambda c, m=made: edited(c, lambda f: replaced(f, KERNEL[".keras"], **m))  # noqa: E731
        yield ".keras", in_keras(whole[".keras"], weights=weights), words
    for target in (h5py.ExternalLink("/etc/passwd", "/"), h5py.SoftLink("/model_weights/one")):
        yield ".h5", edited(whole[".h5"], lambda f, t=target: linked(t)(f, KERNEL[".h5"])), "of its own"
    for changes, words in layers():

        def other(root, changes=changes):
            root.attrs["model_config"] = with_layer(root.attrs["model_config"], **changes)

        yield ".h5", edited(whole[".h5"], other), words
        yield ".keras", in_keras(whole[".keras"], config=lambda c, o=changes: with_layer(c, **o)), words
    yield ".keras", npz_of(members_of(whole[".keras"])[:1]), "has no config.json and no model.weights.h5"
    yield ".keras", npz_of([*members_of(whole[".keras"]), ("config.json", "{}")]), "is there twice"
    yield ".keras", in_keras(whole[".keras"], config=lambda _: "[" * 100_000), "is not a .keras file"
    yield ".h5", whole[".weights.h5"], "has no model_config"
    yield ".h5", whole[".keras"], "is not a legacy .h5 file"
    yield ".keras", whole[".h5"], "is not a .keras file"
    yield ".keras", b"", "is not a .keras file"


def test_a_hostile_file_is_a_value_error_that_names_it_and_costs_no_memory(whole, tmp_path):
    before = config.generator().bit_generator.state
    tracemalloc.start()
    try:
        for number, (ending, content, words) in enumerate(hostile(whole)):
            path = tmp_path / f"m{ending}"
            path.write_bytes(content)
            with pytest.raises(ValueError, match=rf"(?s)m\{ending}.*{words}"):
                models.load_model(path)
            assert config.generator().bit_generator.state == before, number
        assert tracemalloc.get_traced_memory()[1] < 40e6
    finally:
        tracemalloc.stop()


def test_weights_that_do_not_fit_are_a_value_error_and_change_nothing(whole, tmp_path):
    model = classifier(seed=9)
    for ending, words in ((".weights.h5", r"w\.weights\.h5"), (".h5", r"w\.h5"), (".keras", r"w\.keras")):
        path = tmp_path / f"w{ending}"
        path.write_bytes(whole[ending])
        wider = classifier(units=7)
        with unchanged(wider), pytest.raises(ValueError, match=rf"(?s){words}.*has shape \(4, 7\)"):
            wider.load_weights(path)
        path.write_bytes(whole[ending][:-500])
        with unchanged(model), pytest.raises(ValueError, match=rf"{words} is not a file of this model's weights"):
            model.load_weights(path)
    with pytest.raises(FileNotFoundError, match=r"there is no file .*none\.weights\.h5"):
        model.load_weights(tmp_path / "none.weights.h5")


def test_damaged_files_end_in_a_model_or_a_value_error(whole, tmp_path):
    for ending in (".keras", ".h5"):
        path = tmp_path / f"m{ending}"
        for seed in range(40):
            content = whole[ending]
            path.write_bytes(mutated(content, random.Random(seed)) if ending == ".keras" else flipped(content, seed))
            try:
                models.load_model(path)
            except ValueError as error:
                assert path.name in str(error), seed  # noqa: PT017 - the file may also be as good as it was
    assert zipfile.is_zipfile(io.BytesIO(whole[".keras"]))


def flipped(content, seed):
    """Return a file in which some bytes are others."""
    rng, changed = random.Random(seed), bytearray(content)
    for _ in range(rng.choice([1, 4, 16])):
        changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed)


def test_a_heap_of_texts_that_never_ends_is_refused_before_it_is_read(whole, tmp_path):
    content = whole[".h5"]
    begin = content.index(b"GCOL")
    place, end = begin + 16, begin + int.from_bytes(content[begin + 8 : begin + 16], "little")
    while any(content[place : place + 2]):  # what is free comes last
        place += 16 + -(-int.from_bytes(content[place + 8 : place + 16], "little") // 8) * 8
    path = tmp_path / "m.h5"
    for size in (0, end - place - 32, 2**64 - 16):
        changed = bytearray(content)
        number = 0 if size < 2**63 else 1
        changed[place : place + 2] = number.to_bytes(2, "little")
        changed[place + 8 : place + 16] = size.to_bytes(8, "little")
        changed[place + 16 : end] = bytes(end - place - 16)
        path.write_bytes(changed)
        with pytest.raises(ValueError, match=r"m\.h5 is not .*: its heap of texts at byte \d+ is damaged"):
            models.load_model(path)
        model = classifier()
        with unchanged(model), pytest.raises(ValueError, match="its heap of texts"):
            model.load_weights(path)
