"""Twins: harmless stand-ins for outside systems that ship with Amtsweg, each a server of its own with its own storage.

They play the other side. So they share no code with the connectors; what both must agree on (signature, XSD, fields) each
side states for itself.
"""
