"""A film in a real browser: headless Chromium, from a file, with the network off."""

from __future__ import annotations

import time

import numpy as np
import pytest

import tinynet
from tests.support import browser
from tinynet import datasets
from tinynet.layers import Dense, Input
from tinynet.learn import films

pytestmark = pytest.mark.skipif(
    bool(browser.missing()), reason=f"needs Debian's chromium and chromium-driver; missing: {browser.missing()}"
)


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """Two films side by side: returns the models, the page, and a browser."""
    (x, y), _ = datasets.circles.load_data(n_samples=60, test_split=0.0)
    trained, runs = [], {}
    for rate in (0.01, 0.1):
        tinynet.set_random_seed(1)
        model = tinynet.Sequential([Input((2,)), Dense(4, "tanh"), Dense(1, "sigmoid")])
        model.compile(tinynet.optimizers.Adam(rate), "binary_crossentropy", metrics=["accuracy"])
        runs[f"rate {rate}"] = model.film(x, y, epochs=12, path=None, verbose=0, validation_split=0.2)
        trained.append(model)
    folder = tmp_path_factory.mktemp("film")
    films(runs, folder / "film.html")
    opened = browser.Browser(folder / "profile")
    yield trained, folder / "film.html", opened
    opened.close()


@pytest.fixture
def page(models):
    _, path, opened = models
    opened.open(path)
    yield opened
    assert opened.problems() == []


def place(page):
    return int(page.run("return document.getElementById('slider').value"))


def weights(page, run, name):
    return page.run("return [...runs[arguments[0]].values(arguments[1])]", run, name)


def test_the_last_frame_has_the_models_weights_and_the_first_the_initial_ones(page, models):
    assert place(page) == 0
    assert page.text("#status") == "before the first epoch"
    assert weights(page, 0, "W1") == weights(page, 1, "W1")
    page.press("end")
    assert page.text("#status") == "epoch 12 of 12"
    for run, model in enumerate(models[0]):
        for name, value in zip(("W1", "b1", "W2", "b2"), model.get_weights(), strict=True):
            assert weights(page, run, name) == value.ravel().tolist()


def test_keys_buttons_and_the_slider_go_through_the_frames(page):
    page.press("right", "right", "left")
    assert place(page) == 1
    page.press("end", "right")
    assert place(page) == 12
    page.press("home", "left")
    assert place(page) == 0
    page.click("#next")
    page.click("#next")
    page.click("#previous")
    assert place(page) == 1
    page.run("document.getElementById('slider').focus()")
    page.press("right", "right")
    assert place(page) == 3
    page.run(
        "const s = document.getElementById('slider'); s.value = 7; s.dispatchEvent(new Event('input', {bubbles: true}))"
    )
    assert page.text("#status") == "epoch 7 of 12"


def test_it_plays_and_pauses_by_button_and_space(page):
    page.run("const s = document.getElementById('speed'); s.value = '30'")
    page.click("#play")
    assert page.text("#play") == "Pause"
    end = time.monotonic() + 10
    while place(page) < 12 and time.monotonic() < end:
        time.sleep(0.05)
    assert place(page) == 12
    assert page.text("#play") == "Play"
    page.run("document.activeElement.blur(); document.getElementById('speed').value = '400'")
    page.press(" ")
    assert page.text("#play") == "Pause"
    page.press(" ")
    assert page.text("#play") == "Play"
    assert place(page) < 12, "it begins anew"


def test_pictures_of_runs_side_by_side_stand_in_line_and_have_one_scale(page):
    page.press("end")  # captions are longer here than there, and must not push a picture to the next line
    tops = """const all = (element, selector) => [...element.querySelectorAll(selector)];
    return all(document, ".run").map((run) => all(run, "canvas").map((c) => {
        const box = c.getBoundingClientRect();
        return [box.left - run.getBoundingClientRect().left, box.top].map(Math.round);
    }))"""
    first, second = page.run(tops)
    assert len(first) > 5
    assert [abs(a[0] - b[0]) <= 1 for a, b in zip(first, second, strict=True)] == [True] * len(first)
    assert [abs(a[1] - b[1]) <= 25 for a, b in zip(first, second, strict=True)] == [True] * len(first)  # a line of text
    scales = page.run("return runs.map((run) => run.curves.map((curve) => run.range(curve.shown)))")
    assert scales[0] == scales[1]
    apart = "runs[0].data.curves.loss[0] = 1e9; return runs.map((run) => run.range(['loss'])[1])"
    diverged, other = page.run(apart)
    assert (diverged, other < 10) == (1e9, True), "beside a run that diverges the other one is still seen"


def painted(page):
    return page.run("return [...document.querySelectorAll('canvas')].map((c) => c.toDataURL())")


def test_pictures_change_with_the_frame_and_positive_is_blue(page):
    first = painted(page)
    page.press("end")
    last = painted(page)
    same = [a == b for a, b in zip(first, last, strict=True)]
    assert same.count(True) <= 2, "the gradient of a single bias may keep its sign, and so its colour; all else changes"
    signs = page.run(
        "const run = runs[0], map = run.maps.find((m) => m.name === 'W1'), values = run.values('W1');"
        "const pixels = map.canvas.getContext('2d').getImageData(0, 0, map.canvas.width, map.canvas.height).data;"
        "return [...values].map((v, i) => [v, pixels[4 * i], pixels[4 * i + 2]])"
    )
    assert all((blue > red) == (v > 0) for v, red, blue in signs if abs(v) > 0.1)


def test_every_frame_opens_into_its_trace(page):
    page.press("right", "right")
    page.click(".run:nth-child(2) .trace summary")
    end = time.monotonic() + 10
    while not page.texts(".run:nth-child(2) .trace h4") and time.monotonic() < end:
        time.sleep(0.02)  # the browser says a little later that something is opened
    titles = page.texts(".run:nth-child(2) .trace h4")
    assert "z1 = x·W1 + b1" in titles
    assert any(title.startswith("W2_new = W2") for title in titles)

    def cells():
        return [float(text) for text in page.texts(".run:nth-child(2) .trace table[data-t=dW1] td")]

    before = cells()
    np.testing.assert_allclose(before, weights(page, 1, "dW1"), rtol=1e-3)
    page.run("document.activeElement.blur()")
    page.press("right")
    assert cells() != before


def test_on_a_phone_and_in_the_dark_nothing_sticks_out(page):
    page.cdp("Emulation.setDeviceMetricsOverride", width=390, height=844, deviceScaleFactor=1, mobile=True)
    page.click("#theme")
    page.press("end")
    assert page.run("return document.documentElement.scrollWidth") <= 390
    assert page.run("return performance.getEntriesByType('resource').map((e) => e.name)") == []
    page.cdp("Emulation.setDeviceMetricsOverride", width=1280, height=1000, deviceScaleFactor=1, mobile=False)
