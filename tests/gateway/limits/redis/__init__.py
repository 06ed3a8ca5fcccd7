"""Tests of gateway/limits/redis that need no Redis; those that do are in tests/faults and tests/contract."""
