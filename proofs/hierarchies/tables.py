"""The layers that Gao et al. replaced: parameters, exact bonds and totals."""

from itertools import pairwise, product

import sympy as sp

from ..claims import claim
from ..derivation import Derivation
from .published import LAYERS, Layer, exact_bonds, uniform

CODE = "Gao et al., Phys. Rev. Research 2, 023300 (2020), shapes of the authors' code"
OF = {name: [layer for layer in LAYERS if layer.network == name] for name in {layer.network for layer in LAYERS}}


@claim(
    "published-mpo-counts",
    sources=("mpo:7e", "mpo:7g", CODE),
    statement=(
        "Five typical networks were tested, FC2, LeNet-5, VGG, ResNet and DenseNet (families: VGG stands for VGG-16 "
        "and VGG-19). The MPOs that replace twelve kinds of their layers, cores of I_k J_k D_{k−1} D_k entries on "
        "input legs I_k, output legs J_k and bonds D_k, hold Σ_k I_k J_k D_{k−1} D_k numbers: 1,024 for 200,704 and "
        "736 for 2,560 (FC2), 2,860 for 58,920 (LeNet-5), 4,736 for 18,915,328 (VGG, fully connected), 3,104 for a "
        "2,359,296 kernel (VGG, twice), 1,568 for 268,435,456 (ResNet), 276 for 2,560 (ResNet), 576 for 4,480 "
        "(DenseNet)."
    ),
)
def counts(d: Derivation) -> None:
    """Every row by counting index tuples against the formula; totals by addition."""
    end = d.given("the chain is open: D_0 = D_n = 1, so the trace does nothing", 1, dropped=sp.Symbol("D_0"))
    d.enumerate(
        "the entries of all cores, listed one by one, are as many as the formula says, and as stated",
        LAYERS,
        lambda layer: _listed(layer) == layer.numbers == uniform(layer.pairs, layer.bond, end),
    )
    d.enumerate(
        "exact bonds min(P_k, Q_k): no D of the table exceeds them",
        LAYERS,
        lambda layer: exact_bonds(layer.pairs) == layer.exact and layer.bond <= min(layer.exact),
    )
    bond = sp.Symbol("D", positive=True)
    first, second = (uniform(layer.pairs, bond, end) for layer in OF["FC2"])
    d.equal("FC2, first layer, any D", first, 56 * bond**2 + 32 * bond)
    d.equal("FC2, second layer, any D", second, 44 * bond**2 + 8 * bond)
    d.enumerate(
        "FC2 in total for D = 2, 4, 8, 10, 16: 480; 1,760; 6,720; 10,400; 26,240 of 203,264",
        [(2, 480), (4, 1_760), (8, 6_720), (10, 10_400), (16, 26_240)],
        lambda case: (first + second).subs(bond, case[0]) == case[1],
    )
    lenet, vgg = OF["LeNet-5"], OF["VGG-16, VGG-19"]
    d.equal("LeNet-5, MPO", _sum(layer.numbers for layer in lenet), 2_860)
    d.equal("LeNet-5, dense", _sum(layer.dense for layer in lenet), 58_920)
    d.equal("VGG, fully connected, MPO", _sum(layer.numbers for layer in vgg[:3]), 4_736)
    d.equal("VGG, fully connected, dense", _sum(layer.dense for layer in vgg[:3]), 18_915_328)
    d.equal("VGG with both convolutions, MPO", _sum([4_736, vgg[3].numbers, vgg[3].numbers]), 10_944)
    d.equal("VGG with both 3 × 3 × 512 × 512 kernels, dense", _sum([18_915_328, 2_359_296, 2_359_296]), 23_633_920)
    d.equal("ResNet, the map that stands for a convolution", sp.Pow(16_384, 2, evaluate=False), 268_435_456)


def _listed(layer: Layer) -> int:
    """Entries of all cores, one by one."""
    bonds = (1, *(layer.bond,) * (len(layer.inputs) - 1), 1)
    shapes = zip(pairwise(bonds), layer.inputs, layer.outputs, strict=True)
    return sum(1 for (left, right), i, j in shapes for _ in product(range(left), range(j), range(i), range(right)))


def _sum(terms: object) -> sp.Expr:
    return sp.Add(*map(sp.Integer, terms), evaluate=False)
