"""What can be called, measured, saved and exported: students, layers, perceptrons."""
