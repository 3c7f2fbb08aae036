"""The README's claims that can be checked: its example, its commands, its names."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(text: str) -> list[str]:
    """Return the code blocks of a text, each beginning with its language."""
    return re.findall(r"^```(\w*\n.*?)^```$", text, flags=re.M | re.S)


def section(heading: str) -> str:
    """Return what stands under a heading."""
    return next(part for part in re.split(r"^## ", README, flags=re.M) if part.startswith(heading))


def in_pieces(text: str) -> tuple[list[str], list[float]]:
    """Return a text's words, and its numbers."""
    number = r"\d+(?:\.\d+)?"
    return re.split(number, text), [float(found) for found in re.findall(number, text)]


def test_the_example_prints_what_the_readme_says(tmp_path):
    program, said = (block.split("\n", 1)[1] for block in blocks(section("An example")))
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=tmp_path, timeout=120)
    assert (run.stderr, run.returncode) == ("", 0)
    (words, numbers), (said_words, said_numbers) = in_pieces(run.stdout), in_pieces(said)
    assert words == said_words
    # The last digits depend on the processor's rounding: one answer in 360 may differ.
    assert numbers == pytest.approx(said_numbers, abs=0.3)


@pytest.mark.parametrize("heading", ["Run it", "Test it"])
def test_each_set_up_command_is_one_line_in_a_block_of_its_own(heading):
    (block,) = blocks(section(heading))
    language, command = block.splitlines()
    assert language == "sh"
    assert re.fullmatch(r'pip install (-e )?"\.\[\w+\]" && .+', command)


def test_there_are_two_set_up_commands_and_no_other():
    assert README.count("pip install") == 2
    assert sum(block.startswith("sh\n") for block in blocks(README)) == 2


def test_ci_runs_the_very_command_of_the_readme():
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    extract = re.search(r"^test_command=\$\((.*)\)$", script, flags=re.M)[1]
    found = subprocess.run(["bash", "-c", extract], capture_output=True, text=True, cwd=ROOT, check=True).stdout
    assert found == blocks(section("Test it"))[0].removeprefix("sh\n")
    assert found.strip() not in script


def test_every_file_the_readme_links_to_is_there():
    targets = re.findall(r"\]\(([^)#]+)\)", README)
    assert targets
    for target in targets:
        assert (ROOT / target).exists(), target


def test_every_name_in_the_table_of_parts_exists():
    import tinynet

    rows = {row[0].strip(): row[1] for row in re.findall(r"^\| ([^|]+)\|([^|]+)\|$", section("What is in it"), re.M)}
    for name in re.findall(r"`(\w+)`", rows["layers"]):
        assert hasattr(tinynet.layers, name)
    for name in re.findall(r"\b[a-z]+\b", rows["activations"]):
        assert callable(tinynet.activations.get(name))
    for name in re.findall(r"`(\w+)`", rows["data sets"]):
        assert callable(getattr(tinynet.datasets, name).load_data)
    for name in re.findall(r"`(\w+)`", rows["training"]):
        assert callable(getattr(tinynet.Sequential, name))
    for row in ("learning", "pictures", "Keras programs"):
        for path in re.findall(r"`(?:tinynet|model)\.(\w+)", rows[row]):
            assert hasattr(tinynet, path) or hasattr(tinynet.Sequential, path)


def test_every_heading_the_readme_links_to_is_there():
    for page, heading in re.findall(r"\]\(([^)#]+)#([^)]+)\)", README):
        text = (ROOT / page).read_text(encoding="utf-8")
        headings = [line.lstrip("# ") for line in text.splitlines() if line.startswith("#")]
        assert heading in {re.sub(r"[^\w -]", "", each.lower()).replace(" ", "-") for each in headings}
