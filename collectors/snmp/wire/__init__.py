"""SNMP on the wire: BER, messages, the security of v3, and a few sockets for all devices."""
