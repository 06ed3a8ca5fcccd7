"""Many keys at once: brought in from other systems by their SHA-256, and written out without secrets.

reading   a CSV or JSON lines file -> records, each with its number
lines     one record -> an order, or everything that is wrong with it (pure)
importing every line checked first, then written in batches
exporting keys -> records
"""
