"""SALESmanago Mobile: what may be enqueued, with every limit that its documents give."""

from __future__ import annotations

from batchline.systems.salesmanago_mobile.messages.contacts import MobileContact

__all__ = ["MobileContact"]
