"""What `make bench` measures, in the order of its table; the first row of a section is its 1.00.

Of plain Celery both pools run, because which is faster depends on the machine: compare with the
better.
"""

from tests.bench.batchline import Batchline, Send
from tests.bench.frame import Enqueue, Peer
from tests.bench.peers.bare_loop import BareLoop, SingleXadd
from tests.bench.peers.celery_batches import CeleryBatches
from tests.bench.peers.celery_per_event import CeleryPerEvent

#: What fills a queue and delivers it.
PEERS: list[Peer] = [
    CeleryBatches(),
    CeleryPerEvent("prefork", 1),
    CeleryPerEvent("threads", 4),
    BareLoop(),
    Batchline(),
]

#: Ways to enqueue that no peer above is filled by.
ENQUEUES: list[Enqueue] = [SingleXadd(), Send()]
