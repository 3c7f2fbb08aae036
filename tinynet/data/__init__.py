"""Turns what a user passes into the arrays that the kernels take: every conversion, check and message about data."""

from tinynet.data.arrays import as_array, as_numbers, contiguous, length
from tinynet.data.batches import Source, gives_batches, unpacked
from tinynet.data.checks import check_batch_size, check_lengths, split, unpack_validation
from tinynet.data.compression import compressed
from tinynet.data.features import Features, SparseFeatures, check_features, features
from tinynet.data.indices import pieces_of
from tinynet.data.sample_weights import sample_weights
from tinynet.data.seen import Seen
from tinynet.data.targets import Kind, targets
from tinynet.data.words import not_an_array
from tinynet.data.wrapping import Given, opened, read_all

__all__ = [
    "Features",
    "Given",
    "Kind",
    "Seen",
    "Source",
    "SparseFeatures",
    "as_array",
    "as_numbers",
    "check_batch_size",
    "check_features",
    "check_lengths",
    "compressed",
    "contiguous",
    "features",
    "gives_batches",
    "length",
    "not_an_array",
    "opened",
    "pieces_of",
    "read_all",
    "sample_weights",
    "split",
    "targets",
    "unpack_validation",
    "unpacked",
]
