"""What every process needs: logs, metrics, traces, periodic work and an orderly shutdown."""
