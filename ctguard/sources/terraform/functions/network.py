"""Addresses and networks in CIDR notation."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import TypeAlias

from ctguard.sources.terraform.functions.failure import FunctionError, UndecidedError
from ctguard.sources.terraform.functions.numerals import Number, whole_number

Network: TypeAlias = IPv4Network | IPv6Network

MOST_NEW_BITS_IPV6 = 32  # Terraform's own limit for cidrsubnets()


def host(prefix: str, number: Number) -> str:
    """Return the address of a host in a network; negative numbers count from its end."""
    network = _network(prefix)
    position = whole_number(number, "the host number")
    size = network.num_addresses
    if not -size <= position < size:
        raise FunctionError(f"prefix of {network.prefixlen} does not accommodate a host numbered {position}")
    return str(network[position])


def netmask(prefix: str) -> str:
    """Return the netmask of an IPv4 network."""
    network = _network(prefix)
    if isinstance(network, IPv6Network):
        raise FunctionError("IPv6 addresses cannot have a netmask")
    return str(network.netmask)


def subnet(prefix: str, new_bits: Number, number: Number) -> str:
    """Return the network with that number among those that are `new_bits` longer."""
    network = _network(prefix)
    bits, position = whole_number(new_bits, "the number of new bits"), whole_number(number, "the network number")
    if bits < 0 or position < 0:
        raise UndecidedError("has negative bits, for which Terraform's answer is an accident")
    length = network.prefixlen + bits
    if length > network.max_prefixlen:
        raise FunctionError(f"not enough remaining address space for a subnet with a prefix of {length}")
    if position >= 1 << bits:
        raise FunctionError(f"prefix extension of {bits} does not accommodate a subnet numbered {position}")
    start = int(network.network_address) + (position << (network.max_prefixlen - length))
    return str(type(network)((start, length)))


def subnets(prefix: str, *new_bits: Number) -> list[str]:
    """Return consecutive networks within a network, each so many bits longer."""
    network = _network(prefix)
    found: list[str] = []
    start = int(network.network_address)
    end = start + network.num_addresses
    for argument in new_bits:
        bits = whole_number(argument, "the number of new bits")
        if bits < 1 or (bits > MOST_NEW_BITS_IPV6 and isinstance(network, IPv6Network)):
            raise FunctionError("must extend the prefix by at least one bit, and by 32 at most")
        length = network.prefixlen + bits
        if length > network.max_prefixlen:
            raise FunctionError(f"not enough remaining address space for a subnet with a prefix of {length}")
        size = 1 << (network.max_prefixlen - length)
        start = -(-start // size) * size
        if start + size > end:
            raise FunctionError("not enough remaining address space for a subnet")
        found.append(str(type(network)((start, length))))
        start += size
    return found


def _network(prefix: str) -> Network:
    address, slash, length = prefix.partition("/")
    if not (slash and length.isascii() and length.isdigit() and len(length) <= 3):
        raise FunctionError(f"invalid CIDR expression: {prefix}")
    if ":" in address and "." in address:
        raise UndecidedError("is an IPv4 address in an IPv6 one")
    if ":" not in address:
        # NOTE: Terraform still reads octets with leading zeros as decimal numbers.
        octets = address.split(".")
        if not all(octet.isascii() and octet.isdigit() and len(octet) <= 9 for octet in octets):
            raise FunctionError(f"invalid CIDR expression: {prefix}")
        address = ".".join(str(int(octet)) for octet in octets)
    try:
        return ip_network(f"{address}/{int(length)}", strict=False)
    except ValueError:
        raise FunctionError(f"invalid CIDR expression: {prefix}") from None
