"""English: what is said of whole trainings, in the film, by `History.explain` and by `Health`."""

from __future__ import annotations

RUNS: dict[str, str] = {
    # the film's page
    "film_heading": "A training, played",
    "film_no_script": "This page plays a training with a script, and scripts are off.",
    "film_controls": "Play the training",
    "film_play": "Play",
    "film_previous": "Back",
    "film_next": "Next",
    "film_slider": "Frame",
    "film_speed": "Speed",
    "film_dark": "Dark",
    "film_legend": "the stronger, the larger, up to the size that stands above each picture",
    "film_keys": "Keys: space plays and pauses, ← → go frame by frame, Home and End to the first and the last. "
    "Every number comes from tinynet's own training kernels.",
    # what the film's script says; it fills in the words in braces
    "film: pause": "Pause",
    "film: status": "epoch {epoch} of {last}",
    "film: start": "before the first epoch",
    "film: losses": "loss",
    "film: metrics": "metrics",
    "film: boundary": "what the model answers, by x[{across}] and x[{up}]",
    "film: weights": "weights",
    "film: gradients": "their gradients",
    "film: activations": "outputs of {samples:1 sample|# samples}",
    "film: largest": "up to {size}",
    "film: excerpt": "{rows}×{columns} shown",
    "film: open": "The trace of this frame: one training step, with every array",
    "film: step": "Step {place}, {phase}: {layer}",
    "film: given": "given",
    "film: picture": "Picture of {name}",
    "film: curve": "Curves of {names} until epoch {epoch}",
    "film: title": "{model}: loss {loss}, optimizer {optimizer}",
    # a run explained: `History.explain`
    "run: nothing": "No epoch was finished.",
    "run: not finite": "Diverged: the loss became {loss} in epoch {epoch}, and from there on nothing was learnt. "
    "Lower the learning rate{rate}, or scale the samples and targets to about 1.",
    "run: rising": "Diverged: the loss rose from {first} in epoch 1 to {last}. Lower the learning rate{rate}, or "
    "scale the samples and targets to about 1.",
    "run: majority": "Stuck at the majority share: {name} is {accuracy}, and always answering the commonest class "
    "scores {share}; the loss went from {first} to {last}. Scale the samples, try another learning rate{rate} or a "
    "larger network, or see whether the samples tell the classes apart at all.",
    "run: first layers": "The first layers are not learning: the weights of '{first}' moved by {moved} of their "
    "size, those of '{last}' by {moved_last}. Gradients vanish on the way back: use relu, a better initializer, "
    "batch normalization or fewer layers.",
    "run: still": "The weights of '{layer}' did not move at all: no gradient arrives there. Zero initial weights "
    "and units that are always off do this.",
    "run: over-fitting": "Over-fitting since epoch {epoch}: there {val} was lowest ({lowest}), and it has risen to "
    "{now} while loss fell to {loss}. EarlyStopping('val_loss', restore_best_weights=True) would keep that epoch's "
    "weights.",
    "run: flat": "Hardly anything was learnt: the loss went from {first} to {last}. Raise the learning rate{rate}, "
    "scale the samples, or train for longer.",
    "run: improving": "Still improving: {name} fell from {before} to {now} in the last {epochs:epoch|# epochs}. "
    "More epochs will help.",
    "run: settled": "Settled: {name} has come to rest at {now}, from {first} in epoch 1. More epochs will hardly help.",
    "run: few": "{name} went from {first} to {now} in {epochs:1 epoch|# epochs}: too few to say more.",
    "run: scored": "{name} is {value} at the end.",
    "run: rate": " (it is {rate})",
    # the verdict of `Health`
    "health: nothing": "Nothing was recorded yet.",
    "health: not finite": "No numbers any more: the gradient of '{layer}' is {norm} after epoch {epoch}. Lower the "
    "learning rate, or scale the samples.",
    "health: vanishing": "Vanishing gradients: the gradient of the first layer, '{first}', is {ratio} times that "
    "of the last, '{last}'. The first layers hardly learn. Use relu, a better initializer, batch normalization or "
    "fewer layers.",
    "health: exploding": "Exploding gradients: the gradient of the first layer, '{first}', is {ratio} times that "
    "of the last, '{last}'. Use smaller initial weights or clipnorm=1.0.",
    "health: large": "Exploding gradients: that of '{layer}' has the norm {norm}. Scale the samples and targets, "
    "or use clipnorm=1.0.",
    "health: no gradient": "No gradient arrives at {layers}: it is 0. Weights that all start at 0, or units that "
    "are always off, do this.",
    "health: no update": "No update: the weights of {layers} did not move, though there is a gradient. Is the "
    "learning rate 0?",
    "health: dead": "Dead units: {share} of the units of '{layer}' output 0 for every sample, and no gradient "
    "passes through them. Lower the learning rate, or use leaky_relu.",
    "health: small steps": "Small steps: an update changes the weights by {ratio} of their size, where about 0.001 "
    "is usual. Raise the learning rate.",
    "health: large steps": "Large steps: an update changes the weights by {ratio} of their size, where about 0.001 "
    "is usual. Lower the learning rate.",
    "health: healthy": "Healthy: gradients arrive in all layers (the first layer's is {ratio} times the last's), "
    "an update changes the weights by {step} of their size{dead}.",
    "health: few dead": ", and at most {share} of a layer's ReLUs are dead",
    # the course
    "course: fill in": "fill in",
    "course: begin": "{count} lessons in {folder}. Begin with {first}: open it in an editor, fill in, and run it.",
    "course: there": "{path}: is there already, with changes, and stays as it is (--overwrite replaces it)",
}
