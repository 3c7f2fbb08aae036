# %% [markdown]
# # 1. A neuron
#
# How to work with this course: run a lesson from top to bottom, in an editor that knows cells, in a notebook, or as a
# program. Where it says `...  # fill in`, write your answer and run it again. `trace.check` says whether an answer is
# right and, if it is not, what the mistake is. `hint=1` asks for less: `trace.check("z1", my_z1, hint=1)`.


# %% [markdown]
# ## Read
#
# A neuron (we say *unit*) has a weight for each of its inputs, and one more number, its bias. It multiplies each input by
# its weight, adds everything up, and adds the bias. The sum is called `z`. Then an *activation* bends it. Here that is the
# sigmoid, `1 / (1 + e^-z)`: it makes a number between 0 and 1 of any number, which we can read as a probability.
#
# The inputs of several samples are the rows of a matrix `x`. So one product of matrices does all samples at once.


# %%
import numpy as np

import tinynet
from tinynet.layers import Dense

model = tinynet.Sequential([tinynet.Input((2,)), Dense(1, activation="sigmoid")])
model.set_weights([[[2.0], [-1.0]], [0.5]])  # two weights, then the bias
model.compile("sgd", "binary_crossentropy")
trace = model.trace([[1.0, 2.0], [3.0, 1.0], [0.0, -1.0]], [1, 1, 0])  # one training step with every number of it
x, W1, b1 = trace["x"], trace["W1"], trace["b1"]
print(x, W1, b1, sep="\n\n")


# %% [markdown]
# ## Predict
#
# For the first sample the inputs are 1 and 2. What is `z`? Is the probability above or below one half? And which sample
# makes the unit most certain? Write your guesses down before you go on.


# %% [markdown]
# ## Fill in
#
# The sums: a row for each sample. `@` multiplies matrices in NumPy.


# %%
my_z1 = ...  # fill in


# %% [markdown]
# The probabilities. `np.exp(-z)` computes e^-z for every number of an array.


# %%
z1 = trace["z1"]  # whatever you answered: from here on with the right sums
my_p = ...  # fill in


# %% [markdown]
# ## Check


# %%
print(trace.check("z1", my_z1))
print(trace.check("p", my_p))


# %% [markdown]
# Here is how the numbers of the first sample come about. Were your guesses right?


# %%
print(trace.explain("z1", 0, 0))
print(trace.explain("p", 0, 0))


# %% [markdown]
# ## Vary
#
# - Change the bias from 0.5 to -0.5. Which probabilities go down?
# - Multiply all weights and the bias by 10. The answers stay on the same side of one half. What happens to their certainty?
# - In a terminal or a notebook, `trace.quiz(["z1", "p"])` asks you for the numbers.
