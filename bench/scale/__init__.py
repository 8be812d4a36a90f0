"""The lists and pages of Dialtone with the data of a large company."""
