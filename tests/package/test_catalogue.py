"""The list of parts in the README is made by a command, and is up to date."""

from __future__ import annotations

from pathlib import Path

import pytest

from tinynet import __main__, activations, catalogue, losses, optimizers

README = Path(__file__).parents[2] / "README.md"


def test_the_readme_lists_every_part(tmp_path):
    copy = tmp_path / "README.md"
    copy.write_text(README.read_text(encoding="utf-8"), encoding="utf-8")
    assert not catalogue.put_into(copy), "run `python -m tinynet parts --into README.md`"


def test_the_list_is_that_of_the_tables():
    found = catalogue.parts()
    assert found["activations"] == sorted(activations.TABLE)
    assert set(found["losses"]) == set(losses.CLASSES)
    assert set(found["optimizers"]) == set(optimizers.CLASSES)
    assert {"Dense", "Dropout", "Flatten", "Input"} <= set(found["layers"])
    assert "KernelLayer" not in found["layers"]


def test_the_command_prints_the_list_and_writes_it(tmp_path, capsys):
    assert __main__.main(["parts"]) == 0
    assert "| activations | `celu`, `elu`" in capsys.readouterr().out
    page = tmp_path / "page.md"
    page.write_text(f"before\n{catalogue.FIRST}\nold\n{catalogue.LAST}\nafter\n", encoding="utf-8")
    assert __main__.main(["parts", "--into", str(page)]) == 0
    text = page.read_text(encoding="utf-8")
    assert (text[:6], text[-6:]) == ("before", "after\n")
    assert "`SGD`" in text
    assert "old" not in text


def test_a_page_without_a_place_for_the_list_is_refused(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("nothing\n", encoding="utf-8")
    with pytest.raises(ValueError, match="between <!-- parts -->"):
        catalogue.put_into(page)
