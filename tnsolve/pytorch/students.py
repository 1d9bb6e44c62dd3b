"""Students as modules: a chain, and any other network on product features.

Both take x (..., sites), as torch.nn.Linear does, and any number of samples, traced or exported too. Values are not
checked against the range of the features. Feature maps and transfer function are the student's own: written for the
array API, they work on tensors.
"""

from collections.abc import Sequence

import torch

from tnsolve.algebra.legs import arranged
from tnsolve.models.student import Student
from tnsolve.networks.abstract import LABEL
from tnsolve.networks.mps import MPS, legs_of
from tnsolve.pytorch.cores import NOMINAL, Joints, cores_of, network_of, parameters_of
from tnsolve.pytorch.layers import by_rows


class TorchStudent(torch.nn.Module):
    """The function of an MPS student, y = transfer(z), with its cores as parameters.

    cores : (left, site, right), and (left, site, outputs, right) for the one at `label`; exp(scale) is spread over them
    """

    def __init__(self, student: Student, network: MPS):
        super().__init__()
        self.features, self.transfer, self.label = student.features, student.transfer, network.label
        ordered = [arranged(core, legs_of(site, site == self.label)) for site, core in enumerate(network.cores)]
        self.cores = parameters_of(ordered, network.scale)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """y, (..., outputs)."""
        return by_rows(lambda rows: self.transfer(self._rows(rows)), x)

    def preactivation(self, x: torch.Tensor) -> torch.Tensor:
        """z, (..., outputs), in the dtype of the cores.   Cost O(N sites rank^2 d), times outputs on one site."""
        return by_rows(self._rows, x)

    def _rows(self, x: torch.Tensor) -> torch.Tensor:
        """z (N, outputs) of x (N, sites)."""
        return self.contracted(self.features(x.to(self.cores[0].dtype)))

    def contracted(self, sites: Sequence[torch.Tensor]) -> torch.Tensor:
        """z from the site vectors, one (N, d_s) a site: messages from both ends meet at the label."""
        left = right = torch.ones_like(sites[0][:, :1])
        for site, core in zip(sites[: self.label], self.cores[: self.label], strict=True):
            left = _joined(left, site) @ core.flatten(0, 1)
        for site, core in reversed(list(zip(sites[self.label + 1 :], self.cores[self.label + 1 :], strict=True))):
            right = _joined(right, site) @ core.permute(2, 1, 0).flatten(0, 1)
        core = self.cores[self.label]
        meeting = (_joined(left, sites[self.label]) @ core.flatten(0, 1).flatten(1)).unflatten(1, core.shape[2:])
        return (meeting @ right[:, :, None])[:, :, 0]

    def to_student(self) -> Student:
        """The student whose cores are the parameters as they are now; their size moves into its scale."""
        legs = [legs_of(site, site == self.label) for site in range(len(self.cores))]
        cores, scale = cores_of(self.cores, legs)
        return Student(MPS(cores, scale=scale), self.features, self.transfer)


class TorchNetwork(torch.nn.Module):
    """The function of a student on any network, a Tree or a MERA, contracted pair by pair by a plan made once.

    cores : as in the network; exp(scale) is spread over them    Cost: that of the plan, O(N sites rank^3) for a tree
    """

    def __init__(self, student: Student):
        super().__init__()
        network = student.network
        self.features, self.transfer, self.template = student.features, student.transfer, network
        self.cores = parameters_of(network.cores, network.scale)
        sites = [(("n", f"x{site}"), (NOMINAL, dim)) for site, dim in enumerate(student.features.dims)]
        cores = [(core.legs, core.data.shape) for core in network.cores]
        self.joints = Joints.of([*sites, *cores], ("n", LABEL))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """y, (..., outputs)."""
        return by_rows(lambda rows: self.transfer(self._rows(rows)), x)

    def preactivation(self, x: torch.Tensor) -> torch.Tensor:
        """z, (..., outputs), in the dtype of the cores."""
        return by_rows(self._rows, x)

    def _rows(self, x: torch.Tensor) -> torch.Tensor:
        """z (N, outputs) of x (N, sites)."""
        return self.joints([*self.features(x.to(self.cores[0].dtype)), *self.cores])

    def to_student(self) -> Student:
        """The student whose cores are the parameters as they are now."""
        return Student(network_of(self.template, self.cores), self.features, self.transfer)


def _joined(message: torch.Tensor, site: torch.Tensor) -> torch.Tensor:
    """Row-wise Kronecker product, (N, a) and (N, d) -> (N, a d)."""
    return (message[:, :, None] * site[:, None, :]).flatten(1)
