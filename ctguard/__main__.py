"""`python -m ctguard`."""

import sys

from ctguard.cli import main

sys.exit(main())
