"""Models as PyTorch modules, and the rival of the sweeps: the same cores trained by backpropagation."""

from tnsolve.algebra.optional import require

require("torch", "torch", "tnsolve.pytorch")

from tnsolve.pytorch.export import to_torch  # noqa: E402
from tnsolve.pytorch.layers import TorchLayer, TorchLinear, TorchTransfer  # noqa: E402
from tnsolve.pytorch.students import TorchNetwork, TorchStudent  # noqa: E402
from tnsolve.pytorch.training import train_by_gradient  # noqa: E402

__all__ = [
    "TorchLayer",
    "TorchLinear",
    "TorchNetwork",
    "TorchStudent",
    "TorchTransfer",
    "to_torch",
    "train_by_gradient",
]
