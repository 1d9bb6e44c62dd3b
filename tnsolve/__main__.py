"""`python -m tnsolve`: the command line."""

from tnsolve.cli import main

if __name__ == "__main__":
    main()
