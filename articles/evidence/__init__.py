"""A change as a file to be kept: what shows, years later and without us, that a page said one thing and then
another (docs/evidence.md).

stating  what is recorded of the two versions and of what changed, as JSON; citing: to be quoted
packing  the file, made of these, the captures as WARC and the checker itself
verify   the checker: Python alone, nothing of ours, so that it goes into the file as it is
rereading  what newsdiff can examine beyond that: whether its reading of the captures gives the texts again
"""
