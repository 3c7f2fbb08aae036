"""Where Keras and TensorFlow had their names over the years, and what of tinynet stands there: tables for `names`."""

from __future__ import annotations

#: Where Keras stood, the longest first because each is matched as a prefix.
KERAS = (
    "tensorflow.python.keras.api._v2.keras",
    "tensorflow.keras._tf_keras.keras",
    "tensorflow.contrib.keras.api.keras",
    "tensorflow.contrib.keras.python.keras",
    "tensorflow_core.python.keras",
    "keras.api._tf_keras.keras",
    "tensorflow.compat.v1.keras",
    "tensorflow.compat.v2.keras",
    "tensorflow.python.keras",
    "tensorflow.contrib.keras",
    "tensorflow_core.keras",
    "tensorflow.keras",
    "keras._tf_keras.keras",
    "keras.api._v2.keras",
    "keras_preprocessing",
    "keras.src.legacy",
    "keras.api",
    "keras.src",
    "tf_keras",
    "keras",
    "scikeras",
)
ROOTS = ("keras", "keras_preprocessing", "scikeras", "tensorflow", "tensorflow_core", "tf_keras")

_DATASETS = ("boston_housing", "california_housing", "cifar10", "cifar100", "fashion_mnist", "imdb", "mnist", "reuters")

#: Today's modules, called alike in tinynet.
_TODAY = (
    *("activations", "backend", "callbacks", "config", "constraints", "datasets"),
    *(f"datasets.{name}" for name in _DATASETS),
    *("initializers", "layers", "losses", "metrics", "models", "optimizers", "optimizers.schedules"),
    *("preprocessing", "preprocessing.sequence", "preprocessing.text", "regularizers", "saving"),
    "utils",
)
#: Modules of earlier versions, by the one of tinynet that has their names.
_EARLIER = {
    "layers": "layers.advanced_activations layers.core layers.core.dense layers.core.dropout layers.embeddings "
    "layers.experimental layers.experimental.preprocessing layers.merge layers.noise layers.normalization "
    "layers.normalization.batch_normalization layers.pooling layers.preprocessing layers.wrappers engine "
    "engine.base_layer "
    "engine.input_layer engine.topology",
    "metrics": "metrics.metrics",
    "models": "engine.functional engine.network engine.sequential engine.training",
    "backend": "backend.tensorflow_backend",
    "callbacks": "callbacks.callbacks",
    "losses": "objectives",
    "optimizers": "optimizers.legacy optimizers.adam_v2 optimizers.gradient_descent_v2 optimizers.rmsprop_v2 "
    "optimizer_v2 optimizer_v2.adam optimizer_v2.gradient_descent optimizer_v2.rmsprop optimizers.optimizer_v2 "
    "optimizers.optimizer_v2.adam optimizers.optimizer_v2.gradient_descent optimizers.optimizer_v2.rmsprop "
    "optimizers.adagrad_v2 optimizers.adadelta_v2 optimizers.adamax_v2 optimizers.nadam_v2 optimizers.ftrl_v2",
    "runner.initializations": "initializations",
    "optimizers.schedules": "optimizers.learning_rate_schedule optimizer_v2.learning_rate_schedule",
    "utils": "utils.np_utils utils.visualize_util utils.generic_utils utils.data_utils utils.vis_utils "
    "utils.layer_utils utils.all_utils utils.io_utils "
    "utils.training_utils utils.multi_gpu_utils utils.model_visualization",
    "preprocessing.sequence": "sequence",
    "runner.images": "preprocessing.image",
    "preprocessing.text": "text",
    "runner.quiet": "mixed_precision mixed_precision.experimental",
    "runner.operations": "ops ops.math ops.nn ops.numpy",
    "runner.random_names": "random",
    "saving": "engine.saving saving.saving_lib",
    "sklearn": "wrappers",
    "sklearn.keras2": "wrappers.scikit_learn",
}
#: Keras's modules, those of earlier versions among them, and the tinynet module behind each.
MODULES = {
    **{name: name for name in _TODAY},
    **{name: module for module, names in _EARLIER.items() for name in names.split()},
}
_OF_BACKEND = ("runner.tensors", "runner.operations", "runner.quiet", "runner.picking", "runner.backend_names")
#: What some modules have besides, of other modules of tinynet.
BESIDES = {
    "backend": _OF_BACKEND,
    "backend.tensorflow_backend": _OF_BACKEND,
    "ops": ("runner.tensors", "runner.picking", "activations", "runner.keras_operations"),
    "ops.nn": ("runner.picking", "activations"),
    "callbacks": ("runner.tensorboard",),
    "config": ("runner.quiet",),
    "preprocessing.image": ("runner.pictures",),
    "engine": ("models",),
    "engine.topology": ("models",),
    "utils": ("runner.utilities",),
    "utils.all_utils": ("runner.utilities",),
    "utils.data_utils": ("runner.utilities",),
    "utils.generic_utils": ("runner.utilities",),
    "utils.layer_utils": ("runner.utilities",),
    "utils.model_visualization": ("runner.utilities",),
    "utils.multi_gpu_utils": ("runner.utilities",),
    "utils.training_utils": ("runner.utilities",),
    "utils.vis_utils": ("runner.utilities",),
    "utils.visualize_util": ("runner.utilities",),
}

