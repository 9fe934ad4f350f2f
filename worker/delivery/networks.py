"""Which addresses are on the Internet, and which in networks where strangers have no business."""

from __future__ import annotations

import ipaddress

#: A network of IPv6 whose addresses end in one of IPv4: NAT64.
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def is_public(address: str) -> bool:
    """Whether an IP address is one of the Internet: not loopback, link-local, private, reserved."""
    one: ipaddress.IPv4Address | ipaddress.IPv6Address = ipaddress.ip_address(
        address.partition("%")[0]
    )
    if isinstance(one, ipaddress.IPv6Address):
        inner = one.ipv4_mapped or one.sixtofour
        if one in _NAT64:
            inner = ipaddress.IPv4Address(one.packed[-4:])
        one = inner or one
    return one.is_global and not one.is_multicast
