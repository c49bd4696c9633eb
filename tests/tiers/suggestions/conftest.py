"""What tests of ladder suggestions share: the pace at which property tests may run."""

import tests.strategies  # noqa: F401  # loads the profile: the first example pays for imports
