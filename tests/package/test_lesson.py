"""The lesson holds every formula there is, once and in a readable order, and its last chapter is the engine's step."""

from __future__ import annotations

import ast
import inspect
import re

import numpy as np
import pytest

import tinynet
from tests.support.processes import run
from tinynet import __main__, activations, layers, lesson, losses, metrics, optimizers, regularizers
from tinynet.kernels.machine.jit import plain

#: The parts' classes, by the name of their chapter.
PARTS = {
    "activations": activations.CLASSES,
    "losses": losses.CLASSES,
    "metrics": {
        **{name: cls for name, cls in metrics.CLASSES.items() if name not in losses.CLASSES},
        **{name: cls for name, cls in metrics.OTHERS.items() if hasattr(cls, "kernels")},
    },
    "optimizers": optimizers.CLASSES,
    "regularizers": {**regularizers.CLASSES, "Dropout": layers.Dropout},
}


def forms(cls):
    """Return the tuples of formulas that a class has: each is told in one breath."""
    found = [getattr(cls, name, ()) for name in ("formulas", "logit_formulas")]
    return [form for form in found if form] or [cls.kernels]


def places(text):
    """Return the names of the functions of a text, from top to bottom."""
    return [node.name for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)]


@pytest.mark.parametrize("chapter", PARTS)
def test_every_formula_of_every_table_is_told_once_as_it_is_written(chapter):
    whole, own = lesson.text(), lesson.text(chapter)
    formulas = {f for cls in PARTS[chapter].values() for form in forms(cls) for f in form}
    assert len(formulas) > 2
    for formula in formulas:
        source = inspect.getsource(plain(formula)).rstrip()
        assert source.startswith("@")
        assert whole.count(source) == own.count(source) == 1, formula


@pytest.mark.parametrize("chapter", ["activations", "losses", "regularizers"])
def test_a_forward_formula_is_told_directly_before_its_backward_one(chapter):
    told = places(lesson.text(chapter))
    for cls in PARTS[chapter].values():
        for forward, backward in forms(cls):
            assert told.index(backward.__name__) == told.index(forward.__name__) + 1


def test_a_formula_is_told_before_those_that_call_it():
    told, known = places(lesson.text()), {}
    for chapter in PARTS.values():
        for cls in chapter.values():
            known |= plain(forms(cls)[0][0]).__globals__
    assert len(told) == len(set(told)) > 60
    for name in {*told} & {*known} - {"hinge", "hinge_gradient", "sign_of"}:  # sign_of: below the two that need it
        for other in lesson.called_by(known[name]):
            if other.__name__ in told:
                assert told.index(other.__name__) < told.index(name), f"{name} calls {other.__name__}"
    for helper in ("row_max", "row_sum", "argmax", "clipped", "smoothed", "clip_value", "weight_decay"):
        assert helper in told


def test_simple_parts_come_first():
    told = places(lesson.text())
    for names in (
        "linear relu sigmoid silu softmax",
        "relu softplus tanh softmax",  # exp and the like count for nothing
        "absolute_error huber",
        "sgd adagrad rmsprop adam",
        "l2_penalty dropout_forward",
    ):
        order = [told.index(name) for name in names.split()]
        assert order == sorted(order), names


def test_it_begins_with_the_notation_goes_through_the_chapters_and_ends_with_the_step():
    text = lesson.text()
    assert "--\n# activations/relu.py\n\n\n@formula\ndef relu(" in text
    assert "Notation." in ast.get_docstring(ast.parse(text))
    assert re.findall(r"(?m)^# (\d)\. ", text) == [str(n) for n in range(1, len(lesson.CHAPTERS) + 1)]
    assert places(text)[:4] == [
        "dense_forward", "dense_backward_kernel", "dense_backward_bias", "dense_backward_input",
    ]  # fmt: skip
    assert text.endswith(inspect.getsource(lesson.one_step).rstrip())
    assert "has these numbers.\nALPHA, SCALE = 1.673" in text  # a formula's constants, and what they are
    assert max(map(len, text.splitlines())) <= 120


def test_it_is_the_same_without_the_compiler():
    program = (
        "from tinynet import lesson; import sys; sys.stdout.reconfigure(encoding='utf-8'); print(ascii(lesson.text()))"
    )
    assert ast.literal_eval(run(program, NUMBA_DISABLE_JIT=1)) == lesson.text()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_one_step_is_the_engines(dtype):
    tinynet.backend.set_floatx(dtype)
    tinynet.set_random_seed(3)
    x, y = np.random.default_rng(0).normal(size=(7, 5)), np.random.default_rng(1).integers(0, 2, (7, 2)).astype(float)
    model = tinynet.Sequential(
        [tinynet.layers.Dense(4, "relu", bias_initializer="normal"), tinynet.layers.Dense(2, "sigmoid")]
    )
    model.compile(tinynet.optimizers.SGD(0.5), "binary_crossentropy")
    model.build((None, 5))
    before = [w.copy() for w in model.get_weights()]
    after = lesson.one_step(x, y, before, 0.5)
    model.fit(x, y, batch_size=7, epochs=1, verbose=0)
    for w, start, stepped in zip(model.get_weights(), before, after, strict=True):
        assert np.abs(stepped - start).max() > 1e-3
        np.testing.assert_allclose(w, stepped, rtol=0, atol=1e-6 if dtype == "float32" else 1e-14)


def test_the_command_prints_all_of_it_or_a_chapter(capsys):
    assert __main__.main(["lesson"]) == 0
    assert capsys.readouterr().out == lesson.text() + "\n"
    assert __main__.main(["lesson", "losses"]) == 0
    out = capsys.readouterr().out
    assert "def squared_error_gradient" in out
    assert "def sgd(" not in out
    assert "def row_max(" in out  # needed here, though the chapter before has shown it


def test_an_unknown_chapter_is_answered_with_those_there_are(capsys):
    with pytest.raises(SystemExit) as exit:
        __main__.main(["lesson", "loses"])
    assert exit.value.code == 2
    error = capsys.readouterr().err
    assert "Unknown chapter: 'loses'. Did you mean 'losses'?" in error
    assert all(repr(name) in error for name in lesson.CHAPTERS)


def test_names_in_formulas_are_written_as_in_the_notation():
    assert not re.findall(r'"""(?:Z|Dz|Dx|DW|M|V|S|W|Y)\b', lesson.text())  # a formula is no sentence: dz, not Dz
