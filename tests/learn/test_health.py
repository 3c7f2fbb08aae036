"""The health of a run, the pictures, and the command."""

from __future__ import annotations

import sys
import warnings

import numpy as np
import pytest

import tinynet
from tests.support.traced import small
from tinynet.layers import Activation, Dense
from tinynet.learn import Health, command
from tinynet.plot import _fonts


def problem(seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(80, 4))
    return x, (x[:, 0] * x[:, 1] > 0) * 1.0


def network(seed=0, optimizer="rmsprop", **options):
    tinynet.set_random_seed(seed)
    model = tinynet.Sequential([Dense(8, activation="relu"), Dense(6), Activation("relu"), Dense(1, "sigmoid")])
    model.compile(optimizer, "binary_crossentropy", **options)
    return model


@pytest.mark.parametrize("compiled", [True, False])
def test_the_history_holds_norms_ratios_and_dead_units_and_training_is_as_without(compiled):
    x, y = problem()
    plain, watched = network(compiled=compiled), network(compiled=compiled)
    before = plain.fit(x, y, epochs=3, verbose=0)
    health = Health(x, y)
    tinynet.set_random_seed(0)
    watched = network(compiled=compiled)
    history = watched.fit(x, y, epochs=3, verbose=0, callbacks=[health])
    assert history.history["loss"] == before.history["loss"]
    for a, b in zip(plain.get_weights(), watched.get_weights(), strict=True):
        assert np.array_equal(a, b)
    assert set(history.history) == {"loss", "gradient_norm", "update_ratio", "dead_relus"}
    assert all(len(values) == 3 for values in history.history.values())
    assert [len(m["update_ratio"]) for m in health.by_layer.values()] == [3, 3, 3]


def test_the_numbers_are_those_of_the_next_step_on_the_batch():
    x, y = problem()
    model, health = network(optimizer=tinynet.optimizers.SGD(0.1)), Health(x, y)
    history = model.fit(x, y, epochs=1, verbose=0, callbacks=[health]).history
    before = model.get_weights()
    model.train_on_batch(x, y)
    steps = [a.astype(float) - b for a, b in zip(model.get_weights(), before, strict=True)]
    norm = np.sqrt(sum((s**2).sum() for s in steps)) / 0.1
    assert history["gradient_norm"][0] == pytest.approx(norm, rel=1e-4)
    kernels = [(s, w) for s, w in zip(steps, before, strict=True) if w.ndim == 2]
    ratio = np.sqrt(sum((s**2).sum() for s, _ in kernels) / sum((w.astype(float) ** 2).sum() for _, w in kernels))
    assert history["update_ratio"][0] == pytest.approx(ratio, rel=1e-4)


def test_dead_relus_are_counted_also_in_an_activation_layer():
    x, y = problem()
    model, health = network(), Health(x, y)
    model.fit(x, y, epochs=1, verbose=0)
    model.layers[0].bias = [-1e3] * 4 + [1e3] * 4
    model.layers[1].kernel = 0
    model.layers[1].bias = [-1, -1, -1, 1, 1, 1]
    model.compile(tinynet.optimizers.SGD(0.0), "binary_crossentropy")
    history = model.fit(x, y, epochs=1, verbose=0, callbacks=[health]).history
    assert history["dead_relus"] == [pytest.approx(7 / 14)]
    first = next(iter(health.by_layer.values()))
    assert first["dead_relus"] == [0.5]


def test_the_plot_marks_what_is_normal():
    x, y = problem()
    health = Health(x, y)
    with pytest.raises(ValueError, match="nothing was recorded"):
        health.plot()
    network().fit(x, y, epochs=3, verbose=0, callbacks=[health])
    figure = health.plot()
    assert [ax.get_title() for ax in figure.axes] == ["gradient norm", "update ratio", "dead relus"]
    for ax in figure.axes:
        assert "normal" in [text.get_text() for text in ax.get_legend().get_texts()]
    import matplotlib.pyplot as plt

    plt.close(figure)


def deep(activation, layers=8, kernel="glorot_uniform", rate=0.01):
    tinynet.set_random_seed(1)
    hidden = [Dense(8, activation=activation, kernel_initializer=kernel) for _ in range(layers)]
    model = tinynet.Sequential([*hidden, Dense(1, "sigmoid", kernel_initializer=kernel)])
    model.compile(tinynet.optimizers.SGD(rate), "binary_crossentropy")
    return model


LARGE = tinynet.initializers.RandomNormal(0.0, 3.0)
BAD = {
    "Vanishing gradients": lambda: deep("sigmoid"),
    "Exploding gradients": lambda: deep("linear", kernel=LARGE, rate=1e-12),
    "No gradient arrives at 'dense": lambda: deep("relu", 2, kernel="zeros"),
    "No update": lambda: deep("tanh", 1, rate=0.0),
    "Small steps": lambda: deep("tanh", 1, rate=1e-7),
    "Large steps": lambda: deep("tanh", 1, rate=30.0),
    "Dead units": lambda: deep("relu", 1, rate=50.0),
    "Healthy": lambda: deep("tanh", 2, rate=0.05),
}


@pytest.mark.parametrize("name", BAD)
def test_the_verdict_names_what_is_wrong(name):
    x, y = problem()
    health, model = Health(x, y), BAD[name]()
    assert "Nothing was recorded" in health.verdict()
    if name == "Dead units":
        model.build((None, 4))
        model.layers[0].bias = [-99.0] * 6 + [1.0] * 2
        model.compile("sgd", "binary_crossentropy")
    model.fit(x, y, epochs=2, verbose=0, callbacks=[health])
    assert name in health.verdict()
    first, *_, last = health.by_layer.values()
    norms = first["gradient_norm"], last["gradient_norm"]
    assert health.gradient_ratio == [a / b if b else float(a != 0) for a, b in zip(*norms, strict=True)]


