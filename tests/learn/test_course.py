"""The course: each solution is right, each task with its blanks says what to fill in, and both come from one source."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import numpy as np
import pytest

import tinynet
from tinynet.__main__ import main
from tinynet.learn import course, languages

TASKS, SOLUTIONS = course.lessons(), course.lessons(solved=True)
FOLDER = Path(__file__).parents[2] / "examples" / "course"
#: What a lesson prints of its answers.
RIGHT, WRONG, BLANK = re.compile(r": (exact|close)\."), re.compile(r": wrong\."), re.compile("still to be filled in")


def run(source, capsys):
    """Run a lesson as a program; return what it prints."""
    try:
        exec(compile(source, "lesson", "exec"), {"__name__": "__main__"})
    finally:
        tinynet.backend.set_floatx("float32")
    return capsys.readouterr().out


def with_blanks(name, keep):
    """Return a lesson in which only the blanks with these numbers are left."""
    lines, blanks = [], 0
    for task, solved in zip(TASKS[name].splitlines(), SOLUTIONS[name].splitlines(), strict=True):
        is_blank = task.endswith("...  # fill in")
        lines.append(task if not is_blank or keep(blanks) else solved)
        blanks += is_blank
    return "\n".join(lines)


@pytest.mark.parametrize("name", SOLUTIONS)
def test_every_solution_is_right(name, capsys):
    said = run(SOLUTIONS[name], capsys)
    assert RIGHT.search(said)
    assert not WRONG.search(said)
    assert not BLANK.search(said)
    assert "False" not in said


@pytest.mark.parametrize("name", TASKS)
def test_every_task_runs_with_its_blanks_and_says_what_to_fill_in(name, capsys):
    said = run(TASKS[name], capsys)
    assert len(BLANK.findall(said)) >= 2
    assert not RIGHT.search(said)
    assert not WRONG.search(said)
    assert "Ellipsis" not in said


@pytest.mark.parametrize("name", TASKS)
@pytest.mark.parametrize("left", [0, 1])
def test_answers_can_be_given_in_any_order(name, left, capsys):
    said = run(with_blanks(name, lambda number: number % 2 == left), capsys)
    assert BLANK.search(said) or "when all" in said
    assert not WRONG.search(said)


def code_of(program, lang=None):
    """Return a program's tree; without what makes a trace speak another language."""
    tree = ast.parse(program)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            node.keywords = [k for k in node.keywords if not (k.arg == "lang" and ast.unparse(k.value) == f"'{lang}'")]
    return tree


def words_of(program):
    return "\n".join(line for line in program.splitlines() if line.startswith("#") and not line.startswith("# %%"))


@pytest.mark.parametrize("name", TASKS)
@pytest.mark.parametrize("lang", set(languages.LANGUAGES) - {"en"})
def test_every_lesson_is_there_in_every_language_with_the_same_code(name, lang):
    for english, other in (
        (TASKS, course.lessons(lang=lang)),
        (SOLUTIONS, course.lessons(solved=True, lang=lang)),
    ):
        assert list(other) == list(english)
        ours, theirs = code_of(english[name]), code_of(other[name], lang)
        for a, b in zip(ast.walk(ours), ast.walk(theirs), strict=True):
            if isinstance(b, ast.Constant) and isinstance(b.value, str) and re.search("[가-힣]", b.value):
                a.value = b.value  # said to the reader, or written to the screen
        assert ast.dump(ours) == ast.dump(theirs)
        assert re.findall(r"^# (#+)", english[name], re.M) == re.findall(r"^# (#+)", other[name], re.M)
        assert english[name].count("# %%") == other[name].count("# %%")
        code, told = (set(re.findall("`[^`]+`", words_of(text))) for text in (english[name], other[name]))
        assert {text for text in told if not re.search("[가-힣]", text)} <= code, "code stands as it is"
        assert len(told) == len(code)
        for paragraph in re.split(r"\n#?\s*\n", re.sub("`[^`]*`", "", words_of(other[name]))):
            if len(re.findall("[A-Za-z]{2,}", paragraph)) > 2:
                assert re.search("[가-힣]", paragraph), paragraph


