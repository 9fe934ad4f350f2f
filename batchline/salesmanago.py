"""Everything for SALESmanago: its messages, and functions that enqueue one.

    from batchline import salesmanago

    salesmanago.upsert_contact("ann@shop.example", name="Ann", tags=["VIP"])

Each function has a `build`, which takes the same arguments and returns the message unsent.
`upsert_contact_and_wait` enqueues nothing: it calls the API and returns the contactId.
"""

from __future__ import annotations

from batchline.direct import upsert_contact_and_wait
from batchline.producers import salesmanago as _helpers
from batchline.producers.salesmanago import *  # noqa: F403
from batchline.systems.salesmanago import messages as _messages
from batchline.systems.salesmanago.messages import *  # noqa: F403

__all__ = ["upsert_contact_and_wait"]
__all__ += _helpers.__all__
__all__ += _messages.__all__
