"""Every measurement, in the order of a round and of the report."""

from collections.abc import Sequence

from tests.bench.measurement import Measurement
from tests.bench.measurements.delivery import Delivery
from tests.bench.measurements.enqueue import Enqueue
from tests.bench.measurements.idle import Idle
from tests.bench.measurements.lanes import Lanes
from tests.bench.measurements.memory import Memory
from tests.bench.measurements.special import Special
from tests.bench.measurements.systems import Systems
from tests.bench.measurements.upserts import Upserts

MEASUREMENTS: Sequence[Measurement] = (
    Delivery(),
    Upserts(),
    Special(),
    Enqueue(),
    Memory(),
    Systems(),
    Lanes(),
    Idle(),
)
