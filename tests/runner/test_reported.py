"""Where and how a script runs, case by case: ``python -m tinynet run SCRIPT`` beside ``python SCRIPT``, in processes.

What a script sees in the same process, and the plain endings, are in test_script.py.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import zipfile

import pytest

from tests.support.scripts import RUNNER, outcome

ENDINGS = {
    "the last line": "print('done')",
    "sys.exit with a number": "import sys; print('a'); sys.exit(3)",
    "sys.exit with a number beyond a byte": "import sys; sys.exit(-1)",
    "sys.exit with a text": "import sys; print('a'); sys.exit('no data')",
    "SystemExit in a thread": "import sys, threading\nthreading.Thread(target=sys.exit, args=(3,)).start()",
    "an error in a thread": "import threading\nthreading.Thread(target=int, args=('x',), name='T').start()",
    "an error": "def f():\n    raise ValueError('é')\nprint('a', flush=True)\nf()",
    "an error in an exit handler": "import atexit\n@atexit.register\ndef last():\n    1 / 0\nprint('a')",
    "KeyboardInterrupt": "raise KeyboardInterrupt",
    "Ctrl-C": "import os, signal\nos.kill(os.getpid(), signal.SIGINT)\nimport time; time.sleep(9)",
    "Ctrl-C with an exit handler": "import atexit\natexit.register(print, 'left')\nraise KeyboardInterrupt",
    "SIGTERM": "import os, signal\nos.kill(os.getpid(), signal.SIGTERM)\nimport time; time.sleep(9)",
    "an excepthook that exits": "import sys\nsys.excepthook = lambda *e: (print(e[1]), sys.exit(4))\n1 / 0",
    "an excepthook that fails": "import sys\ndef hook(*error):\n    raise KeyError(1)\nsys.excepthook = hook\n1 / 0",
    "an excepthook that is gone": "import sys\ndel sys.excepthook\n1 / 0",
    "another signal": "import os, signal\nsignal.signal(signal.SIGUSR1, signal.SIG_DFL)\n"
    "os.kill(os.getpid(), signal.SIGUSR1)",
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_script_ends_as_under_python(ending, folder):
    path = folder(program=ENDINGS[ending])
    ours = outcome([*RUNNER, "program.py"], path)
    theirs = outcome([sys.executable, "program.py"], path)
    assert ours[::2] == theirs[::2]
    assert ours[2] == -signal.SIGINT or not ending.startswith("Ctrl-C")
    if ending not in ("an excepthook that fails", "an excepthook that is gone"):  # of which Python says more
        assert without_addresses(ours[1]) == without_addresses(theirs[1])


def without_addresses(text):
    return [line for line in text.splitlines() if " at 0x" not in line]


def test_a_reader_that_goes_away_ends_it_as_under_python(folder):
    path = folder(program="for i in range(100_000):\n    print(i)")
    outcomes = []
    for command in (RUNNER, [sys.executable]):
        read, write = os.pipe()
        os.close(read)
        with os.fdopen(write, "wb") as nobody:
            outcomes.append(outcome([*command, "program.py"], path, stdout=nobody))
    assert outcomes[0] == outcomes[1]
    assert "BrokenPipeError" in outcomes[0][1]


SEEN = """\
'''What it is for.'''
import os, sys
print(__name__, os.path.relpath(__file__), __package__, __doc__, sys.argv, os.path.relpath(sys.path[0]))
print(None if __spec__ is None else __spec__.name, type(__loader__).__name__, sorted(globals()))
os.chdir("/")
import inspect, part
print(part.X, os.path.isabs(part.__file__), inspect.getsource(part.f), sys.path.count(sys.path[0]))
1 / part.zero
"""
PART = "X, zero = 3, 0\ndef f():\n    pass"


@pytest.mark.parametrize("form", ["./file", "folder", "zip", "pyc", "link"])
def test_a_script_sees_of_itself_what_it_sees_under_python(form, folder):
    path = folder(program=SEEN, part=PART, __main__=SEEN)
    name = {"./file": "./program.py", "folder": ".", "zip": "all.zip", "pyc": "p.pyc"}.get(form)
    if form == "zip":
        with zipfile.ZipFile(path / name, "w") as archive:
            archive.writestr("__main__.py", SEEN)
            archive.writestr("part.py", PART)
    if form == "pyc":
        import py_compile

        py_compile.compile(str(path / "program.py"), str(path / name), doraise=True)
    if form == "link":
        (path / "elsewhere").mkdir()
        name = "elsewhere/other.py"
        (path / name).symlink_to(path / "program.py")
    ours, (out, error, code) = (
        outcome([*command, name, "-x", "--time"], path) for command in (RUNNER, [sys.executable])
    )
    assert ours == (out, re.sub('  File "<frozen runpy>.*\n', "", error), code)


@pytest.mark.parametrize("name", ["/dev/stdin", "-"])
def test_the_standard_input_can_be_the_script(name, tmp_path):
    text = "import sys\nprint(__name__, __file__, sys.argv, sorted(globals()), sys.stdin.read())\n1 / 0"
    ours, theirs = (outcome([*command, name, "x"], tmp_path, input=text) for command in (RUNNER, [sys.executable]))
    assert ours == theirs
    assert ours[0].startswith("__main__ ")


def test_a_named_pipe_can_be_the_script(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    writer = subprocess.Popen(["/bin/sh", "-c", "echo 'print(__file__)' > pipe"], cwd=tmp_path)
    assert outcome([*RUNNER, "pipe"], tmp_path) == (f"{tmp_path}/pipe\n", "", 0)
    assert writer.wait(10) == 0


CONTENTS = {
    "a mark of the byte order": b"\xef\xbb\xbfprint('\xc3\xa9')",
    "another encoding": b"# coding: cp1252\nprint('caf\xe9 \x80')",
    "an encoding that does not exist": b"# coding: no-such\nprint(1)",
    "bytes of another encoding": b"print('caf\xe9')",
    "bytes of no text": bytes(range(256)),
    "old line ends": b"x = 1\rprint(x)\r\nprint('''a\r\nb''' == 'a\\nb')",
}


@pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS)
def test_a_file_is_read_as_python_reads_it(content, tmp_path):
    (tmp_path / "program.py").write_bytes(content)
    ours, theirs = (outcome([*command, "program.py"], tmp_path) for command in (RUNNER, [sys.executable]))
    assert ours[::2] == theirs[::2]
    assert ours[1].startswith("Traceback") is False
    assert ours[1].count("SyntaxError: ") == theirs[1].count("SyntaxError: ")


@pytest.mark.parametrize("name", ["none.py", "program.py/none.py", "n" * 300])
def test_what_cannot_be_opened_is_said(name, folder):
    out, error, code = outcome([*RUNNER, name], folder(program=""))
    assert (out, code) == ("", 2)
    assert error.count("\n") == 1
    assert error.startswith("tinynet run: can't open file '")


def test_a_folder_without_a_program_is_told_of_all(folder):
    out, error, code = outcome([*RUNNER, "."], folder(other=""))
    assert (out, code) == ("", 2)
    assert "__main__.py" in error
    assert "--all" in error


@pytest.mark.parametrize(
    "options", [["--data", ""], ["--data", "none"], ["--data", "program.py"], ["--save-plots", ""]]
)
def test_a_folder_that_is_none_is_refused_before_the_script_runs(options, folder):
    out, error, code = outcome([*RUNNER, *options, "program.py"], folder(program="print('ran')"))
    assert (out, code) == ("", 2)
    assert options[0] in error.splitlines()[-1]


@pytest.mark.parametrize("place", ["program.py", "program.py/pictures", "/proc/pictures", "/dev/null"])
def test_a_place_for_pictures_where_nothing_can_be_written_is_refused_before_the_script_runs(place, folder):
    out, error, code = outcome([*RUNNER, "--save-plots", place, "program.py"], folder(program="print('ran')"))
    assert (out, code) == ("", 2)
    assert error.count("\n") == 1
    assert error.startswith(f"tinynet run: --save-plots: can't write into '{place}': ")


PLOTS = """
import os
import matplotlib.pyplot as plt
for number in range(2):
    plt.figure(figsize=(1, 1))
    plt.show()
    os.rename("pictures", f"moved-{number}")
    open("pictures", "w").close()
print("done")
"""


def test_a_picture_that_cannot_be_saved_ends_no_training_but_shows_in_the_exit_code(folder):
    path = folder(program=PLOTS)
    out, error, code = outcome([*RUNNER, "--save-plots", "pictures", "program.py"], path)
    assert (out, code) == ("done\n", 1)
    saved, failed = error.splitlines()
    assert saved.startswith("tinynet run: plot saved to ")
    assert failed.startswith("tinynet run: plot not saved: ")


def test_the_times_come_after_all_that_the_script_does(folder):
    text = "import atexit, sys\natexit.register(print, 'left', file=sys.stderr)\nprint('a', file=sys.stderr)"
    out, error, code = outcome([*RUNNER, "--time", "program.py"], folder(program=text))
    assert (out, code) == ("", 0)
    assert error.startswith("a\nleft\ntinynet run: program.py took ")


def test_an_interrupt_of_many_programs_is_said(folder):
    text = "import os, signal\nos.kill(os.getppid(), signal.SIGINT)\nimport time; time.sleep(1)\n"
    out, error, code = outcome([*RUNNER, "--all", "."], folder(a=text, b="print('ran')"))
    assert (out, error, code) == ("==> a.py\n", "\nInterrupted.\n", 130)
