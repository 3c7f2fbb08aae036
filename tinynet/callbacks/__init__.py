"""Callbacks: objects that `fit`, `evaluate` and `predict` call as they go along.

Source: https://keras.io/api/callbacks/
"""

from typing import TYPE_CHECKING

from tinynet._names import found_in

#: The file of each.
_HOME = {
    "BackupAndRestore": "backup_and_restore",
    "CSVLogger": "csv_logger",
    "Callback": "callback",
    "CallbackList": "callback_list",
    "EarlyStopping": "early_stopping",
    "History": "history",
    "HistoryDict": "history",
    "LambdaCallback": "lambda_callback",
    "LearningRateScheduler": "learning_rate",
    "ModelCheckpoint": "model_checkpoint",
    "ReduceLROnPlateau": "learning_rate",
    "RemoteMonitor": "remote_monitor",
    "SwapEMAWeights": "swap_ema_weights",
    "TerminateOnNaN": "terminate_on_nan",
}

__all__ = list(_HOME)

if TYPE_CHECKING:  # what editors are told
    from tinynet.callbacks.backup_and_restore import BackupAndRestore as BackupAndRestore
    from tinynet.callbacks.callback import Callback as Callback
    from tinynet.callbacks.callback_list import CallbackList as CallbackList
    from tinynet.callbacks.csv_logger import CSVLogger as CSVLogger
    from tinynet.callbacks.early_stopping import EarlyStopping as EarlyStopping
    from tinynet.callbacks.history import History as History
    from tinynet.callbacks.history import HistoryDict as HistoryDict
    from tinynet.callbacks.lambda_callback import LambdaCallback as LambdaCallback
    from tinynet.callbacks.learning_rate import LearningRateScheduler as LearningRateScheduler
    from tinynet.callbacks.learning_rate import ReduceLROnPlateau as ReduceLROnPlateau
    from tinynet.callbacks.model_checkpoint import ModelCheckpoint as ModelCheckpoint
    from tinynet.callbacks.remote_monitor import RemoteMonitor as RemoteMonitor
    from tinynet.callbacks.swap_ema_weights import SwapEMAWeights as SwapEMAWeights
    from tinynet.callbacks.terminate_on_nan import TerminateOnNaN as TerminateOnNaN
else:
    __getattr__ = found_in(__name__, _HOME)


def __dir__() -> list[str]:
    return list(__all__)
