"""What can be said about an expression without running it: syntax, unknown names, kinds that never go together."""
