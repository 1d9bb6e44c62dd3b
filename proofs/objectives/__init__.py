"""The losses and relations of knowledge distillation: gradients, limits, invariances."""
