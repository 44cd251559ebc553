"""Newsdiff under fire: real processes that follow a changing site while everything around them fails.

`python -m tests.chaos` (or `make chaos`) runs it and prints figures; docs/reliability.md says how they are
made. `origin` is the site, which knows the truth; `fleet` the processes; `faults` what befalls them;
`storm` a run; `verify` compares what was stored with what the site showed.
"""
