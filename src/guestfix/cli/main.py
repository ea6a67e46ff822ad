"""The command `guestfix`."""

from __future__ import annotations

import gc
import importlib.metadata
import sys
from typing import Annotated

import typer

from guestfix.cli import apply, boot, explain, inspect, plan, revert, rules, targets
from guestfix.cli.context import complain
from guestfix.errors import Cancelled, GuestfixError, InternalError
from guestfix.untrusted import shown

HELP = """Make the operating system on a converted disk boot and answer on its new platform.

Offline: no guest code is run. The plan is shown before anything is written, every original is kept beside the new
file, and `revert` takes all of it back.

\b
    guestfix inspect disk.qcow2
    guestfix plan    disk.qcow2 --target ec2-nitro
    guestfix apply   disk.qcow2 --target ec2-nitro
    guestfix boot    disk.qcow2 --target ec2-nitro
    guestfix revert  disk.qcow2

Exit status: 0 done; 1 findings of severity error, or the guest was refused; 2 wrong usage; 3 this host lacks
something; 4 a defect of guestfix; 130 stopped by Ctrl-C.
"""

app = typer.Typer(
    name="guestfix", help=HELP, no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False
)
app.command("inspect", short_help="Show what is on the disks, and whether it would boot there.")(inspect.command)
app.command("plan", short_help="Show what apply would do, as a diff with reasons.")(plan.command)
app.command("apply", short_help="Carry out the plan: all of it, or nothing.")(apply.command)
app.command("revert", short_help="Put every original back, byte for byte.")(revert.command)
app.command("boot", short_help="Boot the result in QEMU and wait until SSH answers.")(boot.command)
app.command("explain", short_help="Explain a code: what it means and what to do.")(explain.command)
app.add_typer(rules.app, name="rules", short_help="List, show and test the rules, and your own.")
app.add_typer(targets.app, name="targets", short_help="List the platforms that guests can move to.")


def _version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"guestfix {importlib.metadata.version('guestfix')}\n")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Hold the options that stand before a command."""


def main() -> None:
    """Run the command line and exit with its documented status."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    # Rules are a hundred thousand objects that stay: to look through them for cycles is a fifth of the start.
    gc.set_threshold(100_000, 50, 50)
    as_json = "--json" in sys.argv
    try:
        app()
    except GuestfixError as error:
        complain(error, as_json=as_json)
        sys.exit(error.exit_status)
    except KeyboardInterrupt:
        stopped = Cancelled("stopped by Ctrl-C", hint="nothing was left half done; run the same command again")
        complain(stopped, as_json=as_json)
        sys.exit(stopped.exit_status)
    except BrokenPipeError:
        # The reader of our output has gone, `guestfix rules list | head` for example.
        sys.stderr.close()
        sys.exit(0)
    except MemoryError as error:
        complain(InternalError(f"out of memory: {shown(str(error))}", hint="give this host more memory"))
        sys.exit(4)


if __name__ == "__main__":
    main()
