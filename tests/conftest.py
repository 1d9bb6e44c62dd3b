"""How much the tests explore, and what may be left out.

    pytest                                                the gate: the same examples everywhere
    pytest -m "not proofs and not slow" tests/test_x.py   after an edit of one module: under a minute
    pytest --hypothesis-profile=thorough                  500 random examples a property; prints the blob of a failure
    HYPOTHESIS_PROFILE=thorough HYPOTHESIS_EXAMPLES=200 pytest --hypothesis-seed=7

No profile has a deadline: a slow machine is not a failing one.
"""

import os
from pathlib import Path

from hypothesis import HealthCheck, settings

patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("dev", patient, max_examples=25, derandomize=True)
settings.register_profile("ci", settings.get_profile("dev"))
settings.register_profile(
    "thorough",
    patient,
    max_examples=int(os.environ.get("HYPOTHESIS_EXAMPLES", "500")),
    derandomize=False,
    print_blob=True,
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))

MARKERS = {
    "proofs": "runs proofs or compares them with the package; applied to every file test_claims*.py",
    "slow": "ten CPU seconds or more for its file, in subprocesses and whole fits; applied to the files in SLOW",
}
SLOW = {
    *("test_bregman_export", "test_cli", "test_estimators", "test_fitting", "test_mera_features", "test_packaging"),
    *("test_permutation", "test_process", "test_pytorch", "test_starts"),
}


def pytest_configure(config):
    for marker, meaning in MARKERS.items():
        config.addinivalue_line("markers", f"{marker}: {meaning}")


def pytest_collection_modifyitems(items):
    for item in items:
        name = Path(item.path).stem
        if name.startswith("test_claims"):
            item.add_marker("proofs")
        if name in SLOW:
            item.add_marker("slow")
