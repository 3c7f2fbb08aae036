"""CSVLogger writes the file that Keras's writes."""

from __future__ import annotations

import numpy as np
import pytest

from tinynet.callbacks import (
    CSVLogger,
)


class TestCSVLogger:
    EPOCHS = (
        {"loss": 0.5, "accuracy": 0.25, "val_loss": 0.125},
        {"accuracy": 1.0, "loss": 1e-30, "val_loss": float("nan"), "extra": 3.0},
        {"loss": [1.0, 2.0], "accuracy": np.array(0.5)},
    )

    def write(self, module, path, **options):
        logger = module(path, **options)
        for _ in range(2):
            logger.on_train_begin()
            for epoch, logs in enumerate(self.EPOCHS):
                logger.on_epoch_end(epoch, dict(logs))
            logger.on_train_end()
        return path.read_bytes()

    @pytest.mark.parametrize("options", [{}, {"append": True}, {"separator": ";"}])
    @pytest.mark.parametrize("before", [None, b"", b"epoch,accuracy,loss,val_loss\r\n0,1.0,2.0,3.0\r\n"])
    def test_the_file_is_byte_for_byte_that_of_kerass(self, keras_callbacks, tmp_path, options, before):
        texts = []
        for module in (keras_callbacks.CSVLogger, CSVLogger):
            path = tmp_path / f"{len(texts)}.csv"
            if before is not None:
                path.write_bytes(before.replace(b",", options.get("separator", ",").encode()))
            texts.append(self.write(module, path, **options))
        assert texts[0] == texts[1]
        assert len(texts[0].splitlines()) >= 4

    def test_a_validation_from_the_first_epoch_on_needs_no_further_columns(self, tmp_path):
        logger = CSVLogger(tmp_path / "log.csv")
        logger.on_train_begin()
        logger.on_epoch_end(0, {"val_loss": 2.0, "loss": 1.0})
        assert (tmp_path / "log.csv").read_bytes() == b"epoch,loss,val_loss\r\n0,1.0,2.0\r\n"

    def test_a_file_that_cannot_be_written_fails_before_the_training(self, tmp_path):
        with pytest.raises(FileNotFoundError):
            CSVLogger(tmp_path / "missing" / "log.csv").on_train_begin()
