"""Local solvers: a problem, a start and a penalty in; a better theta out."""
