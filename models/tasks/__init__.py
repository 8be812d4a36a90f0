"""The kinds of tasks, by theme."""
