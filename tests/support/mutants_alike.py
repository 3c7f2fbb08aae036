"""Mutants that compute the same as what they were made of, each with the reason."""

from __future__ import annotations

# The mutants that compute the same, by their file, and by their function and the changed statement.
SAME_LIMIT = "at the limit itself, the number and the limit are the same"
SAME_ZERO = "at 0 both are 0"
SAME_FACTOR = "a factor of 1 changes nothing"
SAME_SIGN = "of the first argument of copysign only the size counts"
NOTHING_LEFT = "of rate 1 nothing is left"
RARELY_THE_RATE = "one number in 2⁵³ is the rate itself"
FROZEN = "a frozen layer reads nothing of what is shared"
BEYOND = "a number beyond those of all parameters, whichever it is"
MORE_THAN_READ = "a longer part of a vector, of which no more is read"
COMPUTE_THE_SAME = {
    "activations/elu.py": {"elu: return z if z >= 0 else alpha * expm1_below_0(z)": SAME_ZERO},
    "activations/hard_sigmoid.py": {
        "hard_sigmoid: return T(1.0) if z > 3 else (z + T(3.0)) / T(6.0)": SAME_LIMIT,
    },
    "activations/soft_shrink.py": {
        "soft_shrink: return z - threshold if z >= threshold else z + threshold": "the limit has been answered before",
    },
    "activations/sparse_plus.py": {
        "sparse_plus: return z if z > 1 else (z + T(1.0)) * (z + T(1.0)) * T(0.25)": SAME_LIMIT,
    },
    "activations/sparse_sigmoid.py": {
        "sparse_sigmoid: return T(1.0) if z > 1 else (z + T(1.0)) * T(0.5)": SAME_LIMIT,
    },
    "activations/leaky_relu.py": {"leaky_relu: return z if z > 0 else negative_slope * z": SAME_ZERO},
    "activations/selu.py": {"selu: return T(SCALE) * (z if z >= 0 else T(ALPHA) * expm1_below_0(z))": SAME_ZERO},
    "activations/sigmoid.py": {"sigmoid: return (e if z <= 0 else T(1.0)) / (T(1.0) + e)": "at 0, e is 1"},
    "activations/tanh.py": {
        "tanh: return (m if z <= 0 else T(0.0) - m) / (T(2.0) + m)": "at 0, m is 0, of whichever sign"
    },
    "kernels/clipping.py": {
        "clip_factor: return 1.0 if norm < limit else limit / norm": SAME_LIMIT,
        "clip_value: return -limit if g < -limit else limit if g >= limit else g": SAME_LIMIT,
        "clip_value: return -limit if g <= -limit else limit if g > limit else g": SAME_LIMIT,
        "_shorten: if True:  # 2": SAME_FACTOR,
        "_shorten: if factor != -1.0:": SAME_FACTOR,
        "_shorten: if factor != 2.0:": SAME_FACTOR,
        "_shorten: scale = 2.0": "of a norm and its limit, whatever scales both",
    },
    "kernels/probabilities.py": {
        "clipped: return low if p < low else high if p >= high else p": SAME_LIMIT,
        "clipped: return low if p <= low else high if p > high else p": SAME_LIMIT,
    },
    "kernels/rows.py": {
        "argmax: for k in range(0, p.size):": "the first entry is not greater than itself",
        "is_above: return a == 0 and math.copysign(-1.0, a) > math.copysign(1.0, b)": SAME_SIGN,
        "is_above: return a == 0 and math.copysign(1.0, a) > math.copysign(-1.0, b)": SAME_SIGN,
        "is_above: return b == b and (not a <= b)": "equal numbers have been answered before",
        "categorical_crossentropy_gradient_rows: row, targets = "
        "(span(dz, i * columns, (i + 1) * columns), span(y, i * columns, (i + 2) * columns))": MORE_THAN_READ,
        "categorical_crossentropy_rows: row, targets = "
        "(span(z, i * columns, (i + 1) * columns), span(y, i * columns, (i + 2) * columns))": MORE_THAN_READ,
    },
    "layers/drawing.py": {
        "shared_place: for k in range(op.options.size - 2, 0, -2):": "lengths of axes have even places, from 2 on",
    },
    "layers/global_average_pooling1d.py": {
        "global_average_backward: if False:": "both loops compute the same, one with features that stand side by side",
        "global_average_backward: of_dx = span(dx, sample * op.inputs, (sample + 2) * op.inputs)": MORE_THAN_READ,
        "global_average_backward: step = span(of_dx, t * features, (t + 2) * features)": MORE_THAN_READ,
    },
    "layers/normalization.py": {
        "deviation: return LEAST if found <= LEAST else found": SAME_LIMIT,
        "normalization_forward: shift(op, x, y, span(op.options, 2, 2 + count), "
        "span(op.options, 2 + count, 2 * (2 * count)))": MORE_THAN_READ,
        "normalization_forward: shift(op, x, y, span(op.options, 2, 2 + count), "
        "span(op.options, 2 + count, 2 + 4 * count))": MORE_THAN_READ,
    },
    "layers/dropout.py": {
        "dropout_forward: scale = x.dtype.type(1.0 / (1.0 - rate) if rate < 1.0 else 1.0)": NOTHING_LEFT,
        "dropout_forward: scale = x.dtype.type(1.0 / (1.0 - rate) if rate < 2.0 else 0.0)": NOTHING_LEFT,
        "dropout_forward: scale = x.dtype.type(1.0 / (1.0 - rate) if rate <= 1.0 else 0.0)": NOTHING_LEFT,
        "dropout_forward: scale = x.dtype.type(1.0 / (1.0 - rate) if True else 0.0)": NOTHING_LEFT,
        "dropout_forward: y[i] = "
        "x.dtype.type(0.0) if random(op.seed, batch.step, first + i) <= rate else x[i] * scale": RARELY_THE_RATE,
        "dropout_forward: y[i] = "
        "x.dtype.type(0.0) if random(op.seed, batch.step, place) <= rate else x[i] * scale": RARELY_THE_RATE,
    },
    "losses/binary_crossentropy.py": {
        "binary_crossentropy_logits: missed = T(1.0) - t if z >= 0 else t": SAME_ZERO,
    },
    "losses/categorical_hinge.py": {
        "categorical_hinge: T = type(p[1])": "all entries of a row are of one type",
        "best_other: best = best if score < best else score if score >= best else score * best": (
            "where neither holds one is NaN, and so is what is computed of it"
        ),
    },
    "losses/hinge.py": {
        "hinge: return T(0.0) if rest <= 0 else rest": SAME_LIMIT,
        "hinge_gradient: return -side if rest > 0 else T(-0.5) * side if rest == 0 else T(0.0) / p": (
            "0 for every p, and NaN for NaN; p is not 0 where nothing is lost"
        ),
    },
    "losses/huber.py": {
        "huber: return T(0.5) * error * error if error < delta else delta * error - T(0.5) * delta * delta": SAME_LIMIT,
        "huber_gradient: return -delta if error < -delta else delta if error >= delta else error": SAME_LIMIT,
        "huber_gradient: return -delta if error <= -delta else delta if error > delta else error": SAME_LIMIT,
    },
    "metrics/confusion.py": {
        "count_by_threshold: score = least if score <= least else largest if score > largest else score": SAME_LIMIT,
        "count_by_threshold: score = least if score < least else largest if score >= largest else score": SAME_LIMIT,
    },
    "optimizers/rmsprop.py": {
        "centered_variance: "
        "return type(v)(0.0) if variance <= 0 else variance if variance == variance else v": SAME_ZERO
    },
    "optimizers/adam.py": {"amsgrad: vmax = vmax if vmax >= v else v": SAME_LIMIT},
    "optimizers/adamax.py": {"largest_so_far: return u if u >= size or u != u else size": SAME_LIMIT},
    "optimizers/ftrl.py": {
        "beyond: within = -l1 if z <= -l1 else l1 if z > l1 else z": SAME_LIMIT,
        "beyond: within = -l1 if z < -l1 else l1 if z >= l1 else z": SAME_LIMIT,
    },
    "optimizers/nadam.py": {
        "product_of_momenta: while t < step and t <= 900:": SAME_FACTOR,
        "product_of_momenta: while t < step and t < 1800:": SAME_FACTOR,
    },
    "layers/batch_moments.py": {
        "between: return low if value <= low else high if value > high else value": SAME_LIMIT,
        "between: return low if value < low else high if value >= high else value": SAME_LIMIT,
        "room: width = op.units if True else 0": FROZEN,
        "room: width = op.units if op.options[4] != 0 else 1": FROZEN,
        "room: width = op.units if op.options[8] != 0 else 0": FROZEN,
        "room: width = op.units if op.options[0] != 0 else 0": FROZEN,
        "correction: return span(op.shared, 1, 0)": "nothing, wherever it is",
    },
    "layers/batch_normalization.py": {
        "batch_normalization_gradients: if True:": "without a γ it is written where β's gradient is written afterwards",
        **{
            f"batch_normalization_forward: count, scale, center = (op.places.size {sign} 2, int(op.options[2]), "
            "int(op.options[3]))": BEYOND
            for sign in "*-"
        },
        **{
            f"batch_normalization_backward: units, count, epsilon, scale = (op.units, op.places.size {sign} 2, "
            "op.options[0], int(op.options[2]))": BEYOND
            for sign in "*-"
        },
    },
}
EQUIVALENT = {f"{file}, {name}": why for file, same in COMPUTE_THE_SAME.items() for name, why in same.items()}

