"""An oracle against the whole: what was acknowledged is kept, whatever fails.

`make chaos MINUTES=10 SEED=1`. The oracle notes every acknowledged enqueue as an obligation.
Workers are killed, stopped and told to leave, Redis is restarted, the sandbox fails in every way
it can, all by a plan drawn from the seed. Then the faults stop, and every obligation must have
been met exactly as its account's policy says.
"""
