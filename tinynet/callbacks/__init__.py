"""Callbacks: objects that `fit`, `evaluate` and `predict` call as they go along.

Source: https://keras.io/api/callbacks/
"""

from typing import TYPE_CHECKING

from tinynet._names import missing_from
from tinynet.callbacks.backup_and_restore import BackupAndRestore
from tinynet.callbacks.callback import Callback
from tinynet.callbacks.callback_list import CallbackList
from tinynet.callbacks.csv_logger import CSVLogger
from tinynet.callbacks.early_stopping import EarlyStopping
from tinynet.callbacks.history import History, HistoryDict
from tinynet.callbacks.lambda_callback import LambdaCallback
from tinynet.callbacks.learning_rate import LearningRateScheduler, ReduceLROnPlateau
from tinynet.callbacks.model_checkpoint import ModelCheckpoint
from tinynet.callbacks.terminate_on_nan import TerminateOnNaN

__all__ = [
    "BackupAndRestore",
    "CSVLogger",
    "Callback",
    "CallbackList",
    "EarlyStopping",
    "History",
    "HistoryDict",
    "LambdaCallback",
    "LearningRateScheduler",
    "ModelCheckpoint",
    "ReduceLROnPlateau",
    "TerminateOnNaN",
]

if not TYPE_CHECKING:
    __getattr__ = missing_from(__name__, __all__)