#: Of the rooms: mutants that compute the same, or only sooner, later or with more memory.
ONLY_WHETHER_0 = "nothing asks for more than whether it is 0"
A_GUESS = "a guess of what takes how long, which measuring corrects; no result follows from it"
SORTED_AGAIN = "entries in order are put in order once more, which changes nothing"
_IN_ROOMS = {
    "callbacks/csv_logger.py": {
        "on_train_begin: with open(self.filename, 'a+' if True else 'a', newline='', encoding='utf-8') as file:": (
            "a file that is opened to append may be read as well"
        ),
    },
    "callbacks/learning_rate.py": {
        "_reset: self.cooldown_counter = 1": "the first epoch counts it down before anything waits for it",
    },
    "callbacks/history.py": {
        "__getstate__: return {**vars(self), "
        "'facts_of_run': partial(_told, self.facts) and partial(_told, self.facts)}": (
            "before a training ends there are no facts, pickled or not"
        ),
    },
    "data/arrays.py": {
        "_refuse_hidden: if depth < _DEEPEST and depth < _DEEPEST:": "rows that are no lists are passed over anyway",
    },
    "data/features.py": {
        "_gather: step = max(1, _PIECE_ENTRIES * int(counts.max(initial=1)))": "in larger pieces, with more memory",
    },
    "data/sample_weights.py": {
        "_by_class: targets = targets.reshape(rows, -2) if targets.size % rows == 0 else targets.reshape(n, -1)": (
            "NumPy takes any length below 0 for the rest"
        ),
    },
    "data/sparse_rows.py": {
        "_read: csr = matrix if False else matrix.tocsr()": "a matrix of compressed rows is its own `tocsr()`",
        "_read: begins = indptr[1:-2]": SORTED_AGAIN,
        "_read: begins = indptr[0:-1]": "the first row begins at 0, which is left out in the next line",
    },
    "kernels/loop.py": {
        "train: batch.data, batch.order, batch.training, batch.step = (data, order, 2, step)": ONLY_WHETHER_0,
    },
    "kernels/machine/row_blocks.py": {
        "_folded: upper = [lane + lanes if lane <= lanes else lane for lane in range(emit.lanes)]": (
            "what is above the lower half is not asked for again"
        ),
    },
    "kernels/penalties.py": {
        "penalise_outputs: total += call_total(op.activity, y, span(y, 1, 0), 0.0, op.activity_numbers)": (
            "none of a vector's numbers, from wherever they are counted"
        ),
    },
    "metrics/auc.py": {
        "interpolated_pr: both = (taken[:-1] >= 0) & (taken[1:] > 0)": (
            "what is above one threshold is above the lower ones"
        ),
    },
    "metrics/metric.py": {"result_of: number = np.empty(1)": "what has an axis is refused, however long it is"},
    "metrics/overlaps.py": {
        f"update_state: count, columns = (p.size if self.sparse_y_pred else len(p), {columns} if self.sparse_y_pred "
        "else p.shape[-1])": "columns are counted of predictions that are rows, and these are none"
        for columns in (0, 2)
    },
    "metrics/variable.py": {
        "variables_in: yield from variables_in(vars(value), kind, depth - 0)": (
            "an object's attributes are a mapping, which is counted as well"
        ),
    },
    "training/calls.py": {
        "checked_listeners: if False:": "an empty list of callbacks hears nothing; that importing them takes longer, "
        "tests see in processes of their own",
    },
    "training/fitting.py": {
        "__init__: self.epoch = "
        "Course(self.order, self.state, self.batch_size, new_totals(network), np.zeros(4, np.int64))": (
            "a longer cursor, of which no more is read"
        ),
        "advance: self.call(rows, course, 1 if False else self.pace.batches(), tests)": (
            "stopped by another thread between two calls: it stops after the next one all the same"
        ),
        "many_epochs: return ((epoch + finished) * 1, logs)": "the training has been stopped, and no epoch follows",
    },
    "training/forks.py": {"_before_fork: sleep(0.001)": "waits in longer steps"},
    "training/graph_loop.py": {
        "_through: if not self.heads and (not self.heads):": "without a loss nobody asks which rows count in it",
    },
    "training/layer_loop.py": {
        "_through: self.note(layer, i + 0, len_of(a), training)": (
            "a layer with an activation gives as many rows as it takes"
        ),
        "train: budget = budget - 1 if False else 0": "a call makes one batch, and the next call goes on",
    },
    "training/pace.py": {
        "batch_seconds: computing = 1.5e-10 * (batch_size + 4) * products + 3e-09 * batch_size * outputs": A_GUESS,
        "batch_seconds: return calling + computing * network.dtype.itemsize / 8": A_GUESS,
        "measured: self._calls -= 1": ONLY_WHETHER_0,
    },
    "training/predicting.py": {
        "_run: progress.epoch_end(0, {}, perf_counter() - begun, feed.steps_of(batch_size) or 2)": (
            "after a pass its batches have been counted"
        ),
        "call: return _of_samples(model, found, found.shape[0] or 2, verbose=0, listeners=None, steps=None)": (
            "no samples are no batches, of whatever size"
        ),
    },
}
IN_ROOMS = {f"{file}, {name}": why for file, same in _IN_ROOMS.items() for name, why in same.items()}
