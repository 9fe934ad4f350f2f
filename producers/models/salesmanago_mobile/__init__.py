"""SALESmanago Mobile: what may be enqueued, with every limit that its documents give."""

from __future__ import annotations

from producers.models.salesmanago_mobile.contacts import MobileContact

__all__ = ["MobileContact"]
