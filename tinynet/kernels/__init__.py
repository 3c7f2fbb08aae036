"""The loops that run formulas: NumPy arrays in, NumPy arrays out; nothing here knows a class of what it trains.

`loop` trains, evaluates and predicts over `tables`; `maps` turns a formula into the loop that runs it over vectors;
`dense`, `sparse` and `products` multiply, `clipping` prepares gradients, `random` shuffles and draws, `team` shares a
batch among threads. `machine` is how all of it becomes machine code, and not needed to understand any of it. Importing
this package costs nothing: Numba is loaded when something has to be compiled.
"""
