"""Running a model: `fit`, `evaluate` and `predict`, and the two loops that they drive."""