@pytest.mark.parametrize("name", ["01_neuron.py", "07_softmax.py"])
def test_a_lesson_in_korean_is_marked_in_korean(name, capsys):
    said = run(course.lessons(solved=True, lang="ko")[name], capsys)
    assert "정확합니다" in said
    assert "틀렸습니다" not in said
    assert "아직 채우지 않았습니다" in run(course.lessons(lang="ko")[name], capsys)


def test_the_command_writes_the_course_in_the_language_asked_for(tmp_path, capsys, monkeypatch):
    assert main(["course", str(tmp_path / "one"), "--lang", "ko"]) == 0
    monkeypatch.setenv("TINYNET_LANG", "ko")
    assert main(["course", str(tmp_path / "two")]) == 0
    assert main(["course", str(tmp_path / "three"), "--lang", "en"]) == 0
    texts = [(tmp_path / folder / "01_neuron.py").read_text("utf-8") for folder in ("one", "two", "three")]
    assert texts[0] == texts[1] == course.lessons(lang="ko")["01_neuron.py"]
    assert texts[2] == TASKS["01_neuron.py"]
    assert "수업 10개" in capsys.readouterr().out


@pytest.mark.parametrize("name", TASKS)
def test_every_lesson_is_read_predict_fill_in_check_vary(name):
    headings = re.findall(r"^# (#+ .*)$", TASKS[name], re.M)
    number = int(name[:2])
    assert re.fullmatch(rf"# {number}\. .+", headings[0])
    assert headings[1:] == ["## Read", "## Predict", "## Fill in", "## Check", "## Vary"]
    assert ast.parse(TASKS[name])
    assert TASKS[name].count("...  # fill in") >= 2
    assert "# answer" not in TASKS[name] + SOLUTIONS[name]


def test_the_examples_are_the_tasks_as_the_command_writes_them():
    found = {path.name: path.read_text("utf-8") for path in FOLDER.glob("*.py")}
    assert found == TASKS, "run `python -m tinynet course examples/course --overwrite`"


@pytest.mark.parametrize("solved", [False, True])
def test_the_command_writes_notebooks(solved, tmp_path, capsys):
    nbformat = pytest.importorskip("nbformat")
    assert main(["course", str(tmp_path / "here"), "--notebooks", *["--solutions"] * solved]) == 0
    paths = sorted((tmp_path / "here").iterdir())
    assert [path.stem for path in paths] == [Path(name).stem for name in TASKS]
    for path in paths:
        book = nbformat.read(path, as_version=4)
        nbformat.validate(book)
        code = "\n\n\n".join(cell.source for cell in book.cells if cell.cell_type == "code")
        program = (SOLUTIONS if solved else TASKS)[f"{path.stem}.py"]
        assert ast.dump(ast.parse(code)) == ast.dump(ast.parse(program))
        assert json.loads(path.read_text("utf-8"))["cells"][0]["source"][0].startswith("# ")
    assert "Begin with" in capsys.readouterr().out


def test_what_a_person_has_filled_in_is_not_written_over(tmp_path, capsys):
    main(["course", str(tmp_path)])
    mine = tmp_path / "01_neuron.py"
    mine.write_text("my answers", "utf-8")
    assert main(["course", str(tmp_path)]) == 0
    assert mine.read_text("utf-8") == "my answers"
    assert "01_neuron.py: is there already" in capsys.readouterr().out
    main(["course", str(tmp_path), "--overwrite"])
    assert mine.read_text("utf-8") == TASKS["01_neuron.py"]


def test_a_folder_that_cannot_be_made_is_an_error_in_one_line(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    with pytest.raises(SystemExit) as ended:
        main(["course", str(tmp_path / "file")])
    assert ended.value.code == 2
    assert "could not be written" in capsys.readouterr().err


@pytest.mark.parametrize("blank", [..., [...], [[1.0, ...]], np.array([[...]])], ids=str)
def test_the_marker_says_of_a_blank_that_it_is_one(blank):
    model = tinynet.Sequential([tinynet.Input((2,)), tinynet.layers.Dense(1)])
    model.compile("sgd", "mse")
    verdict = model.trace([[1.0, 2.0]], [3.0]).check("z1", blank, hint=0)
    assert not verdict
    assert (verdict.kind, str(verdict)) == ("blank", "z1: still to be filled in. Your answer replaces the dots.")
