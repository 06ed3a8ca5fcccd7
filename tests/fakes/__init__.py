"""Fakes: real servers on the loopback that misbehave on request."""
