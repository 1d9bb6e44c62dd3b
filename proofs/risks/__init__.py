"""Why distillation works: variance of risks, deterministic and statistical parts of the bounds."""