_OLDER_LAYERS = {
    "InputSpec": "runner.older_names.InputSpec",
    "ThresholdedReLU": "runner.older_names.thresholded_relu",
    "TimeDistributed": "runner.older_names.time_distributed",
    "DenseFeatures": "runner.feature_columns.DenseFeatures",
}
_FROM_FILES = {
    name: f"runner.directories.{name}" for name in ("text_dataset_from_directory", "timeseries_dataset_from_array")
} | {"image_dataset_from_directory": "runner.pictures.image_dataset_from_directory"}
_PICTURES = {name: f"runner.pictures.{name}" for name in ("array_to_img", "img_to_array", "load_img", "save_img")}
_OLDER_LOSSES = {
    "Reduction": "runner.older_names.Reduction",
    "cosine_proximity": "losses.cosine_similarity",
    "huber_loss": "losses.huber",
}
_ERRORS = "AbortedError AlreadyExistsError CancelledError DataLossError DeadlineExceededError FailedPreconditionError "
_ERRORS += "InternalError InvalidArgumentError NotFoundError OpError OutOfRangeError PermissionDeniedError "
_ERRORS += "ResourceExhaustedError UnavailableError UnimplementedError UnknownError"
#: Single names that some pages have besides, and what of tinynet they are.
NAMES = {
    "": {
        "Initializer": "initializers.Initializer",
        "Input": "layers.Input",
        "KerasTensor": "layers.symbolic.KerasTensor",
        "Layer": "layers.Layer",
        "Loss": "losses.Loss",
        "Metric": "metrics.Metric",
        "Model": "models.Model",
        "Optimizer": "optimizers.Optimizer",
        "Regularizer": "regularizers.Regularizer",
        "Sequential": "models.Sequential",
        "Variable": "runner.variables.Variable",
    },
    "backend": {"is_keras_tensor": "runner.older_names.is_keras_tensor"},
    "callbacks": {
        "BaseLogger": "runner.older_names.ProgbarLogger",
        "ProgbarLogger": "runner.older_names.ProgbarLogger",
    },
    "layers": {"merge": "runner.older_names.merge", **_OLDER_LAYERS},
    "layers.advanced_activations": _OLDER_LAYERS,
    "layers.core": _OLDER_LAYERS,
    "layers.merge": {"merge": "runner.older_names.merge"},
    "layers.wrappers": _OLDER_LAYERS,
    "engine": _OLDER_LAYERS,
    "engine.base_layer": _OLDER_LAYERS,
    "engine.topology": _OLDER_LAYERS,
    "losses": _OLDER_LOSSES,
    "objectives": _OLDER_LOSSES,
    "models": {
        "model_from_yaml": "runner.older_names.model_from_yaml",
        "save_model": "runner.older_names.save_model",
    },
    "regularizers": {
        "WeightRegularizer": "regularizers.L1L2",
        "activity_l1": "regularizers.L1",
        "activity_l1l2": "regularizers.L1L2",
        "activity_l2": "regularizers.L2",
    },
    "saving": {
        "deserialize_keras_object": "objects.deserialize_keras_object",
        "load_model": "models.load_model",
        "save_model": "runner.older_names.save_model",
        "serialize_keras_object": "objects.serialize_keras_object",
    },
    "utils.visualize_util": {"plot": "runner.utilities.plot_model"},
    "preprocessing": _FROM_FILES,
    "preprocessing.sequence": {"TimeseriesGenerator": "runner.series.TimeseriesGenerator"},
    "sequence": {"TimeseriesGenerator": "runner.series.TimeseriesGenerator"},
    "utils.io_utils": {"HDF5Matrix": "runner.series.HDF5Matrix"},
    "utils": {
        **_FROM_FILES,
        **_PICTURES,
        "split_dataset": "runner.splitting.split_dataset",
        "HDF5Matrix": "runner.series.HDF5Matrix",
        "clear_session": "backend.clear_session",
        "is_keras_tensor": "runner.older_names.is_keras_tensor",
    },
    "tensorflow.": {
        "Module": "runner.checkpoints.Module",
        "UnconnectedGradients": "runner.gradient_tape.UnconnectedGradients",
        "bool": "runner.tensors.bool_",
        "double": "runner.tensors.float64",
        "half": "runner.tensors.float16",
        "newaxis": "runner.tensors.newaxis",
        "constant_initializer": "initializers.Constant",
        "ones_initializer": "initializers.Ones",
        "random_normal_initializer": "initializers.RandomNormal",
        "random_uniform_initializer": "initializers.RandomUniform",
        "zeros_initializer": "initializers.Zeros",
    },
    "tensorflow.losses": _OLDER_LOSSES,
    "tensorflow.nn": {
        "l2_loss": "runner.tensorflow_1.l2_loss",
        "sigmoid_cross_entropy_with_logits": "runner.tensorflow_1.sigmoid_cross_entropy_with_logits",
        "softmax_cross_entropy_with_logits": "runner.tensorflow_1.softmax_cross_entropy_with_logits",
        "softmax_cross_entropy_with_logits_v2": "runner.tensorflow_1.softmax_cross_entropy_with_logits",
        "sparse_softmax_cross_entropy_with_logits": "runner.tensorflow_1.sparse_softmax_cross_entropy_with_logits",
    },
    "tensorflow.errors": {name: f"runner.files.{name}" for name in _ERRORS.split()},
    "tensorflow.train": {
        "Checkpoint": "runner.checkpoints.Checkpoint",
        "CheckpointManager": "runner.checkpoints.CheckpointManager",
        "latest_checkpoint": "runner.files.latest_checkpoint",
        "AdadeltaOptimizer": "runner.tensorflow_1.adadelta",
        "AdagradOptimizer": "runner.tensorflow_1.adagrad",
        "AdamOptimizer": "runner.tensorflow_1.adam",
        "GradientDescentOptimizer": "optimizers.SGD",
        "MomentumOptimizer": "runner.tensorflow_1.momentum",
        "RMSPropOptimizer": "runner.tensorflow_1.rmsprop",
    },
}

