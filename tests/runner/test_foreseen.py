"""What a program asks for that tinynet lacks is said before it runs, and nothing else is."""

from __future__ import annotations

import ast
import re
import textwrap

import pytest

import tinynet
from tinynet.runner import foreseen


def lacks(program):
    with tinynet.install_as_keras():
        return list(foreseen.Source([("line", ast.parse(textwrap.dedent(program)))]).lacks.values())


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("from keras.layers import Dense, Conv2D", "line 1: there is no keras.layers.Conv2D. .*no convolutions"),
        ("import keras.applications as a", "line 1: there is no keras.applications"),
        ("from keras.applications.vgg16 import VGG16", "there is no keras.applications"),
        ("def later():\n    from keras.layers import LSTM", "line 2: .*no recurrence"),
        ("from keras import layers\nlayers.Conv1D(3)", "line 2: there is no keras.layers.Conv1D"),
        ("import tensorflow as tf\ntf.keras.layers.GRU(3)", "line 2: there is no tf.keras.layers.GRU"),
        ("import tensorflow as tf\nwith tf.GradientTape() as t: pass", "no general differentiation"),
        ("import tensorflow as tf\ntf.reduce_sums(1)", "Names like it: reduce_sum"),
        ("from keras.layers import Dense\nDense(3, unit=4)", "line 2: Dense takes no `unit`. It takes: units"),
        ("from keras.layers import Dense\nfrom keras.layers import Dense\nDense(3, a=4)", "line 3: Dense takes no `a`"),
        ("import keras\nm = keras.Sequential()\nm.fit(1, epoch=2)", "line 3: fit takes no `epoch`"),
        (
            "import keras\nm = keras.Sequential()\nm.to_yaml()",
            r"line 3: a model has no `to_yaml`. Instead: `to_json\(\)`",
        ),
        ("import keras\nm = keras.Sequential()\nm.predict_clases()", "Names like it: predict_classes"),
    ],
)
def test_what_is_missing_is_found_in_the_source(line, said):
    (found,) = lacks(line)
    assert re.search(said, found), found


@pytest.mark.parametrize(
    "program",
    [
        "try:\n    from keras.layers import LSTM\nexcept ImportError:\n    LSTM = None",
        "import tensorflow as tf\nif tf.__version__ < '2': tf.enable()",
        "import tensorflow as tf\nif hasattr(tf, 'enable'): tf.enable()",
        "import keras\nkeras.mine = 3\nprint(keras.mine, keras.__file__)",
        "import keras\nkeras = object()\nkeras.unknown",
        "from keras import layers\ndef f(layers): return layers.Conv2D",
        "from keras.layers import Dense\nDense(output_dim=3, init='uniform', W_regularizer=None, input_length=2)",
        "from keras.layers import *\nConv2D",
        "from keras.callbacks import TensorBoard\nTensorBoard('logs', histogram_freq=1)",
        "from keras.models import Sequential\nm = Sequential()\nm.mine = 2; m.mine; m.history; m.fit(nb_epoch=2)",
        "import keras\nm = keras.Sequential()\nm = object()\nm.anything()",
        "from mine import keras_of_mine\nimport numpy as np\nnp.unknown; keras_of_mine.unknown",
        "from keras.optimizers import SGD, adam_v2\nSGD(lr=0.1, decay=1e-6, nesterov=True); adam_v2.Adam(lr=1)",
        "from keras.wrappers.scikit_learn import KerasClassifier\nKerasClassifier(build_fn=len, epochs=2, verbose=0)",
        "from keras import Sequential\nm = Sequential()\nm.fit(show_accuracy=True)",
    ],
)
def test_what_runs_is_not_reported(program):
    assert lacks(program) == []


def test_it_is_said_once_before_the_program_runs(script, capsys):
    from tinynet.runner import main

    path = script("print('begins')\ndef late():\n    from keras.layers import Conv2D\n    Conv2D\nprint('ends')")
    assert main([str(path)]) == 0
    out, err = capsys.readouterr()
    assert out == "begins\nends\n"
    assert err.startswith(
        "tinynet run: program.py asks for what tinynet lacks:\n  line 3: there is no keras.layers.Conv2D"
    )
    assert err.count("Conv2D") == 1
