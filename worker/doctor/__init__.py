"""The checks of `batchline doctor`: what is wrong with a set-up, and what mends it."""
