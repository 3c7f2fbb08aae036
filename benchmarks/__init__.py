"""How fast tinynet is compared with what its users would otherwise choose, and how its cost grows.

    python -m benchmarks --quick                   a first look: C twin and JAX on A, B, C, F, one core, a minute
    python -m benchmarks --only C,D --peers c,jax  some workloads, some peers (tinynet always runs)
    python -m benchmarks                           everything, into .benchmarks/latest.json, and its tables
    python -m benchmarks --record                  everything; writes results.*, *.svg and the table in README.md
    python -m benchmarks.report [FILE]             makes tables and pictures of a recorded run again
    python -m benchmarks.own_part                  a part in a script beside the same one built in: as fast
    python -m benchmarks.digits                    scikit-learn's classifier with its default settings, and tinynet's
    python -m benchmarks.examples                  what the examples print: the table in examples/README.md
    pytest benchmarks --benchmark-enable           tinynet alone through pytest-benchmark (--benchmark-compare …)

The peers are installed by ``pip install -e ".[bench]"``, except PyTorch and TensorFlow, which are large. Peers that
are not installed are left out. The C twin needs gcc.

How it is measured. Each peer runs in its own process. All processes are alive at the same time and run in turn, round
after round, each round beginning with another peer. All have the same data, initial weights and threads. A figure is
the time of a whole ``fit(epochs=…, verbose=0)`` or its equivalent (shuffling, validation, history of losses; no other
metrics), divided by epochs or steps; compiling and converting the data are done before. Ratios are medians of the
ratios within each round. A run that waited for a core during more than 5 % of its time is repeated once, then dropped
("~" marks figures for which every run was delayed by other load). A peer eight times slower than the fastest runs
only in every other round. ``OPENBLAS_CORETYPE``, ``OPENBLAS_L2_SIZE`` and all thread settings are cleared for all
peers; for one-core figures the process is pinned to one core, and every library is set to one thread.

A figure is rejected unless the peer did the same work. After three and a half batches without shuffling, its weights
must equal tinynet's (to 0.2 % of the largest entry). After the run its loss, computed from its weights by the same
NumPy code for all, must equal tinynet's to 5 % of the loss before training. scikit-learn lacks RMSprop and uses Adam:
its weights are not compared, and its loss may be better but not worse.
"""
