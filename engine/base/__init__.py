"""The floor everything stands on: database, clock, ports, errors, rights. Knows nothing of the floors above."""
