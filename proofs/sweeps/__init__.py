"""What a sweep guarantees: exact local solves, descent, isometries, discarded weight."""
