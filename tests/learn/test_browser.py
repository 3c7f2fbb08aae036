"""The page in a real browser: headless Chromium, from a file, with the network off."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

import tinynet
from tests.support import browser
from tests.support.traced import large, mazur, small
from tinynet.layers import Dense

pytestmark = pytest.mark.skipif(
    bool(browser.missing()), reason=f"needs Debian's chromium and chromium-driver; missing: {browser.missing()}"
)


@pytest.fixture(scope="module")
def wide(tmp_path_factory):
    opened = browser.Browser(tmp_path_factory.mktemp("profile"))
    yield opened
    opened.close()


@pytest.fixture
def page(wide, tmp_path):
    model, x, y = small(n=4)
    trace = model.trace(x, y)
    trace.to_html(tmp_path / "step.html")
    wide.open(tmp_path / "step.html")
    wide.trace = trace
    yield wide
    assert wide.problems() == []


def eventually(holds, seconds=10):
    """Wait until something holds: browsers go through their history, and tell of it, a little later."""
    end = time.monotonic() + seconds
    while not (held := holds()) and time.monotonic() < end:
        time.sleep(0.02)
    return held


def current(page):
    return page.run("return [...document.querySelectorAll('.step.current')].map((e) => e.id)")


def test_buttons_and_keys_step_back_and_on(page):
    assert current(page) == ["step-1"]
    page.click("#next")
    page.click("#next")
    assert current(page) == ["step-3"]
    page.click("#previous")
    assert current(page) == ["step-2"]
    page.press("right", "right", "left")
    assert current(page) == ["step-3"]
    page.press("end")
    assert current(page) == [f"step-{len(page.trace.steps)}"]
    page.press("right")
    assert current(page) == [f"step-{len(page.trace.steps)}"]
    page.press("home", "left")
    assert current(page) == ["step-1"]
    assert "Step 1 of" in page.text("#status")
    page.click('[data-phase="backward"]')
    first = next(s.place for s in page.trace.steps if s.phase == "backward")
    assert current(page) == [f"step-{first}"]
    page.click("#last")
    page.click("#first")
    assert current(page) == ["step-1"]


def go(page, name):
    place = f"step-{page.trace.step(name).place}"
    page.run("location.hash = arguments[0]", f"#{place}")
    assert eventually(lambda: current(page) == [place])


def test_pointing_at_a_number_shows_which_numbers_made_it(page):
    go(page, "dW2")
    page.hover('.step.current table[data-t="dW2"] td[data-r="1"][data-c="2"]')
    marked = page.run(
        "return [...document.querySelectorAll('td.part')].map((e) => "
        "[e.closest('table').dataset.t, Number(e.dataset.r), Number(e.dataset.c)])"
    )
    assert marked == [["a1", n, 1] for n in range(4)] + [["dz2", n, 2] for n in range(4)]
    told = page.text("#inspector")
    entry = page.trace.entry("dW2", 1, 2)
    assert entry.numbers in told
    assert "made of a1[:,1], dz2[:,2]" in told
    page.click("#notation")
    assert entry.symbols in page.text("#inspector")
    assert entry.numbers not in page.text("#inspector")
    page.click("#notation")


def test_the_drawing_shows_values_as_they_are_computed(page):
    def shown(selector):
        return page.run(
            "return [...document.querySelectorAll(arguments[0])].filter((e) => getComputedStyle(e).display !== 'none')"
            ".map((e) => e.textContent)",
            selector,
        )

    assert eventually(lambda: len(shown(".net .value")) == 3), "at first only the inputs"
    go(page, "p")
    assert len(shown(".net .value")) == 3 + 4 + 3
    assert shown(".net .gradient") == []
    go(page, "dz1")
    assert len(shown(".net .gradient")) == 4 + 3
    before = shown(".net .value")
    page.run("const s = document.getElementById('row'); s.value = '1'; s.dispatchEvent(new Event('change'))")
    after = shown(".net .value")
    assert before != after
    assert float(after[0]) == pytest.approx(page.trace["x"][1, 0], rel=1e-2)
    place = page.run("return document.querySelectorAll('.net .on .edge[data-t=W1]').length")
    assert place == 12
    page.press("end")
    assert page.run("return document.querySelectorAll('.net .on .edge[data-t=W1_new]').length") == 12


def test_tables_are_walked_by_keyboard_alone(page):
    go(page, "z1")
    page.run("document.querySelector('.step.current td').focus()")
    page.press("down", "right")
    place = page.run("const d = document.activeElement.dataset; return [d.r, d.c]")
    assert place == ["1", "1"]
    assert page.trace.entry("z1", 1, 1).numbers in page.text("#inspector")
    assert current(page) == [f"step-{page.trace.step('z1').place}"], "within a table the arrows do not step"
    page.press("escape", "right")
    assert current(page) == [f"step-{page.trace.step('z1').place + 1}"]
    stops = page.run("return document.querySelectorAll('.step.current table').length")
    assert page.run("return document.querySelectorAll('.step.current td[tabindex=\"0\"]').length") == stops


def test_light_and_dark_can_be_read(page):
    for _ in range(2):
        colours = page.run(
            "const s = getComputedStyle(document.body);"
            "const l = (c) => c.match(/[\\d.]+/g).slice(0, 3).map((v) => (v / 255 <= 0.03928 ? v / 255 / 12.92 :"
            " ((v / 255 + 0.055) / 1.055) ** 2.4)).reduce((t, v, i) => t + v * [0.2126, 0.7152, 0.0722][i], 0);"
            "const of = (e) => [l(getComputedStyle(e).color), l(s.backgroundColor)].sort((a, b) => b - a);"
            "return ['body', '.where', '.legend', '.blue', '.orange', '.purple', 'th'].map((q) => {"
            "const [a, b] = of(document.querySelector(q)); return [q, (a + 0.05) / (b + 0.05)]; })"
        )
        assert min(ratio for _, ratio in colours) >= 4.5, colours
        page.click("#theme")


def test_nothing_is_fetched_and_everything_has_a_name(page):
    assert page.run("return performance.getEntriesByType('resource').map((e) => e.name)") == []
    unnamed = page.run(
        "return [...document.querySelectorAll('button, select, section, nav, svg')].filter((e) => !(e.innerText ||"
        " e.ariaLabel || e.getAttribute('aria-label') || e.labels?.length)).map((e) => e.outerHTML)"
    )
    assert unnamed == []


SIZES = [(1280, 900), (1440, 900), (390, 844)]
NETS = {"small": [2, 3, 1], "large": [12, 64, 64, 10]}


def traced(sizes):
    tinynet.set_random_seed(0)
    layers = [Dense(units, activation="relu") for units in sizes[1:]]
    model = tinynet.Sequential([tinynet.Input((sizes[0],)), *layers])
    model.compile("adam", "mse")
    rng = np.random.default_rng(0)
    return model.trace(rng.normal(size=(10, sizes[0])), rng.normal(size=(10, sizes[-1])))


def boxes(page, selector):
    """Return left, top, right and bottom of everything visible that is selected."""
    return page.run(
        "return [...document.querySelectorAll(arguments[0])].map((e) => e.getBoundingClientRect())"
        ".filter((b) => b.width).map((b) => [b.left, b.top, b.right, b.bottom])",
        selector,
    )


@pytest.mark.parametrize("net", NETS)
def test_drawing_and_numbers_are_in_view_together_and_no_label_covers_another(wide, tmp_path, net):
    trace = traced(NETS[net])
    trace.to_html(tmp_path / "step.html")
    first = trace.steps[0].name, trace.step("dW1").name
    try:
        for width, height in SIZES:
            resize(wide, width, height)
            for name in first:
                wide.open(tmp_path / "step.html", f"#step-{trace.step(name).place}")
                for scrolled in (0, 100_000):
                    wide.run("scrollTo(0, arguments[0])", scrolled)
                    wide.press("right", "left")  # as whoever reads on: the next step begins under the bar
                    (drawing,) = boxes(wide, ".net")
                    (table,) = boxes(wide, f'.step.current table[data-t="{name}"]')
                    (bar,) = boxes(wide, "#bar")
                    where = f"{net}, {width}×{height}, {name}, scrolled {scrolled}: {drawing}, {table}"
                    for box in (drawing, table):
                        assert box[1] >= bar[3] - 1, where
                        assert box[3] <= height, where
                    assert drawing[2] <= width, where
                    assert table[0] >= drawing[2] or table[1] >= drawing[3], where
                labels = boxes(wide, ".net .label")
                assert bool(labels) == (net == "small")
                for i, (left, top, right, bottom) in enumerate(labels):
                    for a, b, c, d in labels[:i]:
                        assert right <= a or c <= left or bottom <= b or d <= top, (left, top, a, b)
        assert wide.problems() == []
    finally:
        resize(wide, 1280, 1000)


def test_of_a_deep_network_the_layer_of_the_step_is_in_view(wide, tmp_path):
    trace = traced([3] * 9)
    trace.to_html(tmp_path / "step.html")
    try:
        for width, height in SIZES:
            resize(wide, width, height)
            wide.open(tmp_path / "step.html")
            (frame,) = boxes(wide, ".drawing .scroll")
            for name, unit in (("a1", "a1"), ("z4", "a4"), ("L", "p"), ("dW4", "a4"), ("W1_new", "a1")):
                wide.run("location.hash = arguments[0]", f"#step-{trace.step(name).place}")
                assert eventually(lambda name=name: current(wide) == [f"step-{trace.step(name).place}"])
                assert boxes(wide, f'.node[data-t="{unit}"] circle')
                for left, _, right, _ in boxes(wide, f'.node[data-t="{unit}"] circle'):
                    assert left >= frame[0], (width, name)
                    assert right <= frame[2], (width, name)
    finally:
        resize(wide, 1280, 1000)


def resize(page, width, height):
    page.cdp("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600)


def test_the_address_follows_the_step_and_the_back_button_works(page):
    hash_of = "return location.hash"
    page.click("#next")  # a key that is pressed at once may find a new window without focus
    page.click("#next")
    assert eventually(lambda: page.run(hash_of) == "#step-3")
    for go, step in (("back", "step-2"), ("back", "step-1"), ("forward", "step-2")):
        page.run(f"history.{go}()")
        assert eventually(lambda step=step: current(page) == [step])
    page.click("#last")
    assert page.run(hash_of) == f"#step-{len(page.trace.steps)}"
    address = Path(page.run("return decodeURIComponent(location.pathname)"))
    page.open(address.with_name("step.html"), "#step-4")
    assert current(page) == ["step-4"]
    assert page.run("return scrollY") == 0


def test_what_was_pointed_at_is_forgotten_at_the_next_step(page):
    hint = page.text("#inspector")
    page.press("right", "left")  # a new window has no focus until then
    for leave in (
        lambda: page.press("right"),
        lambda: page.click("#last"),
        lambda: page.run("location.hash = 'step-2'"),
    ):
        page.run("document.querySelector('.step.current td').focus()")
        assert page.text("#inspector") != hint
        page.press("escape")
        leave()
        assert eventually(lambda: page.text("#inspector") == hint)
        assert page.run("return document.querySelectorAll('.hot, .part').length") == 0


def test_a_large_network_opens_at_once(wide, tmp_path):
    large().to_html(tmp_path / "large.html")
    begun = time.perf_counter()
    wide.open(tmp_path / "large.html")
    wide.click("#next")
    assert time.perf_counter() - begun < 5
    assert eventually(lambda: current(wide) == ["step-2"])
    assert wide.problems() == []


def test_on_a_phone_nothing_sticks_out_and_the_example_is_right(tmp_path):
    model, x, y = mazur()
    model.trace(np.array(x), np.array(y)).to_html(tmp_path / "step.html", precision=9)
    phone = browser.Browser(tmp_path / "profile", 390, 844)
    try:
        phone.open(tmp_path / "step.html")
        for _ in range(4):
            assert phone.run("return document.documentElement.scrollWidth") <= 390
            phone.press("right")
        assert phone.run("return document.querySelector('#next').getBoundingClientRect().height") >= 32
        assert "0.151365" not in phone.text(".step.current")
        assert any(
            "0.593269992" in text
            for text in phone.run("return [...document.querySelectorAll('td')].map((e) => e.textContent)")
        )
        assert phone.problems() == []
    finally:
        phone.close()


def test_with_scripts_off_all_steps_can_be_read(tmp_path):
    model, x, y = small("mse")
    trace = model.trace(x, y)
    trace.to_html(tmp_path / "step.html")
    off = browser.Browser(tmp_path / "profile", scripts=False)
    try:
        off.open(tmp_path / "step.html")
        source = off.text("body")
        assert "Scripts are off" in source
        for step in trace.steps:
            assert f"{step.name} = {step.formula}" in source
        assert "What it brought" in source
    finally:
        off.close()
