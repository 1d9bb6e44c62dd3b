"""Networks: frozen tuples of cores with named legs and a recorded centre."""
