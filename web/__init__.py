"""Doors for people and machines, and the only place where the parts of Amtsweg meet."""
