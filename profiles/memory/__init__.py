"""The memory gate: workloads, each measured in a child of its own, and the judgement that fails CI."""
