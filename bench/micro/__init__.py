"""What single steps of a request take: `make bench-micro`. Each is the code that the gateway runs, on values like a real
request's; the whole of a request is measured by `python -m bench.compare`.
"""
