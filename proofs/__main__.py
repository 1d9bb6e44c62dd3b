"""`python -m proofs`."""

import typer

from proofs.command import prove

typer.run(prove)
