"""What is done to a layer around its network: units, scales, white coordinates, convolutions, output metrics."""
