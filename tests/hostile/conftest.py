from __future__ import annotations

import pytest

from tests.hostile.deployed import DEPLOYMENTS, deployed


@pytest.fixture(scope="package", params=DEPLOYMENTS, ids=lambda deployment: deployment.name)
def gateway(request, tmp_path_factory):
    """One gateway of each form, for all tests that only send it requests."""
    deployment = request.param
    folder = tmp_path_factory.mktemp(deployment.name)
    with deployed(folder, workers=deployment.workers, program=deployment.program) as running:
        yield running
    running.require_unharmed()
