"""Every mathematical statement of the source documents, proved, corrected or refuted by a program.

A claim is a function from a `Derivation` to assertions. It imports sympy and never `tnsolve`; the tests compare both.
`python -m proofs` runs all of them and prints the ledger; `python -m proofs --claim ID` shows one derivation.
Installed, the package is called `tnsolve_proofs`; inside it every import is relative, so that both names work.
"""
