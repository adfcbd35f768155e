"""Rules, intervals, indices and the lifecycle of an alert: pure, except the channels in notify."""
