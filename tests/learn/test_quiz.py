"""`trace.quiz` asks for numbers, marks them with growing hints, and ends gently."""

from __future__ import annotations

import numpy as np
import pytest

import tinynet
from tinynet.layers import Dense


@pytest.fixture(scope="module")
def trace():
    tinynet.set_random_seed(0)
    model = tinynet.Sequential([tinynet.Input((2,)), Dense(3, "tanh"), Dense(1)])
    model.compile(tinynet.optimizers.SGD(0.1), "mse")
    return model.trace([[1.0, 2.0], [0.5, -1.0]], [1.0, 0.0])


def held(trace, answers, names=None):
    """Hold a quiz with a person who gives these answers, and then closes the input; return what is said."""
    given, said = iter(answers), []

    def ask(question):
        said.append(question)
        try:
            answer = next(given)
        except StopIteration:
            raise EOFError from None
        return answer(said) if callable(answer) else answer

    assert trace.quiz(names, ask=ask, say=lambda text: said.append(text)) is None
    return "\n".join(said)


def entry(trace, name, factor=1.0):
    step = trace.step(name)
    return f"{step.value[step.example] * factor:.5g}"


def test_all_questions_are_asked_in_order_and_a_few_digits_are_enough(trace):
    names = [step.name for step in trace.steps if not step.aside]
    said = held(trace, [entry(trace, name) for name in names])
    assert said.count("Right.") == len(names)
    assert f"{len(names)} of {len(names)} right at the first attempt." in said
    assert [said.index(f"    {name} = ") for name in names] == sorted(said.index(f"    {name} = ") for name in names)


def test_each_wrong_answer_gets_a_clearer_hint_and_then_the_solution(trace):
    said = held(trace, [entry(trace, "dW1", -1)] * 3, ["dW1"])
    first, second = said.index("dW1: wrong. Look at the sign."), said.index("dW1: wrong. The sign is wrong")
    assert first < second < said.index("This is how it is computed:\ndW1[0,0] = Σₙ")
    assert "0 of 1 right" in said


def test_before_the_solution_no_hint_gives_the_number(trace):
    for name in ("z1", "losses", "dz2", "dW2", "da1", "db1", "W1_new"):
        right = entry(trace, name)[:6]
        said = held(trace, ["123.4", "-77"], [name])
        assert "wrong" in said
        assert right not in said


@pytest.mark.parametrize(
    ("name", "mistake", "what"),
    [
        ("dW1", lambda t: t["x"].T @ (t["dz2"] @ t["W2"].T), "slope"),
        ("dW2", lambda t: 2 * t["dW2"], "factors|batch"),
        ("W1_new", lambda t: t["W1"], "update|zero|which"),
    ],
)
def test_one_number_is_enough_to_name_a_mistake(trace, name, mistake, what):
    said = held(trace, [f"{mistake(trace)[0, 0]:.6g}"], [name])
    assert f"{name}: wrong. Look at" in said
    assert any(word in said for word in what.split("|"))


def test_hints_can_be_asked_for_and_questions_left_out(trace):
    said = held(trace, ["?", "?", "?", entry(trace, "z1"), "-", "about one", ""], ["z1", "dW1", "L"])
    assert "z1[0,0] = Σᵢ x[0,i]·W1[i,0] + b1[0]" in said
    assert "dW1[0,0] = Σₙ" in said
    assert "Please type a number" in said
    assert "0 of 2 right at the first attempt." in said


@pytest.mark.parametrize("end", [EOFError, KeyboardInterrupt, NotImplementedError])
def test_it_ends_gently_when_nobody_answers(trace, end, monkeypatch, capsys):
    def gone(question):
        raise end

    monkeypatch.setattr("builtins.input", gone)
    trace.quiz()
    assert capsys.readouterr().out.endswith("0 of 0 right at the first attempt.\n")


def test_it_asks_by_input_and_prints(trace, monkeypatch, capsys):
    asked = []
    monkeypatch.setattr("builtins.input", lambda question: asked.append(question) or "")
    trace.quiz(["L"])
    assert asked == ["L = "]
    assert "1 of 1. LOSS" in capsys.readouterr().out


def test_large_arrays_are_shown_where_they_are_needed():
    model = tinynet.Sequential([tinynet.Input((20,)), Dense(30)])
    model.compile("adam", "mse")
    trace = model.trace(np.ones((12, 20)), np.zeros((12, 30)))
    said = held(trace, ["-", "-"], ["z1", "step_W1"])
    assert "x[0,:]" in said
    assert "W1[:,0]" in said
    assert "ε            1e-7" in said


def test_a_name_that_the_trace_lacks_is_refused(trace):
    with pytest.raises(ValueError, match="dW1"):
        trace.quiz(["dW9"])


def test_a_number_that_no_mistake_gives_is_compared_with_the_formula(trace):
    said = held(trace, ["1", "123.4", "-77"], ["z1"])
    assert "Compare it with the formula" in said
    assert "It should be x·W1 + b1." in said
    assert "entries are right" not in said
