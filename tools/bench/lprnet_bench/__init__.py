"""Measures lprnet beside other inference engines; see ../README.md."""
