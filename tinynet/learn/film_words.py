"""Every sentence that a film's page shows."""

from __future__ import annotations

#: In the page itself: by the names that stand in ``film.html``.
PAGE = {
    "lang": "en",
    "heading": "A training, played",
    "no_script": "This page plays a training with a script, and scripts are off.",
    "controls": "Play the training",
    "play": "Play",
    "previous": "Back",
    "next": "Next",
    "slider": "Frame",
    "speed": "Speed",
    "dark": "Dark",
    "legend": "<span class='blue'>blue</span>: positive, <span class='orange'>orange</span>: negative; the stronger, "
    "the larger, up to the size that stands above each picture.",
    "keys": "Keys: space plays and pauses, ← → go frame by frame, Home and End to the first and the last. Every number "
    "comes from tinynet's own training kernels.",
}

#: What the script says; words in braces are filled in there.
SCRIPT = {
    "pause": "Pause",
    "play": "Play",
    "status": "epoch {epoch} of {last}",
    "start": "before the first epoch",
    "losses": "loss",
    "metrics": "metrics",
    "boundary": "what the model answers, by x[{across}] and x[{up}]",
    "weights": "weights",
    "gradients": "their gradients",
    "activations": "outputs of {samples} samples",
    "largest": "up to {size}",
    "excerpt": "{rows}×{columns} shown",
    "open": "The trace of this frame: one training step, with every array",
    "step": "Step {place}, {phase}: {layer}",
    "given": "given",
    "picture": "Picture of {name}",
    "curve": "Curves of {names} until epoch {epoch}",
}
