"""How every process runs: its logs, its metrics, its traces, what it waits for and how it ends."""
