"""`python -m newsroom --port 8901 [--pace 4]`: prints the newspaper, until interrupted."""

import argparse
import sys
from datetime import timedelta

import waitress

from newsroom.manuscripts import ManuscriptError
from newsroom.site import Site, utc_now


def main(arguments: list[str] | None = None) -> int:
    """Serves the newspaper. Returns the exit status: 0 stopped, 1 cannot start; exits with 2 on misuse."""
    parser = argparse.ArgumentParser(prog="newsroom", description="A newspaper whose articles keep changing.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen at (127.0.0.1)")
    parser.add_argument("--port", type=int, default=8901, help="port to listen at (8901); 0 takes a free one")
    parser.add_argument("--pace", type=_pace, default=4.0, help="seconds between two steps (4)")
    parser.add_argument("--quiet", type=float, default=0.0, help="seconds at first without any step (0)")
    options = parser.parse_args(arguments)
    try:
        site = Site(pace=options.pace, opened=utc_now() + timedelta(seconds=options.quiet))
    except ManuscriptError as error:
        return _refuse(str(error))
    try:
        server = waitress.create_server(site, host=options.host, port=options.port, threads=8)
    except OSError as error:
        return _refuse(f"cannot listen at {options.host}:{options.port}: {error.strerror}")
    print(f"The Pellmouth Lantern is at http://{options.host}:{server.effective_port}/", flush=True)  # noqa: T201
    try:
        server.run()
    except KeyboardInterrupt:
        pass
    finally:
        server.close()
    return 0


def _refuse(message: str) -> int:
    print(f"newsroom: {message}", file=sys.stderr)  # noqa: T201
    return 1


def _pace(text: str) -> float:
    pace = float(text)
    if pace <= 0:
        raise argparse.ArgumentTypeError("must be above 0")
    return pace


if __name__ == "__main__":
    sys.exit(main())
