"""What is worked out of stored hours and judged like a measured series: pure folds, by theme."""
