"""How fast tinynet is beside what its users would otherwise pick, and how its cost grows.

    python -m benchmarks --quick                   a first look: C twin and JAX on A, B, C, F, one core, a minute
    python -m benchmarks --only C,D --peers c,jax  some workloads, some peers (tinynet always runs)
    python -m benchmarks                           everything, into .benchmarks/latest.json, and its tables
    python -m benchmarks --record                  everything, and results.json, results.md, *.svg in this folder
    python -m benchmarks.report [FILE]             tables and pictures of a recorded run again
    pytest benchmarks --benchmark-enable           tinynet alone through pytest-benchmark (--benchmark-compare …)

The peers come with ``pip install -e ".[bench]"``; whichever is not installed is left out (PyTorch and TensorFlow are
large, and not part of it). The C twin needs gcc.

How it is measured. Each peer runs in its own process, all of them side by side and in turn, round after round, the
first one changing; same data, same initial weights, same threads. A figure is a whole ``fit(epochs=…, verbose=0)``,
or what amounts to it (shuffling, validation, history of losses; no other metrics), divided by epochs or steps;
compiling and converting the data come before. Ratios are medians of the ratios of runs of the same round. A run that
waited more than 5 % of its time for a core is repeated once, then dropped ("~" marks figures of which every run had
waited); a peer eight times slower than the fastest runs in every other round. ``OPENBLAS_CORETYPE`` and
``OPENBLAS_L2_SIZE`` are cleared for all, and all thread settings; one-core rows pin the process to one core and set
every library to one thread.

A figure is refused unless the peer did the same work: after three batches and a half without shuffling its weights must
be tinynet's (to 0.2 % of the largest entry), and after the run its loss, computed by the same NumPy judge from its
weights, must be tinynet's to 5 % of the loss before training. scikit-learn lacks RMSprop and uses Adam: its weights are
not compared, and its loss may be better, not worse.
"""
