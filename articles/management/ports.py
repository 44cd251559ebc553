"""Ports as they are typed on the command line."""

from argparse import ArgumentTypeError

HIGHEST = 65_535


def port(text: str) -> int:
    """A port to listen on. Raises ArgumentTypeError: sockets take a higher number for another, lower one."""
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= 5 else 0
    if not 1 <= number <= HIGHEST:
        raise ArgumentTypeError(f"{text!r} is no port: give a number from 1 to {HIGHEST}")
    return number