@pytest.mark.parametrize(("name", "zero"), [("Vanishing gradients", False), ("No gradient arrives at 'dense", True)])
def test_the_picture_says_it_too_with_colours_in_the_order_of_the_layers(name, zero):
    import matplotlib.pyplot as plt

    x, y = problem()
    health = Health(x, y)
    BAD[name]().fit(x, y, epochs=2, verbose=0, callbacks=[health])
    figure = health.plot()
    assert name in figure.get_suptitle()
    shades = [line.get_color() for line in figure.axes[0].lines if ": 0" not in line.get_label()]
    brightness = [sum(shade[:3]) for shade in shades]
    assert brightness == sorted(brightness), "colours go in the order of the layers"
    assert zero == any(line.get_label().endswith(": 0") for line in figure.axes[1].lines)
    plt.close(figure)


def test_a_trace_is_drawn_with_weights_and_gradients():
    import matplotlib.pyplot as plt

    model, x, y = small("mse")
    figure = model.trace(x, y).plot()
    assert [ax.get_title() for ax in figure.axes][:1] == ["weights"]
    assert "dW1 (3×4)" in [ax.get_title() for ax in figure.axes]
    figure.canvas.draw()
    plt.close(figure)


def test_the_command_writes_a_page_and_opens_it_where_there_is_a_display(tmp_path, capsys, monkeypatch):
    opened = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    monkeypatch.setattr(command, "has_display", lambda: False)
    assert command.main(["-o", str(tmp_path / "a.html")]) == 0
    assert opened == []
    assert str(tmp_path / "a.html") in capsys.readouterr().out
    monkeypatch.setattr(command, "has_display", lambda: True)
    assert command.main(["-o", str(tmp_path / "b.html"), "--no-open"]) == 0
    assert opened == []
    assert command.main(["-o", str(tmp_path / "b.html")]) == 0
    assert opened == [(tmp_path / "b.html").resolve().as_uri()]
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()


def test_the_command_says_when_it_cannot_write(tmp_path, capsys):
    assert command.main(["-o", str(tmp_path / "none" / "a.html")]) == 1
    assert "Could not write" in capsys.readouterr().err


def test_a_display_is_looked_for(monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assert not command.has_display()
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    assert command.has_display()


def test_the_verdict_is_given_in_korean_as_well(monkeypatch):
    x, y = problem()
    health = Health(x, y)
    network().fit(x, y, epochs=1, verbose=0, callbacks=[health])
    assert health.verdict().startswith("Healthy")
    assert health.verdict("ko").startswith("건강합니다")
    monkeypatch.setenv("TINYNET_LANG", "ko")
    assert health.verdict() == health.verdict("ko")


@pytest.fixture
def korean_font(tmp_path):
    """A font with boxes for all Korean syllables, known to matplotlib."""
    from fontTools.fontBuilder import FontBuilder
    from fontTools.pens.ttGlyphPen import TTGlyphPen
    from matplotlib import font_manager

    syllables = range(ord("가"), ord("힣") + 1)
    names = [".notdef", *(f"uni{code:04X}" for code in syllables)]
    font, pen = FontBuilder(1000, isTTF=True), TTGlyphPen(None)
    for move, point in (("moveTo", (0, 0)), ("lineTo", (800, 0)), ("lineTo", (400, 800))):
        getattr(pen, move)(point)
    pen.closePath()
    glyph = pen.glyph()
    font.setupGlyphOrder(names)
    font.setupCharacterMap(dict(zip(syllables, names[1:], strict=True)))
    font.setupGlyf(dict.fromkeys(names, glyph))
    font.setupHorizontalMetrics(dict.fromkeys(names, (900, 0)))
    font.setupHorizontalHeader(ascent=800, descent=-200)
    font.setupNameTable({"familyName": "Boxes", "styleName": "Regular"})
    font.setupOS2()
    font.setupPost()
    font.save(tmp_path / "boxes.ttf")
    kept = list(font_manager.fontManager.ttflist)
    font_manager.fontManager.addfont(tmp_path / "boxes.ttf")
    yield
    font_manager.fontManager.ttflist = kept


def test_pictures_are_in_korean_where_a_font_has_its_syllables(korean_font):
    x, y = problem()
    model, health = network(), Health(x, y)
    model.fit(x, y, epochs=1, verbose=0, callbacks=[health])
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # of glyphs that are missing
        figure = health.plot("ko")
        figure.canvas.draw()
        traced = model.trace(x[:3], y[:3], lang="ko").plot()
        traced.canvas.draw()
    assert figure.get_suptitle().startswith("건강합니다")
    assert [ax.get_title() for ax in figure.axes] == ["기울기의 노름", "갱신의 비율", "죽은 ReLU"]
    assert "학습 한 단계" in traced.get_suptitle()


def test_pictures_are_in_english_where_no_font_has_korean_syllables(monkeypatch):
    monkeypatch.setattr(_fonts, "korean_font", lambda: None)
    x, y = problem()
    model, health = network(), Health(x, y)
    model.fit(x, y, epochs=1, verbose=0, callbacks=[health])
    assert health.plot("ko").get_suptitle().startswith("Healthy")
    assert ": 3 samples, loss binary_crossentropy" in model.trace(x[:3], y[:3], lang="ko").plot().get_suptitle()
