"""The carrier actions: one frozen value each, in modules by theme. Their modules never import each other."""
