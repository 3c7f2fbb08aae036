"""The numbers by which compiled code knows activations, losses, metrics and optimizers, and its tables' columns.

Compiled code cannot look up a string or call an object; the objects above carry these codes.
"""

from __future__ import annotations

# Activations.
LINEAR, RELU, SIGMOID, TANH, SOFTMAX = range(5)

# Losses and metrics. The logit forms are those that a network ending in sigmoid or softmax is trained with. The first
# four are means over the outputs, each output by itself; the next four take a row as a whole.
(
    MEAN_SQUARED_ERROR,
    MEAN_ABSOLUTE_ERROR,
    BINARY_CROSSENTROPY,
    BINARY_CROSSENTROPY_LOGITS,
    CATEGORICAL_CROSSENTROPY,
    CATEGORICAL_CROSSENTROPY_LOGITS,
    SPARSE_CATEGORICAL_CROSSENTROPY,
    SPARSE_CATEGORICAL_CROSSENTROPY_LOGITS,
    BINARY_ACCURACY,
    CATEGORICAL_ACCURACY,
    SPARSE_CATEGORICAL_ACCURACY,
) = range(11)

# Optimizers, and where their numbers stand in the vector of hyper-parameters.
SGD, RMSPROP, ADAM = range(3)
(
    LEARNING_RATE,
    MOMENTUM,
    NESTEROV,
    RHO,
    EPSILON,
    CENTERED,
    BETA_1,
    BETA_2,
    WEIGHT_DECAY,
    CLIPNORM,
    GLOBAL_CLIPNORM,
    CLIPVALUE,
    AMSGRAD,
) = range(13)
HYPERPARAMETERS = 13

# Columns of the table of operations, one row per layer (see `lowering.lower`). Offsets into the workspace are given per
# sample, so that one table serves every batch size.
DENSE, ACTIVATION = range(2)
(
    OP_KIND,
    OP_REPEAT,  # rows per sample: 1, or the product of the middle axes of an input of rank 3 and more
    OP_INPUTS,
    OP_UNITS,
    OP_KERNEL,  # offset in the parameters
    OP_BIAS,  # offset in the parameters, or -1
    OP_ACTIVATION,
    OP_OUTPUT,  # offset of the layer's output in the workspace
    OP_GRADIENT,  # offset of the gradient of that output in the workspace
    OP_TRAINABLE,
) = range(10)
OP_COLUMNS = 10

# Entries of the vector of settings (see `lowering.lower`).
(
    SET_INPUTS,  # numbers per sample
    SET_OUTPUT_ROWS,  # rows per sample of the output, as OP_REPEAT
    SET_OUTPUTS,  # columns of the output
    SET_TARGETS,  # columns of the targets
    SET_HEAD_ACTIVATION,  # applied after the loss has seen the logits, or LINEAR
    SET_LOSS,
    SET_OPTIMIZER,
    SET_SHUFFLE,
    SET_FIRST_TRAINABLE,  # backward stops at this operation
    SET_WORK_PREDICTIONS,  # offsets in the workspace, per sample: predictions,
    SET_WORK_X,  # the batch's rows,
    SET_WORK_Y,  # its targets,
    SET_WORK_WEIGHTS,  # its sample weights
) = range(13)
SETTINGS = 13
