"""The actions of the simulated carrier: one frozen value each, in modules by theme that never import each other."""
