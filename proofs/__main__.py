"""`python -m proofs`, and `python -m tnsolve_proofs` where it is installed."""

import typer

from .command import prove

if __name__ == "__main__":
    typer.run(prove)
