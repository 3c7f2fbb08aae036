"""The command line: the main job, and the commands beside it."""

from __future__ import annotations

import importlib.resources
import re
import subprocess
import sys
from types import SimpleNamespace

import pytest

import tinynet
from tinynet.__main__ import COMMANDS, main


@pytest.fixture
def printed(tmp_path, capsys):
    """Run the main job once, whole; return what it printed, and its picture."""
    picture = tmp_path / "curves.png"
    assert main(["--out", str(picture)]) == 0
    return SimpleNamespace(out=capsys.readouterr().out, picture=picture)


def results(out: str) -> dict[str, list[float]]:
    """Return score and guess of each network, out of the table at the end."""
    rows = re.findall(r"^(\w+).*? ms   (?:accuracy|mae) ([\d.]+) +(?:accuracy|mae) ([\d.]+)$", out, flags=re.M)
    return {network: [float(score), float(guess)] for network, score, guess in rows}


def test_the_main_job_trains_three_good_networks_and_saves_their_curves(printed):
    found = results(printed.out)
    assert list(found) == ["perceptron", "multilayer", "deep"]
    assert found["perceptron"][0] > 0.95 > 0.7 > found["perceptron"][1]
    assert found["multilayer"][0] > 0.95 > 0.2 > found["multilayer"][1]
    assert found["deep"][0] < 45 < 60 < found["deep"][1]
    assert printed.picture.read_bytes().startswith(b"\x89PNG")
    assert str(printed.picture) in printed.out
    explained = re.findall(r"^   (Settled|Still improving|Over-fitting since|Diverged|Stuck)\b", printed.out, re.M)
    assert len(explained) == 3, "each run is explained in a sentence or two"


def test_the_main_job_shows_a_line_an_epoch_as_keras_does(printed):
    assert printed.out.count("\nEpoch 20/20\n") == 3
    line = r"^23/23 - 0s - \w+/step - accuracy: [\d.]+ - loss: [\d.e-]+ - val_accuracy: [\d.]+ - val_loss: [\d.e-]+$"
    assert len(re.findall(line, printed.out, flags=re.M)) == 20
    assert max(map(len, printed.out.splitlines())) <= 120


def test_the_main_job_gives_the_same_numbers_every_time(printed, tmp_path, capsys):
    tinynet.set_random_seed(99)
    main(["--out", str(tmp_path / "again.png")])
    numbers = r"\w+: [\d.]+(?:e-\d+)?|(?:accuracy|mae) [\d.]+"
    assert re.findall(numbers, capsys.readouterr().out) == re.findall(numbers, printed.out)


def test_without_matplotlib_one_line_says_how_to_get_the_picture(tmp_path, capsys, monkeypatch):
    for name in [name for name in sys.modules if name.split(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert main(["--epochs", "1", "--out", str(tmp_path / "curves.png")]) == 0
    out = capsys.readouterr().out
    assert "\nFor a picture of the curves, install matplotlib: pip install matplotlib\n" in out
    assert len(results(out)) == 3
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["nowhere/curves.png", "curves.unknown"])
def test_a_picture_that_cannot_be_saved_ends_in_an_error_after_the_results(name, tmp_path, capsys):
    assert main(["--epochs", "1", "--out", str(tmp_path / name)]) == 1
    captured = capsys.readouterr()
    assert len(results(captured.out)) == 3
    assert "could not be saved" in captured.err


@pytest.mark.parametrize("epochs", ["0", "-1", "two", "1.5"])
def test_a_wrong_number_of_epochs_is_refused(epochs, capsys):
    with pytest.raises(SystemExit) as stop:
        main([f"--epochs={epochs}"])
    assert stop.value.code == 2
    assert "whole number from 1 on" in capsys.readouterr().err


def test_an_interrupt_ends_the_main_job_without_a_traceback(monkeypatch, capsys):
    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setattr("tinynet.__main__.perceptron", interrupted)
    assert main([]) == 130
    assert capsys.readouterr().err == "\nInterrupted.\n"


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_a_command_gets_its_arguments_untouched(command, monkeypatch):
    received = []
    module = SimpleNamespace(main=lambda argv: received.append(argv) or 3)
    monkeypatch.setitem(sys.modules, COMMANDS[command][0], module)
    assert main([command, "--help", "script.py", "--epochs", "x"]) == 3
    assert received == [["--help", "script.py", "--epochs", "x"]]


@pytest.mark.parametrize("command", [[], ["run"], ["trace"]])
def test_each_command_explains_itself(command):
    run = subprocess.run(
        [sys.executable, "-m", "tinynet", *command, "--help"], capture_output=True, text=True, check=True, timeout=60
    )
    assert f"usage: {' '.join(['python -m tinynet', *command])}" in run.stdout


def test_the_help_lists_every_command_and_what_it_does(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["--help"])
    said = capsys.readouterr().out
    assert stop.value.code == 0
    assert [f"  {name:<8}{does}\n" in said for name, (_, does) in COMMANDS.items()] == [True] * len(COMMANDS)
    assert max(map(len, said.splitlines())) <= 80


def test_the_version_is_told(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["--version"])
    assert (stop.value.code, capsys.readouterr().out) == (0, f"tinynet {tinynet.__version__}\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["lessn"], "Unknown command: 'lessn'. Did you mean 'lesson'?"),
        (["rnu", "script.py", "--epochs", "x"], "Did you mean 'run'?"),
        (["--epochs", "3", "run"], "a command comes first: python -m tinynet run ..."),
        (["RUN", "script.py"], "a command comes first: python -m tinynet run ..."),
        (["script.py"], "to run a program: python -m tinynet run script.py ..."),
    ],
)
def test_a_word_that_is_no_command_is_corrected(arguments, said, capsys):
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    assert said in capsys.readouterr().err


def test_the_package_brings_its_data_and_type_marker():
    package = importlib.resources.files("tinynet")
    bundled = {entry.name for entry in (package / "datasets" / "bundled").iterdir()}
    assert {
        "breast_cancer.csv.gz",
        "digits.csv.gz",
        "diabetes_data_raw.csv.gz",
        "diabetes_target.csv.gz",
        "LICENSE-scikit-learn.txt",
        "SOURCES.md",
    } <= bundled
    assert (package / "py.typed").is_file()
