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
        (
            "from keras.layers import Dense, Conv2D\nConv2D(3)",
            "line 1: there is no keras.layers.Conv2D. .*no convolutions",
        ),
        ("import keras.applications as a", "line 1: there is no keras.applications"),
        ("from keras.applications.vgg16 import VGG16\nVGG16()", "there is no keras.applications"),
        ("def later():\n    from keras.layers import LSTM\n    LSTM(3)", "line 2: .*no recurrence"),
        ("from keras import layers\nlayers.Conv1D(3)", "line 2: there is no keras.layers.Conv1D"),
        ("import tensorflow as tf\ntf.keras.layers.GRU(3)", "line 2: there is no tf.keras.layers.GRU"),
        ("import tensorflow as tf\ntf.gradients(1, 2)", "no general differentiation"),
        ("import tensorflow as tf\ntf.reduce_sums(1)", "Names like it: reduce_sum"),
        ("from keras.layers import Dense\nDense(3, unit=4)", "line 2: Dense takes no `unit`. It takes: units"),
        ("from keras.layers import Dense\nfrom keras.layers import Dense\nDense(3, a=4)", "line 3: Dense takes no `a`"),
        ("import keras\nm = keras.Sequential()\nm.fit(1, epoch=2)", "line 3: fit takes no `epoch`"),
        (
            "import keras\nm = keras.Sequential()\nm.transform()",
            r"line 3: a model has no `transform`. Instead: `predict\(x\)`",
        ),
        ("import keras\nm = keras.Sequential()\nm.predict_clases()", "Names like it: predict_classes"),
        ("from keras.layers import LSTM\ndef f(model): return isinstance(model, LSTM)", "line 1: .*no recurrence"),
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
        "from keras import Sequential\nm = Sequential()\nm(1, training=True)",
        "from keras.layers import Dense, LSTM",
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


IN_VAIN = """
from keras.layers import Dense, Conv2D, LSTM as L
from tensorflow.keras.layers.convolutional import MaxPooling2D
from tensorflow.keras.applications.vgg16 import VGG16, preprocess_input
def main():
    from keras.preprocessing.image import apply_affine_transform
    print(Dense.__name__)
main()
"""


def test_what_is_imported_and_never_used_is_left_out_and_said(script, capsys):
    from tinynet.runner import main

    assert main([str(script(IN_VAIN))]) == 0
    out, err = capsys.readouterr()
    assert out == "Dense\n"
    assert err.count("\n") == 1
    assert err.startswith("tinynet run: program.py imports and never uses: keras.layers.Conv2D, keras.layers.LSTM, ")
    assert "tensorflow.keras.applications.vgg16.VGG16" in err
    assert "keras.preprocessing.image.apply_affine_transform" in err


def test_what_stands_for_nothing_raises_the_error_of_its_import():
    from tinynet.runner.names import finder

    with tinynet.install_as_keras():
        finder.unneeded = ["keras.layers.LSTM"]
        from keras.layers import LSTM

        for use in (lambda: LSTM(3), lambda: LSTM.units):
            with pytest.raises(ImportError, match=r"no keras\.layers\.LSTM .*no recurrence"):
                use()
    with tinynet.install_as_keras(), pytest.raises(ImportError):
        from keras.layers import LSTM


def test_a_worker_leaves_out_what_its_script_imports_in_vain(script, capfd):
    from tinynet.runner import main

    program = """
    import multiprocessing
    from keras.layers import Dense, LSTM
    def units(n):
        return Dense(n).units
    if __name__ == "__main__":
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            print(pool.map(units, [3, 4]))
    """
    assert main([str(script(program))]) == 0
    assert capfd.readouterr().out == "[3, 4]\n"
