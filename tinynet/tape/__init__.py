"""A tape: arrays that remember how they were computed, so that the gradient finds its way back by itself.

tinynet's own parts have derivatives that are written by hand, next to their formulas. A user's `call`, a `Lambda` or an
operation between tensors is NumPy, and NumPy's functions are few: `derivatives` knows what each of them does with a
gradient. A function is run on `Taped` arrays. Each result holds the arrays that it came from, and for each of these the
function that makes its share of the result's gradient. `gradients` goes back along them.
"""

from typing import TYPE_CHECKING

from tinynet._names import found_in

#: The file of each.
_HOME = {
    "Following": "following",
    "KNOWN": "derivatives",
    "NotFollowedError": "derivatives",
    "REDUCED": "derivatives",
    "Taped": "taped",
    "Term": "taped",
    "activated": "activations",
    "followed_gradients": "backwards",
    "gradients": "backwards",
    "logsumexp": "derivatives",
    "raised_by_user": "following",
    "reached": "backwards",
    "standing_for": "taped",
    "unshared": "copies",
}

__all__ = list(_HOME)

if TYPE_CHECKING:  # what editors are told
    from tinynet.tape.activations import activated as activated
    from tinynet.tape.backwards import followed_gradients as followed_gradients
    from tinynet.tape.backwards import gradients as gradients
    from tinynet.tape.backwards import reached as reached
    from tinynet.tape.copies import unshared as unshared
    from tinynet.tape.derivatives import KNOWN as KNOWN
    from tinynet.tape.derivatives import REDUCED as REDUCED
    from tinynet.tape.derivatives import NotFollowedError as NotFollowedError
    from tinynet.tape.derivatives import logsumexp as logsumexp
    from tinynet.tape.following import Following as Following
    from tinynet.tape.following import raised_by_user as raised_by_user
    from tinynet.tape.taped import Taped as Taped
    from tinynet.tape.taped import Term as Term
    from tinynet.tape.taped import standing_for as standing_for
else:
    __getattr__ = found_in(__name__, _HOME)
