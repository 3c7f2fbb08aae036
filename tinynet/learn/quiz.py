"""`trace.quiz`: a person computes the numbers of a training step, one after the other, and `trace.check` marks them."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from tinynet._arguments import shown
from tinynet._console import printable
from tinynet._console import say as console
from tinynet.answers import asked, message
from tinynet.learn.diagnose import Marker, Verdict
from tinynet.learn.languages import said
from tinynet.learn.notation import at, number
from tinynet.learn.steps import Step
from tinynet.learn.text import matrix_lines

if TYPE_CHECKING:
    from tinynet.learn.tracing import Ask, Say, Trace

#: Numbers are shown with so many significant digits; an answer may be off by this share of the right number.
_DIGITS, _SHARE = 6, 0.01
#: After so many wrong answers the solution is shown; each gets the next of `trace.check`'s hints.
_ATTEMPTS = 3


class Quiz:
    """Asks for one number of each step.

    Parameters
    ----------
    trace, steps
        The trace, and those of its steps that are asked for.
    ask, say : callable
        Ask a person for a line, and show text.
    """

    def __init__(self, trace: Trace, steps: Sequence[Step], ask: Ask, say: Say) -> None:
        self.trace, self.steps, self.ask, self.say = trace, steps, ask, partial(asked, "quiz, `say`", say)
        self.asked = self.right = 0

    def run(self) -> None:
        """Ask all questions, or as many as the person likes."""
        if not self.steps:
            self.say(said("quiz: nothing"))
            return
        self.say(said("quiz: begin", count=len(self.steps)))
        try:
            for place, step in enumerate(self.steps, start=1):
                self.show(step, place)
                if not self.question(step):
                    break
        except (EOFError, KeyboardInterrupt, NotImplementedError):  # the last where a notebook runs with nobody there
            self.say("")
        self.say(said("quiz: end", right=self.right, asked=self.asked))

    def show(self, step: Step, place: int) -> None:
        """Show what is computed, and the numbers that it is computed from."""
        title = said(step.phase).partition(":")[0]
        numbers = {"place": place, "count": len(self.steps), "title": f"{title}, {step.layer}"}
        lines = [said("quiz: question", name=step.name, formula=step.formula, **numbers)]
        entry = step.entry(*step.example)
        for name, index in dict.fromkeys(entry.parts):
            array = self.trace[name]
            if array.size <= 64 and max(array.shape, default=1) <= 8:
                label, shown = f"{name} {'×'.join(map(str, array.shape))}", array
            else:
                label = at(name, tuple(":" if i is None else i for i in index))
                shown = array[tuple(slice(None) if i is None else i for i in index)]
            rows = matrix_lines(shown, max(8, shown.size), _DIGITS)
            new = [f"    {label if i == 0 else '':<12} {row}".rstrip() for i, row in enumerate(rows)]
            lines += [] if new[0] in lines else new
        constants = getattr(step.rule, "constants", {})  # what a user's own code computes has none
        lines += [f"    {symbol:<12} {number(value, _DIGITS)}" for symbol, value in dict(constants.values()).items()]
        self.say("\n".join(lines))

    def question(self, step: Step) -> bool:
        """Ask for a number until it is right, or given up; returns False if the person wants to stop."""
        entry = step.entry(*step.example, precision=_DIGITS)
        hints = [step.shapes, f"{entry.place()} = {entry.symbols}", f"{entry.place()} = {entry.numbers}"]
        wrong, helped = 0, False
        while wrong < _ATTEMPTS:
            text = self.answer(f"{entry.place()} = ")
            if not text:
                return False
            if text == "-":
                break
            if text == "?":
                self.say(hints.pop(0) if len(hints) > 1 else hints[0])
                helped = True
                continue
            try:
                answer = float(text.replace("−", "-"))
            except ValueError:
                self.say(said("quiz: no number"))
                continue
            verdict = self.marked(step, answer, wrong + 1)
            if verdict:
                self.right += not wrong and not helped
                self.asked += 1
                self.say(said("quiz: right"))
                return True
            wrong += 1
            self.say(f"{verdict.message} {said('quiz: again') if wrong < _ATTEMPTS else ''}".rstrip())
        self.asked += 1
        self.say(said("quiz: solution"))
        self.say(self.trace.explain(step.name, *step.example, precision=_DIGITS))
        return True

    def answer(self, question: str) -> str:
        """Return what the person answers, without spaces around it."""
        text = asked("quiz, `ask`", self.ask, printable(question))
        if not isinstance(text, str):
            raise TypeError(message("quiz", "ask", "the line that was entered, a string", shown(text)))
        return text.strip()

    def marked(self, step: Step, answer: float, hint: int) -> Verdict:
        """Return the verdict on one number.

        A single number says little. So it is taken for its entry of the array that a known mistake makes, if one makes
        it, else for the only wrong entry of a right array.
        """
        marker, place = Marker(self.trace, step), step.example
        right, base = marker.truth, marker.base[place]

        def same(other: float, digits: float) -> bool:
            return bool(abs(answer - other) <= _SHARE * abs(other - base) + digits * abs(other))

        if same(right[place], 1e-9):
            return self.trace.check(step.name, right, hint)
        for mistaken in marker.mistaken():
            if mistaken.shape == right.shape and same(mistaken[place], 1e-5):
                return self.trace.check(step.name, mistaken, hint)
        given = right.copy()
        given[place] = answer
        verdict = self.trace.check(step.name, given, hint)
        return marker.unknown(hint) if verdict.kind == "some entries" else verdict  # the others nobody asked for


def quiz(trace: Trace, names: Sequence[str] | None, ask: Ask | None, say: Say | None) -> None:
    """Ask for the numbers of a trace: `Trace.quiz`.

    Examples
    --------
    >>> import tinynet
    >>> model = tinynet.Sequential([tinynet.Input((1,)), tinynet.layers.Dense(1, kernel_initializer="ones")])
    >>> model.compile("sgd", "mse")
    >>> answers = iter(["-4", "4"])
    >>> model.trace([[3.0]], [1.0]).quiz(["dz1"], ask=lambda question: next(answers))
    Compute the numbers of one training step (questions: 1). ...
    dz1: wrong. Look at the sign. Try again.
    Right.
    ...
    """
    steps = [step for step in trace.steps if not step.aside] if names is None else [trace.step(n) for n in names]
    finite = [step for step in steps if step.value.size and np.isfinite(step.value[step.example])]
    Quiz(trace, finite, ask or builtins.input, say or console).run()
