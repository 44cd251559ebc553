"""The Pellmouth Lantern: a small local newspaper, all of it invented, whose articles change while one looks.

`make demo` follows it. It knows nothing of newsdiff, and newsdiff meets it only over HTTP.
"""
