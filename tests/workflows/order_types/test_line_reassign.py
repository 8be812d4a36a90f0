"""Line reassignment: what only this type does."""
