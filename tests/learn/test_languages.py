"""Every sentence of the trace is there in every language, names the same things, and is translated."""

from __future__ import annotations

import ast
import re
import string
from pathlib import Path

import pytest

import tinynet
from tinynet.layers import Dense
from tinynet.learn import languages
from tinynet.learn.languages import en, ko, ko_marks, ko_parts
from tinynet.learn.languages.marks import FACTORS, MARKS

ROOT = Path(tinynet.__file__).parent
ROOMS = ("activations", "constraints", "layers", "losses", "optimizers", "regularizers")
HANGUL = re.compile("[가-힣]")
#: Formulas and names alone need no translation.
WORDS = re.compile(r"[A-Za-z]{2,}")


def braces(sentence):
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def constant(node):
    """Return the text of a string in the source, those with a part's numbers filled in later among them."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def sentences_of_parts():
    """Yield what the files of parts say in words, read from their source so that every branch counts."""
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("Words", "Told"):
                    places = (1, 3) if node.func.id == "Words" else (2,)
                    yield from (constant(node.args[place]) for place in places if place < len(node.args))
                    yield from (constant(k.value) for k in node.keywords if k.arg in ("why", "slope"))
                elif isinstance(node, ast.Assign | ast.AnnAssign):
                    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                    if any(getattr(target, "id", "") == "why" for target in targets):
                        yield constant(node.value) if node.value else None


def test_every_sentence_is_there_in_korean_and_names_the_same_things():
    assert set(ko.SENTENCES) == set(en.SENTENCES)
    for key, sentence in en.SENTENCES.items():
        assert braces(ko.SENTENCES[key]) == braces(sentence), key
        if WORDS.search(re.sub(r"\{.*?\}", "", sentence)):
            assert HANGUL.search(ko.SENTENCES[key]), f"{key} is not translated"


def test_every_mark_is_there_in_korean_and_names_the_same_things():
    assert set(ko_marks.MARKS) == set(MARKS)
    for key, mark in MARKS.items():
        look, text = ko_marks.MARKS[key]
        assert braces(text) == braces(mark.text), key
        assert not braces(look), key
        assert not re.search(r"\d", look + mark.look), f"the first hint of {key} gives a number"
        assert HANGUL.search(text), f"{key} is not translated"
        assert bool(look) == bool(mark.look), key
    assert set(FACTORS) <= set(ko_marks.WORDS)


def test_every_part_s_words_are_there_in_korean():
    found = {sentence for sentence in sentences_of_parts() if sentence}
    assert len(found) > 100
    assert sorted(found - set(ko_parts.PARTS)) == []
    assert [sentence for sentence in ko_parts.PARTS if sentence not in found] == []
    for sentence, korean in ko_parts.PARTS.items():
        assert HANGUL.search(korean), sentence


def model():
    net = tinynet.Sequential([tinynet.Input((2,)), Dense(3, activation="relu"), Dense(2, activation="softmax")])
    net.compile("adam", "categorical_crossentropy")
    return net


DATA = ([[1.0, 2.0], [0.5, -1.0]], [[1.0, 0.0], [0.0, 1.0]])


def test_a_trace_in_korean_says_nothing_in_english():
    tinynet.set_random_seed(0)
    trace = model().trace(*DATA, lang="ko")
    assert trace.lang == "ko"
    known = {"one_hot", "softmax", "relu", "sequential", "categorical_crossentropy", "adam", "dense", "clip", "log"}
    for step in trace.steps:
        assert not step.why or HANGUL.search(step.why), step.name
        names = {letters for p in trace.steps for letters in WORDS.findall(p.name)}
        assert {word for word in WORDS.findall(step.why) if word.islower()} <= {*known, *names, "dp", "da"}, step.why
    assert "순전파" in str(trace)
    assert '<html lang="ko">' in trace.to_html()
    assert "이전" in trace.to_html()
    assert HANGUL.search(str(trace.check("dW1", trace["dW1"].T)))
    assert trace.check("dW1", -trace["dW1"]).kind == "sign"
    said = []
    trace.quiz(["L"], ask=lambda question: "", say=said.append)
    assert HANGUL.search(said[0])


def test_the_environment_s_language_is_spoken_unless_another_is_asked_for(monkeypatch):
    monkeypatch.setenv("TINYNET_LANG", "ko")
    assert model().trace(*DATA).lang == "ko"
    assert model().trace(*DATA, lang="en").lang == "en"
    monkeypatch.setenv("TINYNET_LANG", "xx")
    with pytest.raises(ValueError, match=r"TINYNET_LANG: expected one of 'en' \(English\), 'ko'"):
        model().trace(*DATA)


def test_the_gradient_check_speaks_korean():
    check = model().gradient_check(*DATA, lang="ko")
    for text in (str(check), check._repr_html_()):
        assert "텐서" in text
        assert "통과했습니다" in text
        assert not {"tensor", "Passed", "relative", "kinks"} & set(WORDS.findall(text))
    assert "Passed" in str(model().gradient_check(*DATA))
    with pytest.raises(ValueError, match=r"lang: expected one of 'en' \(English\), 'ko'"):
        model().gradient_check(*DATA, lang="xx")


def test_korean_syllables_take_two_columns_of_a_terminal():
    assert languages.columns("손실 L") == 6
    assert languages.padded("손실", 6) == "손실  "


def test_the_examples_page_in_korean_names_all_that_the_english_one_does():
    folder = ROOT.parent / "examples"
    english, korean = ((folder / name).read_text("utf-8") for name in ("README.md", "README.ko.md"))
    english = english.split("## What comes out")[0]
    for kind in (r"\]\((?!README)([^)]+)\)", r"(?<!`)`([^`\n]+)`(?!`)"):
        named = set(re.findall(kind, english))
        assert len(named) > 20
        assert sorted(named - set(re.findall(kind, korean))) == []
    told = re.sub(r"```.*?```|`[^`]*`|\[.*?\]\(.*?\)", "", korean, flags=re.S)
    for row in filter(WORDS.search, told.splitlines()):
        assert HANGUL.search(row), row
