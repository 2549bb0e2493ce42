"""What the world shows a network: data sets, streams of tasks, encodings. Knows no networks.

>>> stream = tasks.split("mnist", classes_per_task=2, scenario="domain-incremental")
>>> images, targets = stream.presentations(seed=0, start=0, stop=100)
"""

from tasks import protocols
from tasks.datasets import Dataset, from_arrays
from tasks.encodings import Encoding, Latency, Normalized, Raster, Rate
from tasks.errors import DataError, TaskError
from tasks.events import SpikeTrains, from_spikes
from tasks.library import load
from tasks.streams.consecutive import Consecutive, consecutive
from tasks.streams.custom import Custom
from tasks.streams.grouped import Grouped
from tasks.streams.named import from_dict, named, names
from tasks.streams.options import SCENARIOS
from tasks.streams.permuted import Permuted
from tasks.streams.protocol import BOUNDARY, IMAGE, TARGET, Presentations, StreamLike, is_stream
from tasks.streams.rotated import Rotated
from tasks.streams.split import Split
from tasks.streams.stream import Stream
from tasks.streams.subsets import Subsets

# The sentence a user says is tasks.split("mnist"): the classes serve as functions that make a stream.
split = Split
permuted = Permuted
rotated = Rotated
grouped = Grouped
subsets = Subsets
custom = Custom

__all__ = [
    "BOUNDARY",
    "Consecutive",
    "Custom",
    "IMAGE",
    "SCENARIOS",
    "SpikeTrains",
    "DataError",
    "Dataset",
    "Encoding",
    "Latency",
    "Normalized",
    "Presentations",
    "Raster",
    "Rate",
    "Stream",
    "StreamLike",
    "Subsets",
    "TARGET",
    "TaskError",
    "consecutive",
    "custom",
    "from_arrays",
    "from_dict",
    "from_spikes",
    "grouped",
    "is_stream",
    "load",
    "named",
    "names",
    "permuted",
    "protocols",
    "rotated",
    "split",
    "subsets",
]
