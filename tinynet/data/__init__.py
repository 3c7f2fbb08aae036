"""Turns what a user passes into the arrays that the kernels take: every conversion, check and message about data."""

from tinynet.data.arrays import as_array, as_numbers, length
from tinynet.data.checks import check_batch_size, check_lengths, split, unpack_validation
from tinynet.data.compression import compressed
from tinynet.data.features import Features, SparseFeatures, check_features, features
from tinynet.data.sample_weights import sample_weights
from tinynet.data.targets import Kind, targets

__all__ = [
    "Features",
    "Kind",
    "SparseFeatures",
    "as_array",
    "as_numbers",
    "check_batch_size",
    "check_features",
    "check_lengths",
    "compressed",
    "features",
    "length",
    "sample_weights",
    "split",
    "targets",
    "unpack_validation",
]
