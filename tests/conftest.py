"""Settings of the whole test run."""

from hypothesis import settings

# A machine that is busy is no reason to fail, and a failure must be the same on the next run.
settings.register_profile("symrnn", deadline=None, derandomize=True)
settings.load_profile("symrnn")