#: TensorFlow's older names for itself; what follows them is a page of TensorFlow.
TENSORFLOW = ("tensorflow.compat.v1", "tensorflow.compat.v2", "tensorflow.compat", "tensorflow", "tensorflow_core")
#: TensorFlow's modules that programs use besides Keras, and the tinynet modules behind each.
TENSORFLOW_MODULES: dict[str, tuple[str, ...]] = {
    "": (
        "runner.tensors",
        "runner.operations",
        "runner.quiet",
        "runner.variables",
        "runner.picking",
        "runner.gradient_tape",
        "runner.tensor_array",
        "runner.further_functions",
    ),
    "app": ("runner.flags",),
    "app.flags": ("runner.flags",),
    "errors": (),
    "feature_column": ("runner.feature_columns",),
    "flags": ("runner.flags",),
    "gfile": ("runner.files",),
    "io": ("runner.files",),
    "io.gfile": ("runner.files",),
    "strings": ("runner.strings",),
    "summary": ("runner.summaries",),
    "compat": (),
    "contrib": (),
    "data": ("runner.batches",),
    "data.experimental": ("runner.batches", "runner.csv_files"),
    "initializers": ("initializers",),
    "losses": ("losses",),
    "linalg": ("runner.operations", "runner.picking", "runner.further_functions"),
    "math": ("runner.operations", "runner.variables", "runner.picking", "runner.further_functions"),
    "metrics": ("metrics",),
    "nn": ("runner.operations", "runner.picking", "activations", "runner.further_functions"),
    "optimizers": ("optimizers",),
    "python": (),
    "python.client": (),
    "python.client.device_lib": ("runner.quiet",),
    "python.framework": (),
    "python.framework.ops": ("runner.quiet",),
    "python.ops": (),
    "python.ops.array_ops": ("runner.tensors", "runner.operations", "runner.picking"),
    "python.ops.init_ops": ("initializers",),
    "python.ops.math_ops": ("runner.operations", "runner.variables", "runner.picking"),
    "python.ops.nn": ("runner.operations", "runner.picking", "activations"),
    "python.types": (),
    "python.types.core": ("runner.tensors",),
    "python.util": (),
    "python.util.deprecation": ("runner.quiet",),
    "random": ("runner.random_names",),
    "distribute": ("runner.quiet",),
    "dtypes": ("runner.tensors",),
    "debugging": ("runner.quiet", "runner.further_functions"),
    "sysconfig": ("runner.quiet",),
    "train": (),
    "config": ("runner.quiet",),
    "config.experimental": ("runner.quiet",),
    "config.threading": ("runner.quiet",),
    "config.optimizer": ("runner.quiet",),
    "logging": ("runner.quiet",),
    "test": ("runner.quiet",),
    "autograph": ("runner.quiet",),
    "version": ("runner.quiet",),
}
