"""What tinynet lacks of Keras and TensorFlow, and what takes its place: for messages."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from typing import Any, NoReturn

_DENSE = "tinynet is for networks of Dense layers"
#: What a name contains, and what is to be said of it. The first that fits counts.
_ADVICE = (
    (r"Conv|Pooling[23]D|ZeroPad|UpSampling|convolutional|Cropping|SpatialDropout", f"{_DENSE}: no convolutions."),
    (r"LSTM|GRU|RNN|recurrent|Bidirectional", f"{_DENSE}: no recurrence."),
    (r"Attention|Transformer|Conformer", f"{_DENSE}: no attention."),
    (r"applications|VGG|ResNet|MobileNet|Inception", f"{_DENSE}: it has no networks trained on images."),
    (
        r"^image$|Random(Flip|Rotation|Zoom|Crop|Translation)|Resizing|CenterCrop",
        "Images are arrays here: read them with keras.utils.load_img, pass x.reshape(len(x), -1) / 255 to `fit`.",
    ),
    (r"yaml", "Keras has given it up too: use `model.to_json` and `model_from_json`."),
    (
        r"^gradients$|apply_gradients|get_gradients",
        "There is no general differentiation in graphs: give the loss to `compile` and train with `fit`, or compute it "
        "within tf.GradientTape.",
    ),
    (r"placeholder|InteractiveSession|layers\.dense$", "There are no graphs to feed: build a keras.Sequential."),
    (
        r"feature_column|DenseFeatures",
        "Keras has given it up too: make the columns with NumPy, pandas or the layers StringLookup, Discretization, "
        "CategoryEncoding and Embedding.",
    ),
    (r"[Ee]stimator|contrib", "Build a keras.Sequential, and train it with `fit`."),
    (r"^Merge$", "Put models together by keras.layers.concatenate([a.output, b.output]) and keras.Model."),
    (r"TPU|tpu", "It computes on the processor: train the model itself."),
    (r"RMSPropOptimizer|Optimizer$", "Give keras.optimizers' to `compile`."),
    (r"to_log_proba|predict_log_proba", "Take np.log(model.predict(x))."),
    (r"lite|saved_model|TFLite", "Save with `model.save`, or write ONNX with tinynet.interop."),
    (r"^graph$|Graph$", "Build a keras.Sequential or, with branches, a keras.Model."),
    (r"Highway|MaxoutDense|LocallyConnected", "Keras has given it up too: use Dense."),
)
_METHODS = {
    "fit_on_batch": "`train_on_batch(x, y)`",
    "predict_class": "`predict(x).argmax(axis=1)`",
    "predict_label": "`predict(x).argmax(axis=1)`",
    "score": "`evaluate(x, y)`",
    "test": "`evaluate(x, y)`",
    "train": "`fit(x, y)`",
    "transform": "`predict(x)`",
    "load": "`keras.models.load_model(path)`",
    "save_model": "`save(path)`",
    "get_output_at": "`output`",
    "get_input_at": "`input`",
    "set_lr": "`optimizer.learning_rate = …`",
    "lr": "`learning_rate`",
    "add_loss": "a loss in `compile`, or a layer whose `call` says self.add_loss(…)",
    "add_metric": "a metric in `compile`",
    "reset_states": "nothing: no layer has states",
    "run": "`predict(x)`",
    "eval": "`numpy()`",
}


def advice(name: str) -> str:
    """Return a sentence about a missing name of Keras's or TensorFlow's, or nothing."""
    return next((text for pattern, text in _ADVICE if re.search(pattern, name)), "")


def advice_on(module: str, name: str) -> str:
    """Return a sentence about a missing name of a module's, or nothing."""
    return advice(name) or advice(f"{module.replace('tensorflow', 'tf')}.{name}")


def instead_of(method: str, known: Sequence[str]) -> str:
    """Return a sentence with what takes the place of a missing method, or with methods whose names are like it."""
    return f"Instead: {_METHODS[method]}." if method in _METHODS else near(method, known)


def near(name: str, known: Sequence[str]) -> str:
    """Return a sentence with the names that are like one, or nothing."""
    alike = difflib.get_close_matches(name, known, n=5)
    return f"Names like it: {', '.join(alike)}." if alike else ""


class Unneeded:
    """What a program imports in vain: anything that is done with it raises the error of the import."""

    def __init__(self, message: str) -> None:
        vars(self)["_message"] = message

    def __call__(self, *arguments: Any, **options: Any) -> NoReturn:
        """Raise the error."""
        raise ImportError(self._message)

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("__"):
            raise AttributeError(name)
        raise ImportError(self._message)
