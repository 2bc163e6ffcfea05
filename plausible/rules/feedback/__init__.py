"""Feedback alignment and its relatives: errors sent back through weights other than the forward ones."""
