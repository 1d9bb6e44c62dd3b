"""What products of site vectors span: bases, repeated variables, kernels, compositions."""
