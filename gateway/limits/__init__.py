"""Rate limits: a token bucket per plan and subject, decided by pure arithmetic, stored behind one narrow seam.

    bucket    the arithmetic: a rule, one number of state, the time, a cost -> a decision; pure integers
    limiter   the seam: `Charge` and the `Limiter` protocol
    memory    the limiter of the embedded default: buckets in this process
    redis/    the limiter of a fleet: buckets in Redis
    fleet     a shared limiter while it answers, and what the settings say while it does not
    policy    which bucket a request fills and by which rule; the `anonymous` plan of strangers
    fields    what a response says of a decision

docs/limits.md explains the bucket in prose, and what each response field means.
"""
