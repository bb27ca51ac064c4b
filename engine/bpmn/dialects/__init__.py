"""Diagrams of other dialects, rewritten into the one the reader knows."""
